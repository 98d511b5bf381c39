import { quantitiesOf } from './quantities.js';
import type { EpochRecord, LayerRecord, RunDescription } from './writer.js';

/** A recording as JSON holds it: what runs made it, and every statistic, threshold and eigenvalue of each epoch. */
export interface RecordingJson {
  runs: unknown[];
  epochs: EpochJson[];
}

export interface EpochJson {
  epoch: number;
  [key: string]: unknown;
}

/** The recording of one run. Numbers that JSON lacks (NaN, infinities) become null when it is written. */
export function recordingJson({
  epochs,
  run,
}: {
  epochs: readonly EpochRecord[];
  run: RunDescription;
}): RecordingJson {
  return { runs: [run], epochs: epochs.map(epochJson) };
}

/** An epoch of it. Statistics have their long names, as in the csv's columns. */
export function epochJson(epoch: EpochRecord): EpochJson {
  const statistics = new Map<LayerRecord, Record<string, number>>();
  for (const { record, longName, value } of quantitiesOf(epoch)) {
    const own = statistics.get(record) ?? {};
    if (value !== undefined) own[longName] = value;
    statistics.set(record, own);
  }
  return {
    epoch: epoch.epoch,
    model: epoch.model,
    ...Object.fromEntries(epoch.scalars),
    layers: [...statistics].map(([record, values]) => ({
      layer: record.layer,
      kind: record.kind,
      mode: record.mode,
      n: record.n,
      d: record.d,
      statistics: values,
      thresholds: record.byThreshold,
      eigenvalues: Array.from(record.spectrum.values),
      seconds: record.seconds,
    })),
  };
}
