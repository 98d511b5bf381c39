import { Buffer } from 'node:buffer';
import type { ByteSource } from '../data/byte-source.js';
import { readZipDirectory } from '../data/zip-directory.js';
import { openZipEntry } from '../data/zip-entry.js';
import { UserError } from '../errors.js';
import { readNumbers, readScalar } from './read-arrays.js';

/** What `_<mode>-spectrum_<layer>_epoch<k>.npz` keeps of a layer. */
export interface KeptSpectrum {
  /** The layer's whole name, which the file's own may only abbreviate. */
  layer: string;
  /** Rows that entered the covariance. */
  n: number;
  /** d eigenvalues, descending. */
  values: Float64Array;
}

/** Reads it. @throws UserError, naming `where`, if the file is damaged or holds something else. */
export async function readKeptSpectrum(source: ByteSource, where: string): Promise<KeptSpectrum> {
  const values = await readEntry(source, 'eigenvalues', where, readNumbers);
  const n = await readEntry(source, 'n', where, readScalar);
  const layer = await readEntry(source, 'layer', where, readNumbers);
  if (n === undefined || values.some((value, i) => value > values[i - 1]!))
    throw new UserError(`${where} holds no spectrum that delve kept; record the layer again`);
  return { layer: Buffer.from(layer).toString('utf8'), n: n.value, values };
}

async function readEntry<T>(
  archive: ByteSource,
  name: string,
  where: string,
  read: (source: ByteSource, where: string) => Promise<T>,
): Promise<T> {
  const entry = (await readZipDirectory(archive, where)).find((found) => found.name === `${name}.npy`);
  const what = `${where}: the array '${name}'`;
  if (!entry) throw new UserError(`${what} is missing, so this is no spectrum that delve kept`);
  const source = await openZipEntry(archive, entry, what);
  try {
    return await read(source, what);
  } finally {
    await source.close();
  }
}
