import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileError, openFile, readUpTo } from '../data/byte-source.js';
import { UserError } from '../errors.js';
import { type DumpFiles, openFolder } from './files.js';
import { readKeptSpectrum } from './kept-spectrum.js';
import { EPOCH_COUNTER, epochOfFile } from './layout.js';
import { type Mode, type StoredQuantity, storedQuantities } from './stored.js';
import { MalformedPickle, parsePickledCounts } from './unpickle.js';
import { openZip } from './zip-files.js';

/** A layer in a mode, with what the dump holds of it. */
export interface DumpLayer {
  layer: string;
  mode: Mode;
  /** The covariance, npy by epoch. */
  covariance: StoredQuantity | undefined;
  /** The eigenvalues that delve kept, npz by epoch. */
  spectrum: StoredQuantity | undefined;
  /** Everything else, npy by epoch. */
  statistics: StoredQuantity[];
}

/** More bytes than the counter of any dump has. */
const LONGEST_COUNTER = 16 << 20;

/** A dump that is open for reading. What it holds is known; the arrays are read when they are asked for. */
export interface Dump {
  path: string;
  files: DumpFiles;
  /** In the order of the epoch counter (that of execution, train before eval); natural order without one. */
  layers: DumpLayer[];
  /** What is not a layer's, such as `average-eval-sat`. */
  others: StoredQuantity[];
  close(): Promise<void>;
}

export interface DumpEvents {
  /** Refuse a dump of which a folder cannot be listed, which is else named and left out. */
  strict?: boolean;
  note?(message: string): void;
}

/**
 * Opens a dump that delve or the Python package wrote, a folder or a zip archive of it.
 * @throws UserError if there is none, or its epoch counter is none.
 */
export async function openDump(path: string, { strict = false, note }: DumpEvents = {}): Promise<Dump> {
  const found = await stat(path).catch(async (error: unknown) => {
    throw (await withEpoch(path)) ?? fileError(path, error);
  });
  if (!found.isDirectory() && !(await isZip(path))) throw new UserError(`${path}: ${noFolder(path)}`);
  const files = found.isDirectory() ? await openFolder(path) : await openZip(path);
  try {
    for (const message of files.unlisted) {
      if (strict) throw new UserError(message);
      note?.(`${message}; it is left out`);
    }
    return await dumpOf(path, files);
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** What is wrong with `runs/mnist@3`, where the dump alone is to be named. */
async function withEpoch(path: string): Promise<UserError | undefined> {
  const [, dump, epoch] = /^(.+)@(-?\d+)$/.exec(path) ?? [];
  if (dump === undefined || !(await stat(dump).catch(() => undefined))) return undefined;
  return new UserError(
    `${path}: no such file; give ${dump}, and --epoch ${epoch} where the command takes it`,
  );
}

async function dumpOf(path: string, files: DumpFiles): Promise<Dump> {
  const quantities = storedQuantities(files.paths, await readCounter(files));
  if (quantities.length === 0) throw new UserError(`${path} holds no dump: ${await whatElse(path, files)}`);
  const layers = new Map<string, DumpLayer>();
  const others: StoredQuantity[] = [];
  for (const quantity of quantities) {
    const { of } = quantity;
    if (of === undefined) {
      others.push(quantity);
      continue;
    }
    const key = `${of.mode} ${of.layer}`;
    const layer: DumpLayer = layers.get(key) ?? {
      layer: of.layer,
      mode: of.mode,
      covariance: undefined,
      spectrum: undefined,
      statistics: [],
    };
    layers.set(key, layer);
    if (of.statistic === 'spectrum') layer.spectrum = quantity;
    else if (of.statistic === 'covariance-matrix') layer.covariance = quantity;
    else layer.statistics.push(quantity);
  }
  for (const layer of layers.values()) layer.layer = await wholeName(layer, files);
  return { path, files, layers: [...layers.values()], others, close: () => files.close() };
}

/** Whether a file begins as zip archives do. @throws UserError if it cannot be read. */
export async function isZip(path: string): Promise<boolean> {
  const file = await openFile(path);
  try {
    return Buffer.from(await readUpTo(file, 0, 2)).toString('latin1') === 'PK';
  } finally {
    await file.close();
  }
}

async function readCounter(files: DumpFiles): Promise<Map<string, number> | undefined> {
  if (!files.paths.includes(EPOCH_COUNTER)) return undefined;
  try {
    const bytes = await files.head(EPOCH_COUNTER, LONGEST_COUNTER);
    if (bytes.length === LONGEST_COUNTER) throw new MalformedPickle(`it has ${bytes.length} bytes or more`);
    return parsePickledCounts(bytes);
  } catch (error) {
    if (!(error instanceof MalformedPickle)) throw error;
    throw new UserError(
      `${files.where(EPOCH_COUNTER)}: ${error.message}, so it is no epoch counter; remove it to read the layers in natural order`,
    );
  }
}

/** Names that paths cannot hold are escaped or cut there; the kept spectrum has the whole one. */
async function wholeName({ layer, spectrum }: DumpLayer, files: DumpFiles): Promise<string> {
  const [file] = spectrum?.files.values() ?? [];
  if (file === undefined || !/%[0-9A-F]{2}|~[0-9a-f]{10}$/.test(layer)) return layer;
  try {
    return (await readKeptSpectrum(files, file)).layer;
  } catch (error) {
    if (error instanceof UserError) return layer;
    throw error;
  }
}

function noFolder(path: string): string {
  if (/\.(csv|json)$/i.test(path))
    return `a dump is the folder beside it, ${join(path, '..', basename(path).replace(/\.\w+$/, ''))}/`;
  return 'this is no zip archive; a dump is a folder of folders with npy files, or a zip archive of it';
}

/** What stands where a dump was looked for; dumps within it, if there are any. */
async function whatElse(path: string, files: DumpFiles): Promise<string> {
  const folders = [
    ...new Set(files.paths.flatMap((file) => (file.includes('/') ? [file.split('/')[0]!] : []))),
  ];
  const inside = new Set(files.paths);
  const dumps = folders.filter((folder) => inside.has(`${folder}/${EPOCH_COUNTER}`));
  if (dumps.length > 0)
    return `did you mean ${dumps
      .slice(0, 5)
      .map((name) => join(path, name))
      .join(' or ')}?`;
  if (files.paths.some((file) => epochOfFile(basename(resolve(path)), file) !== undefined))
    return `it is the folder of one quantity; did you mean ${dirname(path)}?`;
  return 'it lacks folders such as _eval-covariance-matrix_conv1; record with --save-to npy makes them';
}
