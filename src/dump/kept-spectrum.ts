import { type ByteSource, memorySource, readUpTo } from '../data/byte-source.js';
import { readZipDirectory } from '../data/zip-directory.js';
import { openZipEntry } from '../data/zip-entry.js';
import { UserError } from '../errors.js';
import type { DumpFiles } from './files.js';
import { readNumbers, readScalar } from './read-arrays.js';

/** What `_<mode>-spectrum_<layer>_epoch<k>.npz` keeps of a layer. */
export interface KeptSpectrum {
  /** The layer's whole name, which the file's own may only abbreviate. */
  layer: string;
  /** Rows that entered the covariance. */
  n: number;
  /** d eigenvalues, descending. */
  values: Float64Array;
  /** d numbers, where they are kept. */
  mean: Float64Array | undefined;
}

/** Files up to this size are read at once: many small reads take longer. Larger ones are of layers wider than any. */
const AT_ONCE_BYTES = 16 << 20;

/** Reads it. @throws UserError, naming the file, if it is damaged or holds something else. */
export async function readKeptSpectrum(files: DumpFiles, path: string): Promise<KeptSpectrum> {
  const where = files.where(path);
  const start = await files.head(path, AT_ONCE_BYTES);
  const archive = start.length < AT_ONCE_BYTES ? memorySource(start) : await files.open(path);
  try {
    const entries = new Map((await readZipDirectory(archive, where)).map((entry) => [entry.name, entry]));
    const read = async <T>(name: string, decode: (source: ByteSource, what: string) => Promise<T>) => {
      const what = `${where}: the array '${name}'`;
      const entry = entries.get(`${name}.npy`);
      if (!entry) throw new UserError(`${what} is missing, so this is no spectrum that delve kept`);
      const source = await openZipEntry(archive, entry, what);
      try {
        return await decode(source, what);
      } finally {
        await source.close();
      }
    };
    const values = await read('eigenvalues', readNumbers);
    const mean = entries.has('mean.npy') ? await read('mean', readNumbers) : undefined;
    const n = await read('n', (source, what) => readScalar((bytes) => readUpTo(source, 0, bytes), what));
    const layer = await read('layer', readNumbers);
    if (n === undefined || !(Number.isSafeInteger(n.value) && n.value >= 0) || !isSpectrum(values))
      throw new UserError(`${where} holds no spectrum that delve kept; record the layer again`);
    return { layer: new TextDecoder().decode(Uint8Array.from(layer)), n: n.value, values, mean };
  } finally {
    await archive.close();
  }
}

/** Descending numbers, or nothing but NaN, which is what a matrix with NaN has. */
function isSpectrum(values: Float64Array): boolean {
  const descending = values.every((value, i) => Number.isFinite(value) && !(value > values[i - 1]!));
  return descending || values.every(Number.isNaN);
}
