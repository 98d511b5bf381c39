import { readdir, stat } from 'node:fs/promises';
import { fileError } from '../data/byte-source.js';
import { EPOCH_COUNTER, isQuantityName } from '../dump/layout.js';
import { isZip } from '../dump/read.js';
import { UserError } from '../errors.js';

/** Where the results of a run lie. */
export interface Located {
  kind: 'csv' | 'dump';
  path: string;
  /** Of the run's own name: 3 for `runs/mnist@3`. */
  epoch: number | undefined;
}

/**
 * Finds what `run` names: a csv, a dump (folder or zip), or a savefile without its ending, whose dump folder goes before its csv and
 * that before its zip; each with an epoch after `@`, unless something is called so.
 * @throws UserError if nothing is there.
 */
export async function locateRun(run: string): Promise<Located> {
  const whole = await locate(run);
  if (whole) return { ...whole, epoch: undefined };
  const [, savefile, ending] = /^(.+)@([^@/\\]*)$/.exec(run) ?? [];
  const found = savefile === undefined ? undefined : await locate(savefile);
  if (found && !/^-?\d{1,9}$/.test(ending ?? '')) {
    throw new UserError(
      `${run}: '${ending}' is no epoch, which is a whole number: ${savefile}@3, or ${savefile}@-1 for the last one`,
    );
  }
  if (found) return { ...found, epoch: Number(ending) };
  throw new UserError(
    `${(savefile ?? run) || "''"}: no such dump or csv; give one, or what --out named, such as runs/mnist`,
  );
}

async function locate(path: string): Promise<Omit<Located, 'epoch'> | undefined> {
  const kind = await kindOf(path);
  if (kind === 'file') {
    const isArchive = /\.zip$/i.test(path) || (await isZip(path));
    return { kind: isArchive ? 'dump' : 'csv', path };
  }
  if (kind === 'folder' && (await isDump(path))) return { kind: 'dump', path };
  const savefile = path.replace(/(?<=.)[/\\]+$/, '');
  if ((await kindOf(`${savefile}.csv`)) === 'file') return { kind: 'csv', path: `${savefile}.csv` };
  if ((await kindOf(`${savefile}.zip`)) === 'file') return { kind: 'dump', path: `${savefile}.zip` };
  // Whoever opens it as a dump is told what it holds instead.
  return kind === 'folder' ? { kind: 'dump', path } : undefined;
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError(path, error);
  }
}

async function isDump(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  return names.some((name) => name === EPOCH_COUNTER || isQuantityName(name));
}
