import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../errors.js';

/** One `--data` of the command line. `path` stands as the user wrote it. */
export interface DataOption {
  mode: 'train' | 'eval';
  path: string;
}

/**
 * Reads `[MODE=]PATH`, MODE being `train` or `eval` (which goes without saying). A path that holds `=` itself is taken as
 * one if there is such a file below `cwd`. Throws UserError for another mode and for an empty path.
 */
export function parseDataOption(text: string, cwd: string): DataOption {
  const exists = (path: string) => path !== '' && existsSync(resolve(cwd, path));
  const at = text.indexOf('=');
  const mode = text.slice(0, Math.max(0, at));
  const path = text.slice(at + 1);
  if (path === '') throw new UserError(`--data '${text}' names no file; write --data [train=|eval=]PATH`);
  if (mode === 'train' || mode === 'eval') {
    return !exists(path) && exists(text) ? { mode: 'eval', path: text } : { mode, path };
  }
  // What holds a separator or a dot before the `=` is a path, if a wrong one.
  if (at < 0 || exists(text) || /[\\/.:]/.test(mode)) return { mode: 'eval', path: text };
  throw new UserError(
    `--data '${text}': the mode '${mode}' is unknown, and there is no file of that name; modes are train and eval`,
  );
}
