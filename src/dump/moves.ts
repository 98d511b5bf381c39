import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A renaming, both paths within the same folder. */
export interface Move {
  from: string;
  to: string;
}

const JOURNAL = 'moves.json';

/**
 * Renames files within `folder`, all of them or none: what is done is undone if the system refuses a step, and what is to be
 * done is written down in `stage` first, so that `takeBack` can undo it if the process is killed meanwhile.
 */
export function moveAll(folder: string, stage: string, moves: readonly Move[]): void {
  writeFileSync(join(stage, JOURNAL), JSON.stringify(moves));
  try {
    for (const { from, to } of moves) {
      mkdirSync(dirname(join(folder, to)), { recursive: true });
      renameSync(join(folder, from), join(folder, to));
    }
  } catch (error) {
    takeBack(folder, stage);
    throw error;
  }
  // From here on they are done.
  rmSync(join(stage, JOURNAL));
}

/** Undoes those moves that the journal in `stage` names and that were done. */
export function takeBack(folder: string, stage: string): void {
  const moves = readJournal(join(stage, JOURNAL));
  for (const move of moves.toReversed()) {
    const [from, to] = [join(folder, move.from), join(folder, move.to)];
    if (existsSync(to) && !existsSync(from)) renameSync(to, from);
  }
  removeEmptied(
    folder,
    moves.map(({ to }) => to),
  );
  rmSync(join(stage, JOURNAL), { force: true });
}

/** Whether `stage` holds moves that could be neither done nor undone: what they put away is there alone. */
export function isUnsettled(stage: string): boolean {
  return existsSync(join(stage, JOURNAL));
}

/** Removes those folders of `paths`, which lie within `folder`, that are empty now. */
export function removeEmptied(folder: string, paths: readonly string[]): void {
  const whole = resolve(folder);
  for (const parent of new Set(paths.map((path) => dirname(resolve(whole, path)))))
    if (parent !== whole) removeEmpty(parent);
}

/** Whether the folder was empty and could be removed. */
export function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** A journal that was cut short was of moves that had not begun. */
function readJournal(path: string): Move[] {
  if (!existsSync(path)) return [];
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(found) ? found.filter(isMove) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isMove(value: unknown): value is Move {
  return (
    typeof value === 'object' &&
    value !== null &&
    'from' in value &&
    'to' in value &&
    typeof value.from === 'string' &&
    typeof value.to === 'string'
  );
}
