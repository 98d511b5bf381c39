import type { ScreenSize } from '../screen/size.js';

/** Lines of the screen's parts. */
export interface Layout {
  /** Whether there is room for the lines at the top. */
  header: boolean;
  list: number;
  panel: number;
}

/** The list's heading, the line of keys. */
const FIXED = 2;
const HEADER = 2;
const LEAST_WITH_HEADER = 3;
/** A panel without charts: the layer's name and its numbers. */
const PLAIN_PANEL = 3;
const LEAST_WITH_CHARTS = 12;
const HIGHEST_HALF = 14;
const HIGHEST_PANEL = 22;

/** Shares the lines out among the list of `layers` and the panel below it, which takes what a short list leaves. */
export function layoutOf({ rows }: ScreenSize, layers: number): Layout {
  const header = rows - FIXED - HEADER >= LEAST_WITH_HEADER;
  const body = Math.max(1, rows - FIXED - (header ? HEADER : 0));
  const least =
    body < PLAIN_PANEL + 2
      ? 0
      : body < LEAST_WITH_CHARTS
        ? PLAIN_PANEL
        : Math.min(HIGHEST_HALF, Math.floor(body / 2));
  const list = Math.min(Math.max(1, layers), body - least);
  return { header, list, panel: least === 0 ? 0 : Math.min(HIGHEST_PANEL, body - list) };
}
