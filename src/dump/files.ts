import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, fileError, openFile } from '../data/byte-source.js';
import { UserError } from '../errors.js';
import { printable } from '../printable.js';

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
  /** What could not be listed, a sentence each. */
  readonly unlisted: readonly string[];
  /** A file's name for messages. */
  where(path: string): string;
  state(path: string): Promise<FileState>;
  /** For large files, read piece by piece. @throws UserError if the file cannot be read. */
  open(path: string): Promise<ByteSource>;
  /** The first `bytes` bytes, fewer where the file is shorter. @throws UserError if the file cannot be read. */
  head(path: string, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The files of a dump that is a folder. @throws UserError if it cannot be listed. */
export async function openFolder(folder: string): Promise<DumpFiles> {
  const paths: string[] = [];
  const unlisted: string[] = [];
  for (const entry of attempt(folder, () => list(folder))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (!isFolder(path, entry)) {
      paths.push(entry.name);
      continue;
    }
    try {
      for (const { name } of attempt(path, () => list(path))) paths.push(`${entry.name}/${name}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unlisted.push(printable(error.message));
    }
  }
  const whole = (path: string) => join(folder, path);
  const real = await realpath(folder);
  // Small reads are synchronous: by promises each takes ten times as long, and a dump has hundreds.
  return {
    paths,
    unlisted,
    where: (path) => printable(whole(path)),
    async state(path) {
      const { size, mtimeNs } = attempt(whole(path), () => statSync(whole(path), { bigint: true }));
      return { identity: join(real, path), size: Number(size), modified: mtimeNs };
    },
    open: (path) => openFile(whole(path)),
    head: async (path, bytes) => attempt(whole(path), () => readHead(whole(path), bytes)),
    async close() {},
  };
}

function list(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true });
}

/** Links to folders are folders, too. */
function isFolder(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(path).isDirectory();
  } catch {
    // A link to nowhere, or to itself: reading it tells.
    return false;
  }
}

function readHead(path: string, bytes: number): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(file);
    if (found.isDirectory()) throw new UserError(`${path}: this is a folder, not a file`);
    if (!found.isFile()) throw new UserError(`${path}: not a regular file`);
    const head = new Uint8Array(Math.min(bytes, found.size));
    let done = 0;
    while (done < head.length) {
      const read = readSync(file, head, done, head.length - done, done);
      if (read === 0) throw new UserError(`${path}: the file became shorter while it was read`);
      done += read;
    }
    return head;
  } finally {
    closeSync(file);
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fileError(path, error);
  }
}
