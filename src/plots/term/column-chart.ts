const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * Upright bars of one cell each, as lines from top to bottom. Heights are shares of the whole height; undefined leaves the column
 * blank, and anything else shows at least an eighth of a cell.
 */
export function columnChart(heights: readonly (number | undefined)[], lines: number): string[] {
  const eighths = heights.map((height) =>
    height === undefined ? 0 : Math.max(1, Math.round(Math.min(1, Math.max(0, height)) * lines * 8)),
  );
  return Array.from({ length: lines }, (_, line) => {
    const below = (lines - 1 - line) * 8;
    return eighths.map((all) => EIGHTHS[Math.min(8, Math.max(0, all - below))]).join('');
  });
}
