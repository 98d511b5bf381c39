import { isStatisticName, STATISTICS } from '../core/statistics.js';
import type { EpochRecord, LayerRecord } from './writer.js';

/** One statistic of one layer, as the columns of tables and the folders of dumps name it. */
export interface Quantity {
  record: LayerRecord;
  /** `saturation` */
  longName: string;
  integer: boolean;
  /** undefined for the covariance, which is a matrix. */
  value: number | undefined;
}

/** What an epoch holds in the order of columns: train before eval, layers in execution order, statistics in the user's. */
export function quantitiesOf(epoch: EpochRecord): Quantity[] {
  return (['train', 'eval'] as const).flatMap((mode) =>
    epoch.layers.filter((record) => record.mode === mode).flatMap(quantitiesOfLayer),
  );
}

function quantitiesOfLayer(record: LayerRecord): Quantity[] {
  return [...record.stats].map(([name, value]) => {
    if (!isStatisticName(name)) throw new Error(`${name} is no statistic`);
    const { longName, integer, compute } = STATISTICS[name];
    return { record, longName, integer, value: compute ? value : undefined };
  });
}

/** A scalar by the name of its column: `eval-saturation_conv1`. */
export interface NamedScalar {
  name: string;
  value: number;
  integer: boolean;
}

/** The numbers of an epoch: those of its layers, then `average-eval-sat` and the like. Covariances are left out. */
export function scalarsOf(epoch: EpochRecord): NamedScalar[] {
  const ofLayers = quantitiesOf(epoch).flatMap(({ record, longName, integer, value }) =>
    value === undefined ? [] : [{ name: `${record.mode}-${longName}_${record.layer}`, value, integer }],
  );
  return [...ofLayers, ...[...epoch.scalars].map(([name, value]) => ({ name, value, integer: false }))];
}
