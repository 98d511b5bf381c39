import type { ScreenSize } from '../screen/size.js';

/** Smaller terminals get the bar: a list of fewer layers, or of bars of fewer cells, says little. */
export const SMALLEST: ScreenSize = { columns: 40, rows: 10 };

const HEADER = 3;
/** The list's heading, the note, the keys. */
const FIXED = 3;

/** Lines of the list of layers. */
export function layoutOf({ rows }: ScreenSize): { header: boolean; list: number } {
  const header = rows >= HEADER + FIXED + 2;
  return { header, list: Math.max(1, rows - FIXED - (header ? HEADER : 0)) };
}
