import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { dump } from 'npyjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PipedData } from '../../src/data/piped.js';
import { openDataset } from '../../src/data/registry.js';
import { Interrupted, UserError } from '../../src/errors.js';
import { fixture, temporaryFolder } from './fixture-files.js';

const scratch = await temporaryFolder();
afterEach(() => {
  vi.unstubAllEnvs();
});

const numbers = Float32Array.from({ length: 600 }, (_, i) => i / 3);
const array = Buffer.from(dump(numbers, [100, 6]));

/** The bytes in pieces of `size`. */
function pipe(bytes: Uint8Array, size = 1000): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return Readable.from(pieces, { objectMode: false });
}

async function read(piped: PipedData): Promise<unknown> {
  const dataset = await openDataset('-', { piped });
  const [all] = await dataset.read(0, dataset.samples);
  await dataset.close();
  return all!.data;
}

describe('an array that comes through a pipe', () => {
  test.each([
    ['in memory', 1 << 20],
    ['in a file', 100],
  ])('%s, as often as wanted, in pieces of any size', async (_where, inMemoryBytes) => {
    vi.stubEnv('TMPDIR', scratch);
    for (const size of [1, 7, 128, 5000]) {
      const piped = new PipedData(pipe(array, size), undefined, inMemoryBytes);
      expect(await read(piped)).toEqual(numbers);
      expect(await read(piped)).toEqual(numbers);
      await piped.close();
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  test('what follows it is not read', async () => {
    const endless = new PassThrough();
    endless.write(array);
    endless.write('more');
    const piped = new PipedData(endless);
    expect(await read(piped)).toEqual(numbers);
    expect(endless.destroyed).toBe(true);
    await piped.close();
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', Buffer.alloc(0), /standard input is empty/],
    ['text', Buffer.from('a,b\n1,2\n'), /brings no npy array/],
    ['npz', readFileSync(fixture('stored.npz')), /zip archive.*takes one npy array/],
    ['a cut array', array.subarray(0, 1000), /standard input is truncated: expected 2472 bytes/],
    ['a cut header', array.subarray(0, 50), /ends within its header/],
  ])('%s is refused', async (_what, bytes, message) => {
    await expect(read(new PipedData(pipe(bytes)))).rejects.toThrow(message);
    await expect(read(new PipedData(pipe(bytes)))).rejects.toThrow(UserError);
  });

  test('a terminal is refused, and waiting can be interrupted', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    await expect(read(new PipedData(terminal))).rejects.toThrow(/is a terminal/);
    const silent = new PassThrough();
    const interruption = new AbortController();
    const waiting = read(new PipedData(silent, interruption.signal));
    setTimeout(() => interruption.abort(), 20);
    await expect(waiting).rejects.toThrow(Interrupted);
  });

  test('none', async () => {
    await expect(openDataset('-')).rejects.toThrow(/there is none here/);
  });
});
