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
      writeNew(temporary, typeof data === 'string' ? Buffer.from(data) : data);
      renameSync(temporary, target);
    } catch (error) {
      discardFile(temporary);
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
  readonly #folder: string;
  readonly #stage: string;
  readonly #staged: { from: string; to: string }[] = [];
  #made: string | undefined;
  #pending = false;

  constructor(folder: string) {
    this.#folder = resolve(folder);
    this.#stage = join(this.#folder, `.delve.tmp-${pid}`);
  }

  /** Writes a file that is to stand at `path` within the folder. @throws UserError if it cannot be written. */
  add(path: string, bytes: Uint8Array): void {
    const to = join(this.#folder, path);
    writing(to, () => {
      if (!this.#pending) {
        this.#made = mkdirSync(this.#folder, { recursive: true });
        this.#pending = true;
        rmSync(this.#stage, { recursive: true, force: true });
        mkdirSync(this.#stage);
      }
      const from = join(this.#stage, String(this.#staged.length));
      writeNew(from, bytes);
      this.#staged.push({ from, to });
    });
  }

  /**
   * Removes the files at `obsolete` (within the folder), then moves the new ones to their places in the order of `add`.
   * If the system refuses one of these steps, those before are undone. @throws UserError in that case.
   */
  commit(obsolete: readonly string[]): void {
    const leaving = obsolete.map((path) => join(this.#folder, path));
    const moves = new Moves(join(this.#stage, 'old'));
    writing(this.#folder, () => {
      try {
        for (const path of leaving) moves.putAway(path);
        for (const { from, to } of this.#staged) {
          mkdirSync(dirname(to), { recursive: true });
          if (existsSync(to)) moves.putAway(to);
          moves.move(from, to);
        }
      } catch (error) {
        moves.undo();
        this.#removeEmptied(this.#staged.map(({ to }) => to));
        throw error;
      }
      rmSync(this.#stage, { recursive: true, force: true });
    });
    this.#removeEmptied(leaving);
    this.#pending = false;
  }

  /** Removes those folders of `paths` that are empty now. */
  #removeEmptied(paths: readonly string[]): void {
    for (const folder of new Set(paths.map((path) => dirname(path))))
      if (folder !== this.#folder) removeEmpty(folder);
  }

  /** Takes back what was added and not committed, and the folder if it was made for that. */
  discard(): void {
    if (!this.#pending) return;
    rmSync(this.#stage, { recursive: true, force: true });
    removeMade(this.#folder, this.#made);
    this.#pending = false;
  }
}

/** Renamings that can be undone. */
class Moves {
  readonly #done: { from: string; to: string }[] = [];

  constructor(private readonly attic: string) {}

  move(from: string, to: string): void {
    renameSync(from, to);
    this.#done.push({ from, to });
  }

  putAway(path: string): void {
    this.move(path, `${this.attic}-${this.#done.length}`);
  }

  undo(): void {
    for (const { from, to } of this.#done.reverse()) renameSync(to, from);
  }
}

/** Bytes that one call of the operating system writes at most are 2^31 - 1. */
const LARGEST_WRITE = 1 << 30;

function writeNew(path: string, bytes: Uint8Array): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx');
  try {
    for (let start = 0; start < bytes.length; start += LARGEST_WRITE) {
      writeFileSync(file, bytes.subarray(start, start + LARGEST_WRITE));
    }
  } finally {
    closeSync(file);
  }
}

/** Removes a file if it is there: that it cannot be removed matters less than the error that asked for it. */
function discardFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

/** Removes `folder` and those above it up to `made`, the first that was made for it, as far as they are empty. */
function removeMade(folder: string, made: string | undefined): void {
  if (made === undefined) return;
  const top = resolve(made).length;
  for (let current = folder; current.length >= top && removeEmpty(current); current = dirname(current));
}

/** Whether the folder was empty and could be removed. */
function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
