import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { replaceFile } from './atomic.js';
import { ownedFolders, readCounter, readEarlierEpochs } from './counter-file.js';
import { type EpochCounter, encodeEpochCounter } from './epoch-counter.js';
import { EPOCH_COUNTER, epochFile, epochOfFile, RUN } from './layout.js';
import { recoverFolder, StagedFiles } from './staged-files.js';
import { checkWritableFolder, writing } from './writable.js';

/** Takes one quantity's file of the epoch that is being written. */
export type AddFile = (quantity: string, ending: 'npy' | 'npz', bytes: Uint8Array) => void;

/**
 * A dump that epochs are added to: `FOLDER/QUANTITY/QUANTITY_epochK.npy` and `FOLDER/epoch_counter.pkl`. The counter is written
 * last and, where a dump is replaced, removed first: a dump whose writing was cut short has none.
 */
export class DumpFolder {
  #counter: EpochCounter = new Map();
  #earlierRun: unknown;
  #written = false;

  /** With `initialEpoch` 0 the first epoch written replaces what was there; with k it replaces epochs k and later. */
  constructor(
    private readonly folder: string,
    private readonly initialEpoch: number,
  ) {}

  /**
   * Checks that the folder can be written, and reads what is to be continued; touches nothing.
   * Returns the epochs that were found there, undefined if none were looked for.
   * @throws UserError if it cannot be written, or holds an epoch counter that is none or that its files contradict
   */
  open(): number[] | undefined {
    checkWritableFolder(this.folder);
    if (this.initialEpoch === 0) return undefined;
    recoverFolder(this.folder);
    const { counter, epochs } = readEarlierEpochs(this.folder, this.initialEpoch);
    this.#counter = counter;
    this.#earlierRun = readJson(join(this.folder, RUN));
    return epochs;
  }

  /** Writes an epoch whole, or, if it throws, leaves everything as it was. @throws UserError if it cannot be written. */
  writeEpoch(epoch: number, addFiles: (add: AddFile) => void): void {
    const staged = new StagedFiles(this.folder);
    const counter: EpochCounter = new Map(this.#counter);
    try {
      addFiles((quantity, ending, bytes) => {
        staged.add(join(quantity, epochFile(quantity, epoch, ending)), bytes);
        if (ending === 'npy') counter.set(quantity, epoch);
      });
      staged.add(EPOCH_COUNTER, encodeEpochCounter(counter));
      staged.commit(this.#obsolete());
    } finally {
      staged.discard();
    }
    this.#counter = counter;
    this.#written = true;
  }

  /** Writes `run.json`; what an earlier run that this one continues had left there is kept under `earlier`. */
  writeRun(run: Readonly<Record<string, unknown>>): void {
    const whole = this.#earlierRun === undefined ? run : { ...run, earlier: this.#earlierRun };
    replaceFile(join(this.folder, RUN), `${JSON.stringify(whole, null, 1)}\n`);
  }

  /** What the first epoch of this run replaces, by path within the folder; the counter first. */
  #obsolete(): string[] {
    if (this.#written) return [];
    const marks = this.initialEpoch === 0 ? [EPOCH_COUNTER, RUN] : [EPOCH_COUNTER];
    const files = ownedFolders(this.folder, this.#listed()).flatMap((quantity) =>
      readdirSync(join(this.folder, quantity))
        .filter((file) => (epochOfFile(quantity, file) ?? -1) >= this.initialEpoch)
        .map((file) => join(quantity, file)),
    );
    return [...marks.filter((name) => existsSync(join(this.folder, name))), ...files];
  }

  #listed(): ReadonlyMap<string, number> {
    try {
      return readCounter(this.folder) ?? new Map();
    } catch (error) {
      // A damaged counter is about to be replaced: what it would have listed stays.
      if (error instanceof UserError) return new Map();
      throw error;
    }
  }
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(writing(path, () => readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
