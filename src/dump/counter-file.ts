import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { naturalOrder } from '../natural-order.js';
import { decodeEpochCounter, type EpochCounter } from './epoch-counter.js';
import { EPOCH_COUNTER, epochOfFile, isQuantityName } from './layout.js';
import { writing } from './writable.js';

/** What a dump holds that is to be continued. */
export interface EarlierEpochs {
  /** Those of its epochs that stay, last one by quantity: in the order of its counter, that of execution. */
  counter: EpochCounter;
  /** All that were found. */
  epochs: number[];
}

/**
 * Reads what a dump holds before epoch `k`. Without a counter the files alone tell.
 * @throws UserError if its counter is none, or says otherwise than its files
 */
export function readEarlierEpochs(folder: string, k: number): EarlierEpochs {
  const counter = readCounter(folder);
  const owned = ownedFolders(folder, counter ?? new Map());
  const listed = counter && [...counter.keys()];
  const quantities = new Set([...(listed ?? []), ...owned.sort(naturalOrder)]);
  const kept: EpochCounter = new Map();
  const found = new Set<number>();
  for (const quantity of quantities) {
    const epochs = owned.includes(quantity) ? epochsIn(join(folder, quantity), quantity) : [];
    for (const epoch of epochs) found.add(epoch);
    const said = counter?.get(quantity);
    if (said !== undefined) checkLast(folder, quantity, said, epochs, k);
    const before = epochs.filter((epoch) => epoch < k);
    if (before.length > 0 && (counter === undefined || said !== undefined))
      kept.set(quantity, Math.max(...before));
  }
  return { counter: kept, epochs: [...found] };
}

/** Folders that a dump has made in `folder`: by their name, or because its counter lists them. */
export function ownedFolders(folder: string, counter: ReadonlyMap<string, number>): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (isQuantityName(entry.name) || counter.has(entry.name)))
    .map((entry) => entry.name);
}

/** The counter of the dump in `folder`, undefined if it has none. @throws UserError for one that is none. */
export function readCounter(folder: string): EpochCounter | undefined {
  const path = join(folder, EPOCH_COUNTER);
  if (!existsSync(path)) return undefined;
  return decodeEpochCounter(
    writing(path, () => readFileSync(path)),
    path,
  );
}

function epochsIn(folder: string, quantity: string): number[] {
  return readdirSync(folder).flatMap((file) => epochOfFile(quantity, file) ?? []);
}

/**
 * Epochs from `k` on are replaced, whatever they hold. Of those before, the last one may have been cut short (files that the counter
 * does not know yet), or files may have been lost since.
 */
function checkLast(
  folder: string,
  quantity: string,
  said: number,
  epochs: readonly number[],
  k: number,
): void {
  const last = Math.max(-1, ...(said < k ? epochs.filter((epoch) => epoch < k) : epochs));
  if (said < k ? last === said : last >= said) return;
  const found = last < 0 ? 'it has no file' : `its last file is of epoch ${last}`;
  const advice =
    last > said
      ? `that epoch was not finished; continue with --initial-epoch ${said + 1}`
      : 'bring the missing files back, or remove epoch_counter.pkl to continue with what is there';
  throw new UserError(
    `${join(folder, EPOCH_COUNTER)} says that ${quantity} ends with epoch ${said}, but ${found}: ${advice}`,
  );
}
