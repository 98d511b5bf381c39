import { readFileSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { load } from 'npyjs';
import { describe, expect, test } from 'vitest';
import { openFile } from '../../src/data/byte-source.js';
import { NpyArray } from '../../src/data/npy-array.js';
import { parseNpyHeader } from '../../src/data/npy-header.js';
import { openDataset } from '../../src/data/registry.js';
import { UserError } from '../../src/errors.js';
import { bytesOfData } from '../../src/numeric-data.js';
import type { Tensor } from '../../src/tensor.js';
import { fixture, temporaryFolder, unpacked } from './fixture-files.js';

interface Case {
  file: string;
  dtype: string;
  fortran: boolean;
  version: number;
}

const goldens: { shape: number[]; elements: Record<string, string>; cases: Case[] } = JSON.parse(
  readFileSync(fixture('npy-cases.json'), 'utf8'),
);
const folder = await unpacked('npy-cases.zip');
const odd = await unpacked('odd-npy.zip');
const scratch = await temporaryFolder();

function hex(tensor: Tensor): string {
  if (Array.isArray(tensor.data)) throw new Error('numbers expected');
  return Buffer.from(bytesOfData(tensor.data)).toString('hex');
}

async function slice(path: string, start: number, end: number): Promise<Tensor> {
  const dataset = await openDataset(path);
  try {
    const [tensor] = await dataset.read(start, end);
    return tensor!;
  } finally {
    await dataset.close();
  }
}

describe('arrays that NumPy wrote', () => {
  test.each(goldens.cases)('$file', async ({ file, dtype, fortran, version }) => {
    const header = parseNpyHeader(await readFile(join(folder, file)), file);
    expect(header).toMatchObject({ dtype, version, shape: goldens.shape, fortranOrder: fortran });
    const elements = goldens.elements[dtype]!;
    const [samples, ...sampleShape] = goldens.shape;
    const row = elements.length / samples!;
    const dataset = await openDataset(join(folder, file));
    expect(dataset).toMatchObject({ samples, arrays: [{ key: undefined, dtype, sampleShape }], notes: [] });
    for (let start = 0; start < samples!; start++) {
      for (let end = start; end <= samples!; end++) {
        const [tensor] = await dataset.read(start, end);
        expect(tensor).toMatchObject({ dtype, shape: [end - start, ...sampleShape] });
        expect(hex(tensor!)).toBe(elements.slice(start * row, end * row));
      }
    }
    await dataset.close();
  });

  // npyjs reads whole files in C order and little endian; what it cannot do is why slices are read by code of our own.
  const plain = goldens.cases.filter(
    ({ file, fortran, dtype }) => !fortran && !file.includes('-big-') && !/^(bool|bfloat16)$/.test(dtype),
  );
  test.each(plain)('$file: npyjs reads the same', async ({ file }) => {
    const theirs = await load(await readFile(join(folder, file)), { convertFloat16: false });
    const ours = await slice(join(folder, file), 0, goldens.shape[0]!);
    expect(theirs.shape).toEqual(ours.shape);
    expect(theirs.data).toEqual(ours.data);
  });

  test('npyjs refuses big endian and bfloat16, gives Fortran order as it lies, and does not notice a cut file', async () => {
    const read = async (name: string) => load(await readFile(name));
    await expect(read(join(folder, 'float32-big-C-v1.npy'))).rejects.toThrow(/Unsupported dtype/);
    await expect(read(join(folder, 'bfloat16-C-v1.npy'))).rejects.toThrow(/Unsupported dtype/);
    const fortran = await read(join(folder, 'int32-little-F-v1.npy'));
    const right = await slice(join(folder, 'int32-little-F-v1.npy'), 0, 5);
    expect(fortran.data).not.toEqual(right.data);
    const cut = join(scratch, 'cut.npy');
    await writeFile(cut, await readFile(join(folder, 'int32-little-C-v1.npy')));
    await truncate(cut, 128 + 8);
    expect((await read(cut)).data).toHaveLength(2);
    await expect(openDataset(cut)).rejects.toThrow(/truncated: expected 248 bytes .* found 136/);
  });
});

describe('files that are refused, in a sentence', () => {
  test.each([
    ['structured.npy', /fields age, size; save one field .*x\['age'\]/],
    ['object.npy', /holds Python objects .*x\.astype\(str\).*np\.stack/],
    ['datetime.npy', /dates .*M8\[s\].*astype\(np\.int64\)/],
    ['timedelta.npy', /time differences .*m8\[ms\]/],
    ['longdouble.npy', /extended precision .*astype\(np\.float64\)/],
    ['float8.npy', /items of 1 bytes .*astype\(np\.float32\)/],
    ['scalar.npy', /single number; .*x\[None\]/],
    ['no-samples.npy', /holds no numbers: its shape is \(0, 3\)/],
    ['no-features.npy', /holds no numbers: its shape is \(3, 0\)/],
    ['truncated.npy', /truncated: expected 176 bytes for float32 of shape \(4, 3\), found 171/],
    ['cut-header.npy', /ends within its header \(128 bytes expected, 88 found\)/],
    ['cut-magic.npy', /not an npy file/],
    ['empty.npy', /the file is empty/],
    ['archive.npy', /zip archive.*\.npz/],
    ['pickle.npy', /Python pickle/],
    ['lfs.npy', /git lfs pull/],
    ['version9.npy', /version 9 is not known/],
    ['long-header.npy', /header claims 2147483659 bytes/],
    ['no-dict.npy', /damaged \(it is not a dict\)/],
    ['no-literal.npy', /damaged \(at character 10: "__import__/],
    ['no-shape.npy', /damaged \('shape' is not a tuple/],
    ['negative-shape.npy', /damaged \('shape' is not a tuple/],
    ['huge-shape.npy', /damaged \(a shape of \(9007199254740991, 99999999\)\)/],
    ['cut-dict.npy', /damaged \(it ends too early\)/],
  ])('%s', async (file, message) => {
    const path = join(odd, file);
    const error: unknown = await openDataset(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    if (!(error instanceof UserError)) return;
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(path)).toBe(true);
    expect(error.message).not.toContain('\n');
  });

  test('no such file, a folder, an unknown ending, none', async () => {
    await expect(openDataset(join(odd, 'nowhere.npy'))).rejects.toThrow(/nowhere\.npy: no such file/);
    await expect(openDataset(odd)).rejects.toThrow(/holds no images, but files of other kinds/);
    const table = join(scratch, 'table.xlsx');
    await writeFile(table, 'x');
    await expect(openDataset(table)).rejects.toThrow(/the ending \.xlsx; data is read from \.npy, \.npz/);
    const bare = join(scratch, 'bare');
    await writeFile(bare, 'x');
    await expect(openDataset(bare)).rejects.toThrow(/a name without an ending/);
  });

  test('a header with any byte garbled parses, or is a UserError', () => {
    const good = readFileSync(join(folder, 'float32-little-C-v1.npy')).subarray(0, 128);
    fc.assert(
      fc.property(fc.nat(127), fc.nat(255), fc.nat(128), (at, byte, length) => {
        const bytes = Uint8Array.from(good.subarray(0, length));
        if (at < length) bytes[at] = byte;
        try {
          expect(parseNpyHeader(bytes, 'x.npy').dataOffset).toBeLessThanOrEqual(length);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('odd files that are fine', () => {
  const twelve = Float32Array.from({ length: 12 }, (_, i) => i);

  test.each(['python2.npy', 'other-order.npy', 'vector-fortran.npy'])('%s', async (file) => {
    const dataset = await openDataset(join(odd, file));
    expect((await dataset.read(0, dataset.samples))[0]!.data).toEqual(twelve);
    expect(dataset.notes).toEqual([]);
    await dataset.close();
  });

  test.each(['unicode.npy', 'bytes.npy'])('%s', async (file) => {
    expect((await slice(join(odd, file), 0, 2)).data).toEqual(['one', 'two']);
  });

  test.each([
    ['two-arrays.npy', /a further array follows/],
    ['surplus.npy', /7 bytes follow the array; they are ignored/],
  ])('%s comes with a note', async (file, note) => {
    const dataset = await openDataset(join(odd, file));
    expect((await dataset.read(0, 4))[0]!.data).toEqual(twelve);
    expect(dataset.notes).toEqual([expect.stringMatching(note)]);
    await dataset.close();
  });
});

describe('slices', () => {
  /** An npy file in Fortran order: element (n, i, j) is what its place in C order says. */
  function fortranFile(shape: number[]): Buffer {
    const size = shape.reduce((a, b) => a * b);
    const data = new Int32Array(size);
    const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
    for (let c = 0; c < size; c++) {
      let rest = c;
      let at = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += (rest % shape[axis]!) * strides[axis]!;
        rest = Math.floor(rest / shape[axis]!);
      }
      data[at] = c;
    }
    const header = `{'descr': '<i4', 'fortran_order': True, 'shape': (${shape.join(',')},)}\n`;
    const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
    return Buffer.concat([start, Buffer.from(header), Buffer.from(data.buffer)]);
  }

  test('of arrays in Fortran order, in any order of reading', async () => {
    const path = join(scratch, 'fortran.npy');
    const dims = fc.integer({ min: 1, max: 7 });
    const shapes = fc.array(dims, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { maxLength: 4 }),
        async (shape, ranges) => {
          await writeFile(path, fortranFile(shape));
          const dataset = await openDataset(path);
          const row = shape.slice(1).reduce((a, b) => a * b, 1);
          await Promise.all(
            ranges.map(async ([a, b]) => {
              const [start, end] = [a % (shape[0]! + 1), b % (shape[0]! + 1)].sort((x, y) => x - y);
              const [tensor] = await dataset.read(start!, end!);
              const expected = Int32Array.from({ length: (end! - start!) * row }, (_, i) => start! * row + i);
              expect(tensor!.data).toEqual(expected);
            }),
          );
          await dataset.close();
        },
      ),
      { numRuns: 100 },
    );
  });

  // Windows smaller than the file take other ways through it: runs one by one, and several with the gaps between.
  test.each([
    ['narrow gaps', [3000, 7, 4], 20_000],
    ['wide gaps', [30_000, 5, 2], 40_000],
    ['a window of less than one sample', [50, 6, 5], 8],
  ])('of Fortran order through a small window: %s', async (_, shape, windowBytes) => {
    const path = join(scratch, 'window.npy');
    await writeFile(path, fortranFile(shape));
    const array = await NpyArray.open(await openFile(path), path, windowBytes);
    const row = shape.slice(1).reduce((a, b) => a * b, 1);
    const step = Math.ceil(shape[0]! / 13);
    for (let start = 0; start < shape[0]!; start += step) {
      const end = Math.min(shape[0]!, start + step);
      const { data } = await array.read(start, end);
      expect(data).toEqual(Int32Array.from({ length: (end - start) * row }, (_, i) => start * row + i));
    }
    await array.close();
  });

  test('a file that shrinks while it is read is a UserError', async () => {
    const path = join(scratch, 'shrinking.npy');
    await writeFile(path, await readFile(join(folder, 'float32-little-C-v1.npy')));
    const dataset = await openDataset(path);
    await truncate(path, 140);
    await expect(dataset.read(0, 5)).rejects.toThrow(/became shorter/);
    await dataset.close();
  });
});
