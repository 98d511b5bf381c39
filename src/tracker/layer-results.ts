import { embedInPlane } from '../core/projection.js';
import { isStatisticName, type StatisticName } from '../core/statistics.js';
import { UserError } from '../errors.js';
import { finiteLayers, noteConstantLayers, noteThinLayers } from '../record/finite.js';
import { layerRecords } from '../record/layer-record.js';
import { createSpectra } from '../spectra/spectra.js';
import type { SamplePoint } from '../writers/abstract-writer.js';
import type { LayerRecord } from '../writers/writer.js';
import type { Mode } from './model-runs.js';
import type { ResolvedOptions } from './options.js';
import type { Recorded } from './recorder.js';
import type { Tap } from './taps.js';
import type { NamedTap } from './tracked-taps.js';

/** A layer's results, and its points in the plane where these were asked for. */
export interface LayerResult {
  record: LayerRecord;
  embedded: SamplePoint[] | undefined;
}

export type ResultOptions = Pick<
  ResolvedOptions,
  'stats' | 'satThreshold' | 'rule' | 'onNan' | 'threads' | 'note' | 'logInterval'
>;

/**
 * The statistics of what was recorded in a mode.
 * @param subject what messages say it is
 * @throws UserError where no batch of a layer was one to record, or outputs are not finite and `onNan` says so
 */
export async function layerResults(
  recorded: readonly (Recorded & { tap: Tap })[],
  mode: Mode,
  subject: string,
  options: ResultOptions,
): Promise<LayerResult[]> {
  const { stats, satThreshold, rule, onNan, threads, note, logInterval } = options;
  const empty = recorded.find(({ moments }) => moments === undefined);
  if (empty) {
    throw new UserError(
      `${subject}: no ${mode} batch of ${empty.name} was recorded, as fewer than ${logInterval} ran since the last epoch and logInterval ${logInterval} keeps every ${logInterval}th; give a smaller interval`,
    );
  }
  const all = recorded.map(({ name, tap, moments }) => ({ ...moments!, layer: { name, kind: tap.kind } }));
  const finite = finiteLayers(subject, all, onNan, { note });
  noteThinLayers(finite, mode, { note });
  noteConstantLayers(finite, mode, { note });
  const spectra = createSpectra({ threads });
  try {
    const asked = { stats: statisticNames(stats), thresholds: [satThreshold], rule, threads };
    const running = { events: {}, signal: undefined, control: undefined, spectra };
    const records = await layerRecords(finite, mode, asked, running);
    const results: LayerResult[] = [];
    for (const record of records) {
      const points = recorded.find(({ name }) => name === record.layer)?.points ?? [];
      const embedded = stats.includes('embed')
        ? embedInPlane(points, record.mean, await spectra.vectors(record.covariance, record.d))
        : undefined;
      results.push({ record, embedded });
    }
    return results;
  } finally {
    await spectra.close();
  }
}

/** The results of a layer that runs while nothing is recorded: NaN, as in the package. */
export function unrecordedResult({ name, tap }: NamedTap, mode: Mode, options: ResultOptions): LayerResult {
  const none = new Float64Array(0);
  const names = statisticNames(options.stats).filter((stat) => stat !== 'cov');
  const record: LayerRecord = {
    layer: name,
    kind: tap.kind,
    mode,
    n: 0,
    d: 0,
    mean: none,
    covariance: none,
    spectrum: { d: 0, values: none },
    stats: new Map(names.map((stat) => [stat, Number.NaN])),
    byThreshold: [{ threshold: options.satThreshold, idim: Number.NaN, saturation: Number.NaN }],
    seconds: 0,
  };
  return { record, embedded: undefined };
}

function statisticNames(stats: ResultOptions['stats']): StatisticName[] {
  return stats.filter(isStatisticName);
}
