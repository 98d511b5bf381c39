import type { FigureStyle } from './figure.js';

/** As the Python package draws: lines and points, titles of both axes, a grid. */
export function defaultFigureStyle(): FigureStyle {
  return {
    theme: 'light',
    layout: 'auto',
    fontSize: 12,
    size: undefined,
    line: true,
    scatter: true,
    lineOpacity: 0.6,
    pointOpacity: 1,
    lineColours: [],
    pointColours: [],
    xTitle: true,
    yTitle: true,
    grid: true,
    noteAt: [0.7, 0.8],
  };
}
