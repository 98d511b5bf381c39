import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { UserError } from '../errors.js';
import { naturalOrder } from '../natural-order.js';

/**
 * The models to record as successive epochs: globs expanded, in natural order (`ckpt-2` before `ckpt-10`). A list that a
 * shell's glob has sorted by letters is put in natural order too; any other order is the user's own.
 */
export async function expandModels(arguments_: readonly string[], cwd: string): Promise<string[]> {
  const models: string[] = [];
  for (const argument of arguments_) {
    if (!isDynamicPattern(argument) || (await exists(argument, cwd))) {
      models.push(argument);
      continue;
    }
    const found = await glob(argument, { cwd, onlyFiles: false, expandDirectories: false, dot: true });
    if (found.length === 0) throw new UserError(`${argument}: no model matches this pattern`);
    models.push(...found.map((path) => path.replace(/\/$/, '')).sort(naturalOrder));
  }
  const byLetters = models.every((model, i) => i === 0 || models[i - 1]! <= model);
  return byLetters ? models.sort(naturalOrder) : models;
}

function exists(path: string, cwd: string): Promise<boolean> {
  return stat(resolve(cwd, path)).then(
    () => true,
    () => false,
  );
}
