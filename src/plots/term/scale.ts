import type { ValueAxis } from '../figure.js';

/** Where values lie between the two ends of a line of cells. */
export interface Scale {
  low: number;
  high: number;
  log: boolean;
}

/**
 * The scale of an axis: its own range, or one that holds all values; a linear one begins at 0, or below if values do, a
 * logarithmic one at the power of ten below the smallest positive value. Values that are not finite do not count.
 */
export function scaleOf(values: Iterable<number>, { range, log }: Pick<ValueAxis, 'range' | 'log'>): Scale {
  const shown = [...values].filter((value) => Number.isFinite(value) && (!log || value > 0));
  const [low, high] = range ?? (log ? logarithmicEnds(shown) : linearEnds(shown));
  return { low, high: high > low ? high : low + 1, log };
}

/** The scale of a plane's axis, which need not begin at 0: some room beyond the values at either end. */
export function looseScaleOf(values: readonly number[], axis: Pick<ValueAxis, 'range' | 'log'>): Scale {
  const shown = values.filter((value) => Number.isFinite(value) && (!axis.log || value > 0));
  if (axis.range || axis.log || shown.length === 0) return scaleOf(values, axis);
  const [least, most] = extremes(shown);
  const room = (most - least || Math.abs(most) || 1) / 20;
  return { low: least - room, high: most + room, log: false };
}

/** 0 at the low end, 1 at the high end; values beyond stand at the ends. NaN for NaN, and for what a logarithm lacks. */
export function positionOf(value: number, { low, high, log }: Scale): number {
  const along = log
    ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
    : (value - low) / (high - low);
  return Math.min(1, Math.max(0, along));
}

function linearEnds(values: readonly number[]): [number, number] {
  const [least, most] = extremes(values);
  return [Math.min(0, least), Math.max(0, most)];
}

function logarithmicEnds(values: readonly number[]): [number, number] {
  if (values.length === 0) return [1, 10];
  const [least, most] = extremes(values);
  const low = 10 ** Math.floor(Math.log10(least));
  // A value at the low end would have no bar.
  const below = least > low ? low : low / 10;
  return below > 0 ? [below, most] : [Number.MIN_VALUE, most];
}

function extremes(values: readonly number[]): [number, number] {
  let least = values[0] ?? 0;
  let most = least;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}
