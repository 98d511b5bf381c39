import type { Spectrum } from '../core/spectrum.js';
import { readKeptSpectrum } from '../dump/kept-spectrum.js';
import type { Dump, DumpLayer } from '../dump/read.js';
import { checkWhole, dimensionOf, type Matrix, readMatrix, readNpyHeader } from '../dump/read-arrays.js';
import { UserError } from '../errors.js';
import type { Spectra } from '../spectra/spectra.js';
import type { SpectrumCache } from './cache.js';
import { asymmetryOf, haveSameMoments, mirrorUpper, TOLERATED_ASYMMETRY } from './matrix-checks.js';
import type { Selected } from './selection.js';

/** The eigenvalues of a layer in one epoch. */
export interface LayerSpectrum {
  layer: DumpLayer;
  epoch: number;
  /** Rows that entered the covariance; undefined where the dump does not tell. */
  n: number | undefined;
  spectrum: Spectrum;
}

export interface SpectraSource {
  spectra: Spectra;
  /** Where spectra of foreign dumps are kept; undefined: nowhere. */
  cache: SpectrumCache | undefined;
  /** Refuse damaged files, and matrices that are not symmetric or not finite, which are else left out or noted. */
  strict: boolean;
  note(message: string): void;
}

/** Matrices in memory at the same time, beyond one, take so many bytes at most. */
const WAITING_BYTES = 256 * 2 ** 20;
const WAITING_MATRICES = 16;

/**
 * Eigenvalues of the selected covariances, in their order; undefined for one that had to be left out. Those that the dump keeps, if
 * they belong to the matrix beside them; else those of the cache; else they are computed, several matrices at a time.
 * @throws UserError, with `strict`, for a file that is damaged.
 */
export async function* readSpectra(
  dump: Dump,
  selected: readonly Selected[],
  source: SpectraSource,
): AsyncGenerator<LayerSpectrum | undefined> {
  const waiting: Pending[] = [];
  let bytes = 0;
  const next = async () => {
    const { result, bytes: freed } = waiting.shift()!;
    const spectrum = await result;
    bytes -= freed;
    return spectrum;
  };
  for (const item of selected) {
    const pending = await leavingOut(source, () => begin(dump, item, source));
    // Whoever stops listening must not leave a rejection behind; it is thrown where it is awaited.
    pending?.result.catch(() => {});
    waiting.push(pending ?? { bytes: 0, result: Promise.resolve(undefined) });
    bytes += pending?.bytes ?? 0;
    while (waiting.length > WAITING_MATRICES || bytes > WAITING_BYTES) yield await next();
  }
  while (waiting.length > 0) yield await next();
}

/** A spectrum that is being computed, from a matrix of so many bytes. */
interface Pending {
  bytes: number;
  result: Promise<LayerSpectrum | undefined>;
}

async function begin(dump: Dump, item: Selected, source: SpectraSource): Promise<Pending | undefined> {
  const kept = await keptSpectrum(dump, item, source);
  const path = item.layer.covariance?.files.get(item.epoch);
  if (kept) return done({ ...item, ...kept });
  if (path === undefined) return undefined;
  const where = dump.files.where(path);
  const state = await dump.files.state(path);
  const cached = await source.cache?.get(state);
  if (cached) {
    report(where, cached.values, cached.asymmetry, source);
    return done({ ...item, n: undefined, spectrum: { d: cached.values.length, values: cached.values } });
  }
  const matrix = await readMatrixAt(dump, path);
  const asymmetry = asymmetryOf(matrix);
  // The package reads the upper triangle.
  if (asymmetry > 0) mirrorUpper(matrix);
  // The NaN may stand where only one triangle is read.
  else if (Number.isNaN(asymmetry)) matrix.data.fill(Number.NaN);
  const compute = async () => {
    const spectrum = await source.spectra.values(matrix.data, matrix.d);
    report(where, spectrum.values, asymmetry, source);
    await source.cache?.put(state, { values: spectrum.values, asymmetry });
    return { ...item, n: undefined, spectrum };
  };
  return { bytes: matrix.data.byteLength, result: compute() };
}

function done(spectrum: LayerSpectrum): Pending {
  return { bytes: 0, result: Promise.resolve(spectrum) };
}

/** What the dump keeps, unless the matrix beside it is another one: of another d, or written later with other moments. */
async function keptSpectrum(
  dump: Dump,
  { layer, epoch }: Selected,
  source: SpectraSource,
): Promise<Pick<LayerSpectrum, 'n' | 'spectrum'> | undefined> {
  const path = layer.spectrum?.files.get(epoch);
  if (path === undefined) return undefined;
  const where = dump.files.where(path);
  const kept = await leavingOut(source, () => readKeptSpectrum(dump.files, path));
  if (!kept) return undefined;
  const { values, n } = kept;
  const matrix = layer.covariance?.files.get(epoch);
  if (matrix !== undefined && !(await belongsTo(dump, values, path, matrix, source))) {
    source.note(
      `${where} is not of the matrix beside it, which has changed since; eigenvalues are computed anew`,
    );
    return undefined;
  }
  if (matrix === undefined || Number.isNaN(values[0])) report(where, values, 0, source);
  return { n, spectrum: { d: values.length, values } };
}

/** Whether eigenvalues that are kept at `kept` are those of the matrix; true for one that cannot be read, as for one that is not there. */
async function belongsTo(
  dump: Dump,
  values: Float64Array,
  kept: string,
  matrix: string,
  source: SpectraSource,
): Promise<boolean> {
  const { files } = dump;
  const where = files.where(matrix);
  try {
    const header = await readNpyHeader((bytes) => files.head(matrix, bytes), where);
    const state = await files.state(matrix);
    checkWhole(header, state.size, where);
    if (dimensionOf(header, where) !== values.length) return false;
    if (state.modified <= (await files.state(kept)).modified) return true;
    // Copies have whatever times the copying gave them: what the matrix holds decides then.
    const cached = await source.cache?.get(state);
    if (cached?.values.every((value, i) => Object.is(value, values[i]))) return true;
    if (!haveSameMoments(await readMatrixAt(dump, matrix), values)) return false;
    await source.cache?.put(state, { values, asymmetry: 0 });
    return true;
  } catch (error) {
    if (source.strict || !(error instanceof UserError)) throw error;
    source.note(`${error.message}; the eigenvalues that are kept beside it count`);
    return true;
  }
}

async function readMatrixAt(dump: Dump, path: string): Promise<Matrix> {
  const file = await dump.files.open(path);
  try {
    return await readMatrix(file, dump.files.where(path));
  } finally {
    await file.close();
  }
}

/** Names a matrix that is not what a covariance is. */
function report(
  where: string,
  values: Float64Array,
  asymmetry: number,
  { strict, note }: SpectraSource,
): void {
  const found = Number.isNaN(values[0])
    ? 'holds NaN or infinite values, so its statistics are NaN'
    : asymmetry > TOLERATED_ASYMMETRY
      ? `is not symmetric (entries differ by ${asymmetry.toExponential(1)} of the largest); its upper triangle counts`
      : undefined;
  if (found === undefined) return;
  if (strict) throw new UserError(`${where} ${found}; --strict refuses it`);
  note(`${where} ${found}`);
}

async function leavingOut<T>(
  { strict, note }: SpectraSource,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (strict || !(error instanceof UserError)) throw error;
    note(`${error.message}; it is left out`);
    return undefined;
  }
}
