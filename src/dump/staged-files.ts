import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pid } from 'node:process';
import { UserError } from '../errors.js';
import { removeMade } from './atomic.js';
import { removeLeftovers } from './leftovers.js';
import { isUnsettled, type Move, moveAll, removeEmptied } from './moves.js';
import { writing } from './writable.js';
import { writeWhole } from './write-whole.js';

const NAME = 'delve';
const STAGE = `.${NAME}.tmp-${pid}`;

/** Brings a folder back to where a process that was killed while it moved files there had found it. */
export function recoverFolder(folder: string): void {
  writing(folder, () => removeLeftovers(folder, NAME));
}

/**
 * Files that are to appear in a folder together: written into a hidden folder within it (so that renaming never crosses
 * file systems), under numbers for names (so that nobody takes one of them for a finished file), then moved in one go.
 */
export class StagedFiles {
  readonly #folder: string;
  readonly #stage: string;
  readonly #staged: Move[] = [];
  #made: string | undefined;
  #pending = false;

  constructor(folder: string) {
    this.#folder = resolve(folder);
    this.#stage = join(this.#folder, STAGE);
  }

  /** Writes a file that is to stand at `path` within the folder. @throws UserError if it cannot be written. */
  add(path: string, bytes: Uint8Array): void {
    writing(join(this.#folder, path), () => {
      if (!this.#pending) {
        this.#made = mkdirSync(this.#folder, { recursive: true });
        this.#pending = true;
        recoverFolder(this.#folder);
        mkdirSync(this.#stage);
      }
      const from = join(STAGE, String(this.#staged.length));
      const file = openSync(join(this.#folder, from), 'wx');
      try {
        writeWhole(file, bytes);
      } finally {
        closeSync(file);
      }
      this.#staged.push({ from, to: path });
    });
  }

  /**
   * Removes the files at `obsolete` (within the folder), then moves the new ones to their places in the order of `add`.
   * If the system refuses one of these steps, those before are undone. @throws UserError in that case.
   */
  commit(obsolete: readonly string[]): void {
    const leaving = new Set(obsolete);
    for (const { to } of this.#staged) if (this.#stands(to)) leaving.add(to);
    const away = [...leaving].map((from, i) => ({ from, to: join(STAGE, `old-${i}`) }));
    writing(this.#folder, () => {
      moveAll(this.#folder, this.#stage, [...away, ...this.#staged]);
      rmSync(this.#stage, { recursive: true, force: true });
    });
    removeEmptied(this.#folder, [...leaving]);
    this.#pending = false;
  }

  /** Takes back what was added and not committed, and the folder if it was made for that. */
  discard(): void {
    if (!this.#pending || isUnsettled(this.#stage)) return;
    rmSync(this.#stage, { recursive: true, force: true });
    removeMade(this.#folder, this.#made);
    this.#pending = false;
  }

  /** Whether a file stands in the place of a new one. A folder there is not ours to remove. */
  #stands(path: string): boolean {
    const whole = join(this.#folder, path);
    if (!existsSync(whole)) return false;
    if (!statSync(whole).isDirectory()) return true;
    throw new UserError(`${whole} is a folder where a file must be written; choose another place with --out`);
  }
}
