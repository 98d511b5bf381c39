import type { ScreenSize } from './state.js';

/** Lines of the screen's parts. */
export interface Layout {
  list: number;
  panel: number;
}

/** Two lines at the top, the list's heading, the line of keys. */
const FIXED = 4;
/** A panel without charts: the layer's name and its numbers. */
const PLAIN_PANEL = 3;
const LEAST_WITH_CHARTS = 12;
const HIGHEST_HALF = 14;
const HIGHEST_PANEL = 22;

/** Shares the lines out among the list of `layers` and the panel below it, which takes what a short list leaves. */
export function layoutOf({ rows }: ScreenSize, layers: number): Layout {
  const body = Math.max(1, rows - FIXED);
  const least =
    body < PLAIN_PANEL + 2
      ? 0
      : body < LEAST_WITH_CHARTS
        ? PLAIN_PANEL
        : Math.min(HIGHEST_HALF, Math.floor(body / 2));
  const list = Math.min(Math.max(1, layers), body - least);
  return { list, panel: least === 0 ? 0 : Math.min(HIGHEST_PANEL, body - list) };
}
