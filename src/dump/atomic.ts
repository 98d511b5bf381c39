import { closeSync, existsSync, mkdirSync, openSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { removeLeftovers } from './leftovers.js';
import { removeEmpty } from './moves.js';
import { temporaryBeside, writing } from './writable.js';
import { writeWhole } from './write-whole.js';

// Everything here is synchronous on purpose: a signal that arrives meanwhile is handled after it, when the files are whole.

/**
 * Writes a file so that it is at every moment either what it was or all of the new: beside it first, then renamed.
 * Folders that lack are made; a link stays a link. On failure nothing is left. @throws UserError if it cannot be written.
 */
export function replaceFile(path: string, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  replaceFileWith(path, (file) => writeWhole(file, bytes));
}

/** The same for a file that is too large to be held in memory: `fill` writes to the open file that it is given. */
export function replaceFileWith(path: string, fill: (file: number) => void): void {
  writing(path, () => {
    const target = existsSync(path) ? realpathSync(path) : resolve(path);
    const made = mkdirSync(dirname(target), { recursive: true });
    const temporary = temporaryBeside(target);
    try {
      removeLeftovers(dirname(target), basename(target));
      const file = openSync(temporary, 'wx');
      try {
        fill(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, target);
    } catch (error) {
      discardFile(temporary);
      removeMade(dirname(target), made);
      throw error;
    }
  });
}

/** Removes `folder` and those above it up to `made`, the first that was made for it, as far as they are empty. */
export function removeMade(folder: string, made: string | undefined): void {
  if (made === undefined) return;
  const top = resolve(made).length;
  for (let current = folder; current.length >= top && removeEmpty(current); current = dirname(current));
}

/** Removes a file if it is there: that it cannot be removed matters less than the error that asked for it. */
function discardFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
