import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { UserError } from '../../errors.js';

/** The bytes of a file. Throws UserError where it is missing. */
export function readWhole(file: string): Buffer {
  return withFile(file, (descriptor) => readFileSync(descriptor));
}

/**
 * Opens a file of the model for `use`, and closes it.
 * @throws UserError if it is missing or may not be read
 */
export function withFile<T>(file: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UserError(
      missing
        ? `${file} is missing, and the model's variables are in it: copy the whole SavedModel folder.`
        : `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * `size` bytes from `offset` on.
 * @throws UserError if the file ends before them
 */
export function readExactly(descriptor: number, offset: number, size: number, file: string): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  // One read call moves at most 2 GiB.
  const step = 1 << 30;
  for (let at = 0; at < size; ) {
    const count = readSync(descriptor, bytes, at, Math.min(step, size - at), offset + at);
    if (count === 0) {
      throw new UserError(
        `${file} is damaged: it ends ${size - at} bytes early; copy or export the model again.`,
      );
    }
    at += count;
  }
  return bytes;
}
