import type { ChalkInstance } from 'chalk';
import { columnChart } from './column-chart.js';
import { fittedNumber, type Tick, tickLine } from './labels.js';

/** The spectrum of a layer, and how many of its eigenvalues count. */
export interface CutSpectrum {
  /** Descending, none below 0. */
  eigenvalues: Float64Array;
  /** What share of the variance the 1, 2, ... largest explain together. */
  explained: Float64Array;
  /** Numbers of eigenvalues that count, the one whose cut is drawn first. */
  cuts: readonly number[];
}

export interface ChartSize {
  width: number;
  /** Lines of the columns, the one below with its labels not counted. */
  lines: number;
  paint: ChalkInstance;
}

/** Below this share of the largest, an eigenvalue of float64 is rounding. */
const NOISE = 1e-13;

/** Eigenvalues as upright bars on a logarithmic scale, those that count before the others, a mark and its number under the cut. */
export function screeChart({ eigenvalues, cuts }: CutSpectrum, size: ChartSize): string[] {
  const largest = eigenvalues[0] ?? 0;
  const smallest = eigenvalues.findLast((value) => value > largest * NOISE) ?? largest;
  const span = Math.log(largest) - Math.log(smallest);
  const height = (value: number) => {
    if (value <= 0) return undefined;
    return span > 0 ? (Math.log(value) - Math.log(smallest)) / span : 1;
  };
  const ends: [number, number] = largest > 0 ? [largest, smallest] : [0, 0];
  return cutChart(Array.from(eigenvalues, height), cuts, ends, size);
}

/** The share of the variance that the leading eigenvalues explain together, as upright bars from 0 to 1. */
export function explainedChart({ explained, cuts }: CutSpectrum, size: ChartSize): string[] {
  return cutChart([...explained], cuts, [1, 0], size);
}

/** Cells that the labels of both charts' scales need. */
const GUTTER = 9;

function cutChart(
  heights: readonly (number | undefined)[],
  cuts: readonly number[],
  [top, bottom]: readonly [number, number],
  { width, lines, paint }: ChartSize,
): string[] {
  const shown = columnsOf(heights.length, Math.max(1, width - GUTTER - 1));
  const cut = (idim: number) => shown.filter((index) => index < idim).length;
  const counted = cut(cuts[0] ?? 0);
  const rows = columnChart(
    shown.map((index) => heights[index]),
    lines,
  );
  const gutter = (end: number | undefined) =>
    paint.dim(`${end === undefined ? ' '.repeat(GUTTER - 2) : fittedNumber(end, GUTTER - 2)} │`);
  const body = rows.map((row, line) => {
    const label = line === 0 ? top : line === lines - 1 ? bottom : undefined;
    return `${gutter(label)}${paint.cyan(row.slice(0, counted))}${paint.dim(row.slice(counted))}`.trimEnd();
  });
  const ticks: Tick[] = cuts.map((idim) => ({ at: Math.max(0, cut(idim) - 1), text: `▲${idim}` }));
  ticks.push({ at: shown.length - String(heights.length).length, text: String(heights.length) });
  ticks.push({ at: 0, text: '1' });
  return [...body, `${' '.repeat(GUTTER)}${tickLine(ticks, width - GUTTER)}`.trimEnd()];
}

/** The eigenvalue that each column shows: every one several times, or the largest of its neighbours. */
function columnsOf(count: number, width: number): number[] {
  const times = Math.floor(width / count);
  return times >= 1
    ? Array.from({ length: count * times }, (_, column) => Math.floor(column / times))
    : Array.from({ length: width }, (_, column) => Math.floor((column * count) / width));
}
