import { explainedAt } from '../core/metrics.js';
import { isStatisticName, STATISTICS } from '../core/statistics.js';
import { Interrupted } from '../errors.js';
import type { Layer } from '../model/layer.js';
import type { Moments } from '../reduce/reducer.js';
import type { Spectra } from '../spectra/spectra.js';
import type { LayerRecord } from '../writers/writer.js';
import type { RecordOptions } from './options.js';
import type { Running } from './run-model.js';

type Mode = 'train' | 'eval';

/** Moments of a layer of which no more is known than its name and kind. */
export interface NamedMoments extends Moments {
  layer: Pick<Layer, 'name' | 'kind'>;
}

/**
 * The layers' moments with every statistic asked for, each from one spectrum. As many layers at a time as there are threads, the
 * widest first: they take longest. Throws Interrupted when `signal` is aborted.
 */
export async function layerRecords(
  moments: readonly NamedMoments[],
  mode: Mode,
  options: Pick<RecordOptions, 'stats' | 'thresholds' | 'rule' | 'threads'>,
  { events, signal, control, spectra }: Running,
): Promise<LayerRecord[]> {
  const records = new Array<LayerRecord>(moments.length);
  const waiting = [...moments.keys()].sort((a, b) => moments[a]!.mean.length - moments[b]!.mean.length);
  let done = 0;
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await control?.resumed(signal);
      if (signal?.aborted) throw new Interrupted();
      const record = await layerRecord(moments[next]!, mode, options, spectra);
      records[next] = record;
      const { layer, n, d, byThreshold } = record;
      events.saturation?.({ layer, n, d, saturation: byThreshold[0]!.saturation, final: true });
      events.spectra?.(++done, moments.length);
    }
  };
  events.spectra?.(0, moments.length);
  await Promise.all(Array.from({ length: options.threads }, work));
  return records;
}

async function layerRecord(
  { layer, n, mean, covariance }: NamedMoments,
  mode: Mode,
  options: Pick<RecordOptions, 'stats' | 'thresholds' | 'rule'>,
  spectra: Spectra,
): Promise<LayerRecord> {
  const start = performance.now();
  const d = mean.length;
  const spectrum = await spectra.values(covariance, d);
  const [threshold] = options.thresholds;
  const stats = new Map<string, number>();
  for (const name of options.stats.filter(isStatisticName)) {
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
