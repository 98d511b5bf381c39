import { UserError } from '../errors.js';

/** What the file holds, of runs that are continued: kept as it is. */
export interface EarlierJson {
  runs: unknown[];
  epochs: { epoch: number }[];
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
