import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { memorySource } from '../data/byte-source.js';
import { readZipDirectory } from '../data/zip-directory.js';
import { openZipEntry } from '../data/zip-entry.js';
import { replaceFile } from '../dump/atomic.js';
import type { FileState } from '../dump/files.js';
import { readNumbers } from '../dump/read-arrays.js';
import { UserError } from '../errors.js';

/** Changes when what the files hold does: those of before are not read then. */
const FORMAT = 'spectra-1';

/** What is kept of a matrix. */
export interface CachedSpectrum {
  /** Eigenvalues, descending. */
  values: Float64Array;
  /** Largest |a_ij - a_ji| over the largest |a_ij|. */
  asymmetry: number;
}

/**
 * The folder for what can be computed again: `DELVE_HOME/cache`, or where the platform has the user's caches; undefined
 * where the environment does not tell.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.DELVE_HOME) return join(env.DELVE_HOME, 'cache');
  // The specification wants relative paths ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'delve');
  if (platform() === 'win32') return env.LOCALAPPDATA && join(env.LOCALAPPDATA, 'delve', 'Cache');
  if (!env.HOME) return undefined;
  return platform() === 'darwin'
    ? join(env.HOME, 'Library', 'Caches', 'delve')
    : join(env.HOME, '.cache', 'delve');
}

/** {@link cacheFolder} of this process's user. */
export function ownCacheFolder(): string | undefined {
  return cacheFolder({ HOME: homedir(), ...process.env });
}

/**
 * Spectra of the matrices of dumps that keep none, a file each: found again as long as the matrix's size and time of
 * modification are the same. A cache that cannot be read or written is none, which is noted once.
 */
export class SpectrumCache {
  #writable = true;

  constructor(
    private readonly folder: string,
    private readonly note: (message: string) => void,
  ) {}

  async get(matrix: FileState): Promise<CachedSpectrum | undefined> {
    const path = this.#path(matrix);
    const bytes = readIfThere(path);
    if (!bytes) return undefined;
    try {
      const source = memorySource(bytes);
      const arrays = new Map<string, Float64Array>();
      for (const entry of await readZipDirectory(source, path)) {
        arrays.set(entry.name, await readNumbers(await openZipEntry(source, entry, path), path));
      }
      const values = arrays.get('eigenvalues.npy');
      const asymmetry = arrays.get('asymmetry.npy')?.[0];
      const state = arrays.get('state.npy');
      const same = stateOf(matrix).every((number, i) => state?.[i] === Number(number));
      return same && values && asymmetry !== undefined ? { values, asymmetry } : undefined;
    } catch (error) {
      // Damaged: computed again.
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  async put(matrix: FileState, { values, asymmetry }: CachedSpectrum): Promise<void> {
    if (!this.#writable || matrix.modified === 0n) return;
    const { encodeNpz } = await import('../dump/npz.js');
    const arrays = {
      eigenvalues: { shape: [values.length], data: values },
      asymmetry: { shape: [1], data: Float64Array.of(asymmetry) },
      state: { shape: [3], data: BigInt64Array.from(stateOf(matrix)) },
    };
    try {
      replaceFile(this.#path(matrix), encodeNpz(arrays));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Others may have been on their way here.
      if (!this.#writable) return;
      this.#writable = false;
      this.note(
        `${this.folder} takes no files, so eigenvalues are computed anew every time; DELVE_HOME moves it`,
      );
    }
  }

  #path({ identity }: FileState): string {
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    return join(this.folder, FORMAT, hash.slice(0, 2), `${hash}.npz`);
  }
}

// Synchronous: a small file takes a tenth of the time so.
function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Seconds and nanoseconds apart, so that each is exact as a float64. */
function stateOf({ size, modified }: FileState): bigint[] {
  return [BigInt(size), modified / 1_000_000_000n, modified % 1_000_000_000n];
}
