import { STATISTICS, type StatisticName } from '../core/statistics.js';
import { UserError } from '../errors.js';
import type { ResultLayer } from '../results/results.js';
import type { FigureOptions, FigureRun, ValueAxis } from './figure.js';
import type { Slices, StatRun } from './slices.js';

/** The scale of a statistic: 0 to 1 for saturation, as the Python package has it, as the values have it for the others. */
export function axisOf(stat: StatisticName, { range, log }: FigureOptions): ValueAxis {
  const { longName, integer } = STATISTICS[stat];
  const usual: [number, number] | undefined = stat === 'lsat' && !log ? [0, 1] : undefined;
  return { title: words(longName), range: range === 'auto' ? undefined : (range ?? usual), integer, log };
}

/** `intrinsic-dimensionality` in words. */
export function words(longName: string): string {
  return longName.replaceAll('-', ' ');
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A layer's value in an epoch as a figure can show it: undefined for what is missing, infinite, or not positive on a logarithmic scale. */
export function shownValue(
  layer: ResultLayer,
  stat: StatisticName,
  epoch: number,
  log: boolean,
): number | undefined {
  const value = layer.statistics.get(STATISTICS[stat].longName)?.get(epoch);
  return value !== undefined && Number.isFinite(value) && (!log || value > 0) ? value : undefined;
}

/** The runs that a figure of `stat` takes: each once, where no threshold changes it. */
export function runsOf(runs: readonly FigureRun[], stat: StatisticName): StatRun[] {
  if (STATISTICS[stat].usesThreshold) {
    return runs.map((run) => ({
      ...run,
      shownThreshold: run.threshold ?? run.results.recordedWith?.threshold,
    }));
  }
  const first = new Map<string, StatRun>();
  for (const { results } of runs) {
    if (!first.has(results.label))
      first.set(results.label, { results, threshold: undefined, shownThreshold: undefined });
  }
  return [...first.values()];
}

/** @throws UserError saying what there is instead of values of `stat` */
export function requireValues(
  { slices }: Slices,
  runs: readonly FigureRun[],
  stat: StatisticName,
  log: boolean,
): void {
  if (slices.length > 0) return;
  const labels = runs.map(({ results }) => results.label).join(', ');
  const { longName } = STATISTICS[stat];
  const held = new Set<string>(
    runs.flatMap(({ results }) => results.layers.flatMap(({ statistics }) => [...statistics.keys()])),
  );
  if (held.has(longName)) {
    const kind = log ? 'finite and above 0' : 'finite';
    throw new UserError(`${labels}: of the values of ${longName} (${stat}) to show none is ${kind}`);
  }
  const instead = held.size > 0 ? `; there is ${[...held].join(', ')}` : '';
  throw new UserError(`${labels}: no values of ${longName} (${stat}) to show${instead}`);
}

/** `lsat_eval_epoch_3`, as the Python package names figures; what does not apply is left out. */
export function figureName(
  stat: string,
  thresholds: readonly (number | undefined)[],
  ...rest: string[]
): string {
  const given = [...new Set(thresholds.filter((threshold) => threshold !== undefined))];
  return [stat, ...(given.length > 0 ? [given.join('-')] : []), ...rest]
    .filter((part) => part !== '')
    .join('_');
}
