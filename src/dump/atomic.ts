import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pid } from 'node:process';
import { temporaryBeside, writing } from './writable.js';

// Everything here is synchronous on purpose: a signal that arrives meanwhile is handled after it, when the files are whole.

/**
 * Writes a file so that it is at every moment either what it was or all of the new: beside it first, then renamed.
 * Folders that lack are made; a link stays a link. On failure nothing is left. @throws UserError if it cannot be written.
 */
export function replaceFile(path: string, data: string | Uint8Array): void {
  writing(path, () => {
    const target = existsSync(path) ? realpathSync(path) : resolve(path);
    const made = mkdirSync(dirname(target), { recursive: true });
    const temporary = temporaryBeside(target);
    try {
      writeNew(temporary, typeof data === 'string' ? [Buffer.from(data)] : [data]);
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      removeMade(dirname(target), made);
      throw error;
    }
  });
}

/**
 * Files that are to appear in a folder together: written into a hidden folder within it (so that renaming never crosses
 * file systems), under numbers for names (so that nobody takes one of them for a finished file), then moved in one go.
 */
export class StagedFiles {
  readonly #stage: string;
  readonly #staged: { from: string; to: string }[] = [];
  #made: string | undefined;
  #open = false;

  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
    this.#stage = join(this.#folder, `.delve.tmp-${pid}`);
  }

  /** Writes a file that is to stand at `path` within the folder. @throws UserError if it cannot be written. */
  add(path: string, chunks: readonly Uint8Array[]): void {
    const to = join(this.#folder, path);
    writing(to, () => {
      if (!this.#open) {
        this.#made = mkdirSync(this.#folder, { recursive: true });
        rmSync(this.#stage, { recursive: true, force: true });
        mkdirSync(this.#stage);
        this.#open = true;
      }
      const from = join(this.#stage, String(this.#staged.length));
      writeNew(from, chunks);
      this.#staged.push({ from, to });
    });
  }

  /** Moves the files to their places, in the order of `add`, after `before` has made room for them. */
  commit(before: () => void): void {
    writing(this.#folder, () => {
      before();
      for (const { from, to } of this.#staged) {
        mkdirSync(dirname(to), { recursive: true });
        renameSync(from, to);
      }
      rmSync(this.#stage, { recursive: true, force: true });
    });
    this.#open = false;
  }

  /** Takes back what was added and not committed, and the folder if it was made for that. */
  discard(): void {
    rmSync(this.#stage, { recursive: true, force: true });
    if (this.#open) removeMade(this.#folder, this.#made);
  }
}

/** Bytes that one call of the operating system writes at most are 2^31 - 1. */
const LARGEST_WRITE = 1 << 30;

function writeNew(path: string, chunks: readonly Uint8Array[]): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx');
  try {
    for (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += LARGEST_WRITE) {
        writeFileSync(file, chunk.subarray(start, start + LARGEST_WRITE));
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Removes `folder` and those above it up to `made`, the first that was made for it, as far as they are empty. */
function removeMade(folder: string, made: string | undefined): void {
  if (made === undefined) return;
  for (let current = folder; current.length >= resolve(made).length; current = dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
  }
}
