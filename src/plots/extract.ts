import type { StatisticName } from '../core/statistics.js';
import { STATISTICS } from '../core/statistics.js';
import type { Mode } from '../dump/stored.js';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Results } from '../results/results.js';

/** Which values `extractLayerStat` takes out of results. */
export interface LayerStatOptions {
  /** `lsat` unless given. */
  stat?: StatisticName;
  /** `train` unless given. */
  mode?: Mode;
  /** -1, as it is unless given: the last of the results. */
  epoch?: number;
  /** A scalar of the run. */
  primaryMetric?: string | undefined;
}

/** A statistic of the layers in one epoch. */
export interface LayerStat {
  epoch: number;
  /** By layer, in execution order; layers without the statistic in this epoch and mode are absent. */
  values: ReadonlyMap<string, number>;
  /** undefined if none was asked for, or it has no value in this epoch. */
  primaryMetric: number | undefined;
}

/** The values of one statistic in one epoch and mode. @throws UserError for an epoch or a primary metric that is not there */
export function extractLayerStat(results: Results, options: LayerStatOptions = {}): LayerStat {
  const { stat = 'lsat', mode = 'train' } = options;
  const asked = options.epoch ?? -1;
  const epoch = asked === -1 ? results.epochs.at(-1) : asked;
  if (epoch === undefined || !results.epochs.includes(epoch)) {
    throw new UserError(
      `${results.label} has no epoch ${asked}; its epochs are ${results.epochs.join(', ')}`,
    );
  }
  const values = new Map<string, number>();
  for (const layer of results.layers) {
    const value = layer.statistics.get(STATISTICS[stat].longName)?.get(epoch);
    if (layer.mode === mode && value !== undefined) values.set(layer.layer, value);
  }
  return { epoch, values, primaryMetric: metricAt(results, options.primaryMetric, epoch) };
}

/** A scalar of the run in an epoch; undefined where it has no value. @throws UserError for one that the run does not have */
export function metricAt(
  { label, scalars }: Results,
  name: string | undefined,
  epoch: number,
): number | undefined {
  if (name === undefined) return undefined;
  const values = scalars.get(name);
  if (values) return values.get(epoch);
  throw new UserError(
    `--primary-metric ${name}: in ${label} ${nearest(name, [...scalars.keys()], 'metric')}`,
  );
}
