import { STATISTICS, type StatisticName } from '../../core/statistics.js';
import { type Scale, scaleOf } from '../../plots/term/scale.js';
import { formatNumber } from '../numbers.js';
import type { ExploreLayer, ExploreState } from './state.js';

/** The statistics in the order that tab goes through them. */
export const SHOWN_STATISTICS: readonly StatisticName[] = [
  'lsat',
  'idim',
  'erank',
  'pr',
  'trc',
  'dtrc',
  'logdet',
  'det',
];

/** Statistics that differ between layers by orders of magnitude. */
const WIDE: ReadonlySet<StatisticName> = new Set(['trc', 'dtrc', 'det']);
/** From this ratio of the largest to the smallest on they are shown on a logarithmic scale. */
const WIDE_RATIO = 50;

/** A layer's statistic at the state's threshold; NaN if its covariance holds NaN. */
export function measure(
  { spectrum }: ExploreLayer,
  { statistic, threshold, rule }: Pick<ExploreState, 'statistic' | 'threshold' | 'rule'>,
): number {
  return STATISTICS[statistic].compute?.(spectrum, threshold, rule) ?? Number.NaN;
}

/** The scale of the bars of these values. */
export function barScale(statistic: StatisticName, values: readonly number[]): Scale {
  if (statistic === 'lsat') return { low: 0, high: 1, log: false };
  const finite = values.filter(Number.isFinite);
  const log =
    WIDE.has(statistic) &&
    finite.every((value) => value > 0) &&
    Math.max(...finite) > WIDE_RATIO * Math.min(...finite);
  return scaleOf(finite, { range: undefined, log });
}

/** A value as a cell shows it: saturations as many digits each, so that they can be compared. */
export function formatMeasure(statistic: StatisticName, value: number): string {
  return statistic === 'lsat' && !Number.isNaN(value) ? value.toFixed(4) : formatNumber(value);
}
