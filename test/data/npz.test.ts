import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openFile } from '../../src/data/byte-source.js';
import { NpyArray } from '../../src/data/npy-array.js';
import { openDataset } from '../../src/data/registry.js';
import { readZipDirectory } from '../../src/data/zip-directory.js';
import { openZipEntry } from '../../src/data/zip-entry.js';
import { UserError } from '../../src/errors.js';
import { fixture, temporaryFolder } from './fixture-files.js';

const golden: { image: number[][][]; ids: number[][] } = JSON.parse(
  readFileSync(fixture('npz.json'), 'utf8'),
);
const scratch = await temporaryFolder();
const good = ['stored.npz', 'deflated.npz', 'streamed.npz', 'zip64.npz'];

describe('archives that NumPy and Python wrote', () => {
  test.each(good)('%s', async (file) => {
    const dataset = await openDataset(fixture(file));
    expect(dataset.samples).toBe(7);
    expect(dataset.arrays).toEqual([
      { key: 'image', dtype: 'uint8', sampleShape: [4, 3] },
      { key: 'tokens/ids', dtype: 'int64', sampleShape: [5] },
    ]);
    for (const [start, end] of [
      [0, 7],
      [2, 5],
      [6, 7],
    ] as const) {
      const [image, ids] = await dataset.read(start, end);
      expect(image!.data).toEqual(Uint8Array.from(golden.image.slice(start, end).flat(2)));
      expect(ids!.data).toEqual(BigInt64Array.from(golden.ids.slice(start, end).flat().map(BigInt)));
    }
    await dataset.close();
  });

  test('a deflated entry that is too large for memory goes through a file that nobody sees', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('delve-'));
    const archive = await openFile(fixture('deflated.npz'));
    const [entry] = await readZipDirectory(archive, 'x');
    const array = await NpyArray.open(await openZipEntry(archive, entry!, 'x', 10), 'x');
    expect((await array.read(3, 6)).data).toEqual(Uint8Array.from(golden.image.slice(3, 6).flat(2)));
    const names = (await readdir(tmpdir())).filter(
      (name) => /^delve-(?!test-)/.test(name) && !before.includes(name),
    );
    if (process.platform !== 'win32') expect(names).toEqual([]);
    await array.close();
    await archive.close();
  });

  test('what is not an array is noted', async () => {
    const dataset = await openDataset(fixture('notes.npz'));
    expect(dataset.arrays.map((array) => array.key)).toEqual(['x']);
    expect(dataset.notes).toEqual([expect.stringMatching(/'README\.txt' is not an array/)]);
    await dataset.close();
  });
});

describe('archives that are refused, in a sentence', () => {
  test.each([
    ['bzip2.npz', /the array 'image' is packed by method 12/],
    ['unequal.npz', /'x_train' 4, 'x_test' 2; save just/],
    ['no-arrays.npz', /holds no arrays/],
    ['object.npz', /the array 'names' holds Python objects/],
  ])('%s', async (file, message) => {
    await expect(openDataset(fixture(file))).rejects.toThrow(UserError);
    await expect(openDataset(fixture(file))).rejects.toThrow(message);
  });

  test('encrypted, and not a zip archive at all', async () => {
    const bytes = await readFile(fixture('stored.npz'));
    const path = join(scratch, 'encrypted.npz');
    bytes[bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 8]! |= 1;
    await writeFile(path, bytes);
    await expect(openDataset(path)).rejects.toThrow(/is encrypted/);
    await writeFile(path, 'not an archive');
    await expect(openDataset(path)).rejects.toThrow(/not a zip archive/);
    await writeFile(path, '');
    await expect(openDataset(path)).rejects.toThrow(/not a zip archive/);
  });

  test.each(good)('%s cut short anywhere', async (file) => {
    const bytes = await readFile(fixture(file));
    const path = join(scratch, `cut-${file}`);
    for (let length = 0; length < bytes.length; length += 13) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(openDataset(path)).rejects.toThrow(UserError);
    }
  });

  test.each(good)('%s with a byte garbled gives the right numbers or a UserError', async (file) => {
    const bytes = await readFile(fixture(file));
    const path = join(scratch, `garbled-${file}`);
    const image = Uint8Array.from(golden.image.flat(2));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const garbled = Uint8Array.from(bytes);
        garbled[at]! ^= change;
        await writeFile(path, garbled);
        try {
          const dataset = await openDataset(path);
          const place = dataset.arrays.findIndex((array) => array.key === 'image');
          if (place >= 0) expect((await dataset.read(0, dataset.samples))[place]!.data).toEqual(image);
          await dataset.close();
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 100 },
    );
  });
});
