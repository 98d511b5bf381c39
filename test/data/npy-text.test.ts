import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memorySource, openFile } from '../../src/data/byte-source.js';
import { NpyArray } from '../../src/data/npy-array.js';
import { PipedData } from '../../src/data/piped.js';
import { PIPED } from '../../src/data/registry.js';
import { readNumbers, readScalar } from '../../src/dump/read-arrays.js';
import { UserError } from '../../src/errors.js';
import { goldens, opened, read, texts } from './text-fixtures.js';

const folder = join(texts, 'npy');

describe('text that NumPy wrote', () => {
  test.each(Object.entries(goldens.npy))('%s', async (name, { shape, texts: expected }) => {
    const [samples, ...sampleShape] = shape;
    const size = expected.length / samples!;
    await opened(join(folder, `${name}.npy`), {}, async (dataset) => {
      expect(dataset).toMatchObject({ samples, arrays: [{ key: undefined, dtype: 'string', sampleShape }] });
      for (const [start, end] of [
        [0, samples!],
        [1, 3],
        [samples! - 1, samples!],
        [2, 2],
      ] as const) {
        const [tensor] = await dataset.read(start, end);
        expect(tensor).toEqual({
          dtype: 'string',
          shape: [end - start, ...sampleShape],
          data: expected.slice(start * size, end * size),
        });
      }
    });
  });

  test('a long text', async () => {
    expect((await read(join(folder, 'long.npy'))).values.get(undefined)).toEqual([
      'x',
      '東京🙂'.repeat(5000),
    ]);
  });

  test('in an npz, beside numbers', async () => {
    const { values, arrays } = await read(join(texts, 'npz', 'mixed.npz'));
    expect(arrays.map(({ key, dtype }) => [key, dtype])).toEqual([
      ['city', 'string'],
      ['words', 'string'],
      ['rooms', 'int64'],
    ]);
    expect(values.get('city')).toEqual(goldens.npy['npz-city']!.texts);
    expect(values.get('words')).toEqual(goldens.npy['npz-words']!.texts);
  });

  test('through a pipe', async () => {
    const piped = new PipedData(Readable.from([await readFile(join(folder, 'U-big-6x3-F.npy'))]));
    const { values } = await read(PIPED, { piped });
    await piped.close();
    expect(values.get(undefined)).toEqual(goldens.npy['U-big-6x3-F']!.texts);
  });

  test('in Fortran order, through windows smaller than the file', async () => {
    const path = join(folder, 'S29-4x3x2-F.npy');
    const array = await NpyArray.open(await openFile(path), path, 29 * 6);
    const { texts: expected } = goldens.npy['S29-4x3x2-F']!;
    for (let i = 0; i < 4; i++) {
      expect((await array.read(i, i + 1)).data).toEqual(expected.slice(i * 6, (i + 1) * 6));
    }
    await array.close();
  });
});

describe('any text, as numbers of 32 bits and as UTF-8', () => {
  function npy(descr: string, samples: number, items: Buffer): Buffer {
    const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${samples},)}\n`;
    const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
    return Buffer.concat([start, Buffer.from(header), items]);
  }

  /** Each item `bytes` long, NULs behind it. */
  function padded(items: readonly Buffer[], bytes: number): Buffer {
    return Buffer.concat(items.map((item) => Buffer.concat([item, Buffer.alloc(bytes - item.length)])));
  }

  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((each) => each.replace(/\0+$/, ''));

  test('comes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), fc.boolean(), async (all, big) => {
        const utf8 = all.map((each) => Buffer.from(each));
        const longest = Math.max(1, ...utf8.map(({ length }) => length));
        const utf32 = all.map((each) => {
          const codes = Array.from(each, (character) => character.codePointAt(0)!);
          const item = Buffer.alloc(4 * codes.length);
          codes.forEach((code, i) => {
            if (big) item.writeUInt32BE(code, 4 * i);
            else item.writeUInt32LE(code, 4 * i);
          });
          return item;
        });
        const characters = Math.max(1, ...utf32.map(({ length }) => length / 4));
        for (const file of [
          npy(`|S${longest}`, all.length, padded(utf8, longest)),
          npy(`${big ? '>' : '<'}U${characters}`, all.length, padded(utf32, 4 * characters)),
        ]) {
          const array = await NpyArray.open(memorySource(file), 'x.npy');
          expect((await array.read(0, all.length)).data).toEqual(all);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('text of no length is refused', async () => {
    const empty = memorySource(npy('<U0', 3, Buffer.alloc(0)));
    await expect(NpyArray.open(empty, 'x.npy')).rejects.toThrow(/x\.npy holds text of no length .*<U0/);
  });
});

describe('what is refused, in a sentence', () => {
  test.each([
    [
      'latin1.npy',
      /latin1\.npy: sample 1 holds bytes that are no text in UTF-8; .*np\.char\.decode\(x, 'latin-1'\)/,
    ],
    ['surrogate.npy', /surrogate\.npy: sample 2 holds the number 55357, which stands for no character/],
    ['empty.npy', /holds no text: its shape is \(0,\)/],
    ['single.npy', /holds a single text; axis 0 has to count the samples: x\[None\]/],
    ['objects.npy', /holds Python objects .*x\.astype\(str\)/],
  ])('%s', async (file, message) => {
    const failing = read(join(folder, file));
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(UserError);
  });

  test('a file that is cut', async () => {
    const bytes = await readFile(join(folder, 'S28-18-C.npy'));
    const source = memorySource(bytes.subarray(0, bytes.length - 5));
    await expect(NpyArray.open(source, 'x.npy')).rejects.toThrow(
      /truncated: expected 632 bytes for text of shape \(18,\), found 627/,
    );
  });

  test('text where a dump holds numbers', async () => {
    const bytes = await readFile(join(folder, 'S28-17x1-C.npy'));
    await expect(readNumbers(memorySource(bytes), 'cov.npy')).rejects.toThrow(
      'cov.npy holds text, not numbers',
    );
    const single = await readFile(join(folder, 'single.npy'));
    await expect(readScalar(async () => single, 'trace.npy')).rejects.toThrow(
      'trace.npy holds text, not a number',
    );
  });
});
