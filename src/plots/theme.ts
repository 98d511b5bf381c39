import type { Theme } from './figure.js';

/** The colours of a theme. */
export interface Palette {
  background: string;
  text: string;
  /** Titles of axes, subtitles. */
  fainter: string;
  axis: string;
  grid: string;
  /** Cells of a heat map that have no value. */
  missing: string;
  /** Where a threshold cuts. */
  rule: string;
  /** Series that have no order. Okabe & Ito's, which the colour-blind tell apart, without those too faint on the background. */
  series: readonly string[];
}

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    fainter: '#59636e',
    axis: '#8c959f',
    grid: '#e4e8ec',
    missing: '#e4e8ec',
    rule: '#59636e',
    series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#4d4d4d'],
  },
  dark: {
    background: '#0f1419',
    text: '#e6edf3',
    fainter: '#9aa5b1',
    axis: '#6b7683',
    grid: '#2a323b',
    missing: '#2a323b',
    rule: '#9aa5b1',
    series: ['#56b4e9', '#e69f00', '#2fc99a', '#e08bbd', '#f0e442', '#ff8a4c', '#c9d1d9'],
  },
};

/** Shapes of points by series, so that colour is not all that tells them apart. */
export const SHAPES: readonly string[] = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
];
