import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors.js';

/** Bytes at rest that are read piece by piece: a file, a part of one, or memory. */
export interface ByteSource {
  /** Bytes in all. */
  size: number;
  /** Fills `target` with the bytes from `position` on. The range must lie within the source. */
  read(target: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

// One read call of the system takes 2^31 - 1 bytes at most.
const LARGEST_READ = 1 << 30;

/** Opening a pipe that nobody writes to would else wait for ever. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a file for reading. Throws UserError if it is missing, not readable, or not a regular file. */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path, READ).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    if (stat.isDirectory()) throw new UserError(`${path}: this is a folder, not a file`);
    throw new UserError(`${path}: not a regular file; write the data to a file first`);
  }
  return fileSource(handle, path, stat.size);
}

/** Reads through an open file, which `close` closes. `path` is for messages. */
export function fileSource(handle: FileHandle, path: string, size: number): ByteSource {
  return {
    size,
    async read(target, position) {
      let done = 0;
      while (done < target.length) {
        const length = Math.min(target.length - done, LARGEST_READ);
        const { bytesRead } = await handle.read(target, done, length, position + done);
        if (bytesRead === 0) throw new UserError(`${path}: the file became shorter while it was read`);
        done += bytesRead;
      }
    },
    close: () => handle.close(),
  };
}

/** Bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(target, position) {
      target.set(bytes.subarray(position, position + target.length));
    },
    async close() {},
  };
}

/** A part of another source; closing it leaves the other one open. */
export function partOf(source: ByteSource, offset: number, size: number): ByteSource {
  return {
    size,
    read: (target, position) => source.read(target, offset + position),
    async close() {},
  };
}

/** `length` bytes from `position` on, fewer where the source ends. */
export async function readUpTo(source: ByteSource, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - position)));
  await source.read(bytes, position);
  return bytes;
}

/** What a failed call of the file system means for the user; anything unforeseen is given back as it is. */
export function fileError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
    return new UserError(`${path}: no such file`);
  if (code === 'EACCES' || code === 'EPERM') return new UserError(`${path}: no permission to read it`);
  if (code === 'EISDIR') return new UserError(`${path}: this is a folder, not a file`);
  if (code === 'ELOOP') return new UserError(`${path}: this is a link to itself`);
  if (code === 'EIO') return new UserError(`${path}: the disk fails to read it`);
  return error;
}
