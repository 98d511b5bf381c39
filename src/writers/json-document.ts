import { UserError } from '../errors.js';
import { quantitiesOf } from './quantities.js';
import type { EpochRecord, LayerRecord } from './writer.js';

/** What the file holds: our own epochs, and earlier ones that are kept as they were. */
export interface EarlierJson {
  runs: unknown[];
  epochs: { epoch: number }[];
}

/** An epoch as it stands in the file. Statistics have their long names, as in the csv's columns. */
export function epochToJson(epoch: EpochRecord): { epoch: number } & Record<string, unknown> {
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

/** Reads the file back. @throws UserError, naming `where`, for one that was not written so. */
export function parseEarlierJson(text: string, where: string): EarlierJson {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refuse(where, `it is not JSON (${error.message})`);
  }
  if (!isObject(found) || !Array.isArray(found.epochs) || !Array.isArray(found.runs)) {
    throw refuse(where, 'it lacks "epochs" or "runs"');
  }
  const epochs = found.epochs.filter(isEpoch);
  if (epochs.length < found.epochs.length) throw refuse(where, 'one of its epochs has no number');
  return { runs: found.runs, epochs };
}

function refuse(where: string, found: string): UserError {
  return new UserError(
    `${where}: ${found}, so delve did not write it and cannot continue it; leave --initial-epoch away to replace it, or record to another --out`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEpoch(value: unknown): value is { epoch: number } {
  return isObject(value) && Number.isSafeInteger(value.epoch);
}
