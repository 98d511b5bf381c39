import { accessSync, constants, realpathSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pid } from 'node:process';
import { UserError } from '../errors.js';
import { removeLeftovers } from './leftovers.js';

const PROBE = 'probe';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long for the file system',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'a folder of that name is in the way',
  EEXIST: 'something of that name is in the way',
  ENOTEMPTY: 'a folder of that name is in the way',
  ELOOP: 'it is a link to itself',
  EBUSY: 'another program holds it open',
};

/** Runs `action`; what the file system refuses becomes a UserError that names `path`, and the option that says where it lies. */
export function writing<T>(path: string, action: () => T, option = '--out'): T {
  try {
    return action();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    const reason = REASONS[code] ?? `the system says ${error.message}`;
    throw new UserError(`${path} cannot be written: ${reason}; choose another place with ${option}`);
  }
}

/**
 * Checks that a file can be written, leaving no trace: it is no folder, not read-only, and its folder (or the nearest one
 * that exists) takes files. `option` is what says where it lies. @throws UserError if not.
 */
export function checkWritableFile(path: string, option = '--out'): void {
  const found = statOf(path, option);
  if (!found) {
    checkWritableFolder(dirname(resolve(path)), option);
    return;
  }
  // What /dev/stdout leads to may be a file, which others write to as well.
  if (!found.isFile() || /^\/dev\//.test(resolve(path))) {
    const kind = found.isDirectory()
      ? 'a folder where a file must be written'
      : 'a device or a pipe and no file';
    throw new UserError(`${path} is ${kind}; choose another place with ${option}`);
  }
  writing(path, () => accessSync(path, constants.W_OK), option);
  checkWritableFolder(dirname(realpathSync(path)), option);
}

/** Checks, leaving no trace, that files can be written in a folder, or that it can be made. @throws UserError if not. */
export function checkWritableFolder(path: string, option = '--out'): void {
  let folder = resolve(path);
  let found = statOf(folder, option);
  while (!found) {
    folder = dirname(folder);
    found = statOf(folder, option);
  }
  if (!found.isDirectory()) {
    throw new UserError(`${folder} is a file where a folder must be; choose another place with ${option}`);
  }
  // Only writing tells: access rights are not all that may forbid it.
  const probe = temporaryBeside(join(folder, PROBE));
  const takesFiles = () => {
    removeLeftovers(folder, PROBE);
    writeFileSync(probe, '');
    rmSync(probe, { force: true });
  };
  writing(path, takesFiles, option);
}

/** Where a file is written before it takes its place. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp-${pid}`);
}

function statOf(path: string, option: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const fail = () => {
      throw error;
    };
    return writing(path, fail, option);
  }
}

/** The code of an error that a call of the operating system gave; undefined for any other error. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error && 'code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
