import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { fileError } from './byte-source.js';
import type { Dataset, DatasetReader } from './dataset.js';
import { npyReader } from './npy.js';
import { npzReader } from './npz.js';

/** The formats that datasets are read from. */
const READERS: readonly DatasetReader[] = [npyReader, npzReader];

/**
 * Opens a dataset by the ending of its file name. Throws UserError if there is no such file, its ending is none of a
 * format, or it is damaged.
 */
export async function openDataset(path: string): Promise<Dataset> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const known = READERS.flatMap((reader) => reader.extensions).join(', ');
  if (found.isDirectory()) {
    throw new UserError(`${path}: this is a folder; give a file with the data (${known})`);
  }
  const ending = extname(path).toLowerCase();
  const reader = READERS.find((candidate) => candidate.extensions.includes(ending));
  if (!reader) {
    const what = ending === '' ? 'a name without an ending' : `the ending ${ending}`;
    throw new UserError(`${path}: no format has ${what}; data is read from ${known}`);
  }
  return reader.open(path);
}
