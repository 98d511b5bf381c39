import { basename, normalize } from 'node:path';
import { UserError } from '../errors.js';

/**
 * SAVEFILE as writers put their endings to it: without the slash that a shell's completion leaves behind a folder's name.
 * `option` is what says it. @throws UserError for a path whose last part names no file
 */
export function savefilePath(text: string, option = '--out'): string {
  const savefile = normalize(text).replace(/(?<=.)[/\\]$/, '');
  if (['', '.', '..', '/', '\\'].includes(basename(savefile)) || text === '') {
    throw new UserError(`${option} '${text}' names no file to be made; give a path such as runs/mnist`);
  }
  return savefile;
}
