import { explainedAt } from '../core/metrics.js';
import { symmetricSpectrum } from '../core/spectrum.js';
import { STATISTICS } from '../core/statistics.js';
import type { LayerRecord } from '../writers/writer.js';
import type { RecordOptions } from './options.js';
import type { LayerMoments } from './run-model.js';

/** One layer's moments, with every statistic asked for from one spectrum. */
export function layerRecord(
  moments: LayerMoments,
  mode: 'train' | 'eval',
  options: Pick<RecordOptions, 'stats' | 'thresholds' | 'rule'>,
): LayerRecord {
  const start = performance.now();
  const { layer, n, mean, covariance } = moments;
  const d = mean.length;
  const spectrum = symmetricSpectrum(covariance, d);
  const [threshold] = options.thresholds;
  const stats = new Map<string, number>();
  for (const name of options.stats) {
    stats.set(name, STATISTICS[name].compute?.(spectrum, threshold!, options.rule) ?? Number.NaN);
  }
  return {
    layer: layer.name,
    kind: layer.kind,
    mode,
    n,
    d,
    mean,
    covariance,
    spectrum,
    stats,
    byThreshold: explainedAt(spectrum, options.thresholds, options.rule),
    seconds: (performance.now() - start) / 1000,
  };
}
