import { type Dirent, statSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, fileError, openFile } from '../data/byte-source.js';
import { UserError } from '../errors.js';

/** What tells whether a file is still the one that was read before. */
export interface FileState {
  /** Names the file among all others on this machine. */
  identity: string;
  size: number;
  /** Nanoseconds since 1970, or 0 where that is not known. */
  modified: bigint;
}

/** The files of a dump, wherever they lie. Paths are below its root, their parts joined by `/`. */
export interface DumpFiles {
  /** Those of the root and of the folders in it, in no order. */
  readonly paths: readonly string[];
  /** A file's name for messages. */
  where(path: string): string;
  state(path: string): Promise<FileState>;
  /** @throws UserError if the file cannot be read. */
  open(path: string): Promise<ByteSource>;
  read(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The files of a dump that is a folder. @throws UserError if it cannot be listed. */
export async function openFolder(folder: string): Promise<DumpFiles> {
  const paths: string[] = [];
  for (const entry of await list(folder)) {
    if (entry.name.startsWith('.')) continue;
    if (!isFolder(folder, entry)) paths.push(entry.name);
    else for (const { name } of await list(join(folder, entry.name))) paths.push(`${entry.name}/${name}`);
  }
  const whole = (path: string) => join(folder, path);
  const real = await attempt(folder, () => realpath(folder));
  return {
    paths,
    where: whole,
    async state(path) {
      const { size, mtimeNs } = await attempt(whole(path), () => stat(whole(path), { bigint: true }));
      return { identity: join(real, path), size: Number(size), modified: mtimeNs };
    },
    open: (path) => openFile(whole(path)),
    read: (path) => attempt(whole(path), () => readFile(whole(path))),
    async close() {},
  };
}

function list(folder: string): Promise<Dirent[]> {
  return attempt(folder, () => readdir(folder, { withFileTypes: true }));
}

/** Links to folders are folders, too. */
function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const told = fileError(path, error);
    throw told instanceof UserError ? told : error;
  }
}
