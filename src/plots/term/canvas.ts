import type { ChalkInstance } from 'chalk';
import stringWidth from 'string-width';
import { foldText, pad, printable } from '../../ui/fit.js';

/** What figures are drawn on: cells of a line, and colours or none. */
export interface Canvas {
  columns: number;
  paint: ChalkInstance;
}

/** The column of the names before what is drawn of each. */
export interface NameColumn {
  /** Cells of it, the gap included; 0 where names stand on lines of their own. */
  width: number;
  /** Puts a name before the first of its lines. */
  put(name: string, lines: readonly string[]): string[];
}

const GAP = 2;

/** Names beside what takes at least `rest` cells of a line, or above it where the longest name leaves less. */
export function nameColumn(names: readonly string[], rest: number, { columns }: Canvas): NameColumn {
  const longest = Math.max(0, ...names.map((name) => stringWidth(printable(name))));
  const width = longest + GAP;
  if (width + rest > columns) {
    return { width: 0, put: (name, lines) => [...foldText(printable(name), columns), ...lines] };
  }
  const put = (name: string, lines: readonly string[]) =>
    lines.map((line, i) => pad(i === 0 ? printable(name) : '', width, 'left') + line);
  return { width, put };
}

/** Two blocks of lines, the right one beginning at the cell `at`. */
export function besideEachOther(left: readonly string[], right: readonly string[], at: number): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    pad(left[i] ?? '', at, 'left').concat(right[i] ?? ''),
  );
}
