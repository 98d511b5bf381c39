import { availableParallelism } from 'node:os';
import type { RecordOptions } from './options.js';

/** Options of `record` as the command line has them where nothing is said; models, data and out remain to be given. */
export function defaultRecordOptions(): Omit<RecordOptions, 'models' | 'data' | 'out'> {
  return {
    stats: ['lsat', 'idim', 'trc', 'cov'],
    thresholds: [0.99],
    embedSamples: 2000,
    rule: 'delve',
    points: { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' },
    tap: 'pre-activation',
    layers: [],
    ignoreLayers: [],
    conv: true,
    preprocessing: {},
    logInterval: 1,
    saveTo: ['csv', 'npy'],
    keepCovariances: true,
    averageSat: false,
    initialEpoch: 0,
    onNan: 'error',
    engine: 'auto',
    device: 'auto',
    threads: availableParallelism(),
  };
}
