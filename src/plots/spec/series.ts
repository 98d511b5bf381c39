import type { FigureStyle } from '../figure.js';
import { PALETTES, SHAPES } from '../theme.js';
import { widest } from './frame.js';

/** Colours of series: those given, over and over; the theme's; or, where those do not suffice, a scale from dark to light. */
export function seriesColours(labels: readonly string[], given: readonly string[], style: FigureStyle) {
  const domain = [...labels];
  const colours = given.length > 0 ? given : PALETTES[style.theme].series;
  if (given.length > 0 || labels.length <= colours.length) {
    return { domain, range: labels.map((_, i) => colours[i % colours.length]!) };
  }
  const extent: [number, number] = style.theme === 'light' ? [0, 0.92] : [0.15, 1];
  return { domain, scheme: { name: 'viridis' as const, extent, count: labels.length } };
}

export function seriesShapes(labels: readonly string[]) {
  return { domain: [...labels], range: labels.map((_, i) => SHAPES[i % SHAPES.length]!) };
}

/** Where the legend stands: above the plot in as many columns as fit, or at its side if there are many; none for one series. */
export function legendOf(labels: readonly string[], width: number, { fontSize }: FigureStyle) {
  if (labels.length < 2) return null;
  const columns = Math.max(1, Math.floor(width / (widest(labels, fontSize) + 45)));
  if (labels.length > 12 || labels.length / columns > 4) {
    return {
      title: null,
      orient: 'right' as const,
      columns: Math.ceil(labels.length / 30),
      direction: 'vertical' as const,
    };
  }
  return {
    title: null,
    orient: 'top' as const,
    columns: Math.min(columns, labels.length),
    direction: 'horizontal' as const,
  };
}
