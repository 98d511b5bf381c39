import { writeSync } from 'node:fs';

/** Bytes that one call of the operating system writes at most are 2^31 - 1. */
const LARGEST_WRITE = 1 << 30;

/** Writes all of `bytes` to an open file, where it stands or from `position` on. */
export function writeWhole(file: number, bytes: Uint8Array, position?: number): void {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, LARGEST_WRITE);
    done += writeSync(file, bytes, done, length, position === undefined ? null : position + done);
  }
}
