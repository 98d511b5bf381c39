import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { InputSpec, OpenOptions } from '../../src/data/dataset.js';
import { decodeNumbers } from '../../src/data/decode-numbers.js';
import { matchInputs } from '../../src/data/match.js';
import { openDataset } from '../../src/data/registry.js';
import { readSamples, shuffledOrder } from '../../src/data/sample-order.js';
import { UserError } from '../../src/errors.js';
import type { Dim } from '../../src/tensor.js';
import { loadNpz } from '../npy.js';
import { fixture, unpacked } from './fixture-files.js';

const folder = join(await unpacked('tables.zip'), 'parquet');
const goldens = loadNpz(fixture('tables.npz'));
const ROWS = 23;

async function rowsOf(file: string, options: OpenOptions = {}) {
  const dataset = await openDataset(join(folder, file), options);
  try {
    const tensors = await dataset.read(0, dataset.samples);
    return {
      ...dataset,
      tensors,
      numbers: tensors.map((tensor) => Float64Array.from(decodeNumbers(tensor))),
    };
  } finally {
    await dataset.close();
  }
}

function input(key: string, shape: Dim[]): InputSpec {
  return { key, dtype: 'float32', shape: [null, ...shape] };
}

describe('columns of numbers', () => {
  test('of all types, one vector', async () => {
    const { arrays, samples, numbers, notes, blocks } = await rowsOf('mixed.parquet');
    expect(samples).toBe(ROWS);
    expect(arrays).toEqual([{ key: undefined, dtype: 'float64', sampleShape: [7] }]);
    expect(numbers[0]).toEqual(goldens.get('x-mixed')!.data);
    expect(notes).toEqual([
      expect.stringMatching(/the input is a, b, c, d, e, f, g; when, who are left out/),
    ]);
    expect(blocks).toEqual([0, 9, 18]);
  });

  test('those chosen, in that order, of the type that holds them', async () => {
    const { arrays, numbers, details } = await rowsOf('mixed.parquet', { columns: ['f', 'a'] });
    expect(arrays).toEqual([{ key: undefined, dtype: 'float32', sampleShape: [2] }]);
    expect(details).toEqual({ format: 'parquet', columns: ['f', 'a'] });
    const all = goldens.get('x-mixed')!.data;
    expect(numbers[0]!.slice(0, 4)).toEqual(Float64Array.of(all[5]!, all[0]!, all[12]!, all[7]!));
    expect((await rowsOf('mixed.parquet', { columns: ['c', 'g'] })).arrays[0]!.dtype).toBe('uint8');
    expect((await rowsOf('mixed.parquet', { labelColumn: 'b' })).details).toMatchObject({ labelColumn: 'b' });
    const unlabelled = await rowsOf('mixed.parquet', { columns: ['a-c'], labelColumn: 'b' });
    expect(unlabelled.details).toMatchObject({ columns: ['a', 'c'] });
  });
});

describe('columns of lists', () => {
  test.each([
    ['lists.parquet', 'x-lists', [6]],
    ['fixed.parquet', 'x-lists', [6]],
    ['grids.parquet', 'x-grids', [3, 4]],
  ])('%s', async (file, golden, shape) => {
    const { arrays, numbers } = await rowsOf(file);
    expect(arrays[0]!.sampleShape).toEqual(shape);
    expect(numbers[0]).toEqual(goldens.get(golden)!.data);
  });

  const codecs = ['none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd'];
  test.each(codecs.flatMap((codec) => [`${codec}-v1.parquet`, `${codec}-v2.parquet`]))('%s', async (file) => {
    expect((await rowsOf(file)).numbers[0]).toEqual(goldens.get('x-lists')!.data);
  });

  test('go to the inputs of their names', async () => {
    const inputs = [input('dense', [6]), input('ids', [3]), input('more', [1])];
    const dataset = await rowsOf('two.parquet', { inputs });
    const bindings = matchInputs(dataset, inputs);
    expect(bindings.map(({ index }) => dataset.arrays[index]!.key)).toEqual(['dense', 'ids', 'more']);
    expect(dataset.numbers[bindings[0]!.index]).toEqual(goldens.get('x-lists')!.data);
    expect(dataset.numbers[bindings[1]!.index]).toEqual(goldens.get('x-ids')!.data);
    expect(bindings[2]!.arrangement.shape).toEqual([1]);
  });
});

describe('columns of images', () => {
  test.each(['images.parquet', 'bytes.parquet'])('%s', async (file) => {
    const { arrays, numbers, notes } = await rowsOf(file, { inputs: [input('in', [5, 4, 3])] });
    expect(arrays[0]).toMatchObject({ dtype: 'float32', sampleShape: [5, 4, 3] });
    expect(numbers[0]).toEqual(goldens.get('x-images')!.data);
    expect(notes).toEqual([expect.stringMatching(/the input is image; label is left out/)]);
  });
});

describe('here and there', () => {
  test.each(['lists.parquet', 'images.parquet'])('%s', async (file) => {
    const dataset = await openDataset(join(folder, file), {
      inputs: [input('in', file[0] === 'i' ? [5, 4, 3] : [6])],
    });
    const [all] = await dataset.read(0, ROWS);
    const size = all!.data.length / ROWS;
    const row = (data: ArrayLike<unknown>, i: number) => Array.from(data).slice(i * size, (i + 1) * size);
    const [slice] = await dataset.read(7, 19);
    expect(row(slice!.data, 5)).toEqual(row(all!.data, 12));
    const order = shuffledOrder(ROWS, 3, dataset.blocks);
    const [shuffled] = await readSamples(dataset, order);
    order.forEach((sample, i) => {
      expect(row(shuffled!.data, i)).toEqual(row(all!.data, sample));
    });
    await dataset.close();
  });
});

describe('what is refused, in a sentence', () => {
  test.each<[string, OpenOptions, RegExp]>([
    ['null.parquet', {}, /row 13 \(from 0\): column 'x' is empty \(null\)/],
    [
      'ragged.parquet',
      {},
      /row 11 \(from 0\): column 'x' holds 5 values along axis 0, but samples are \(6,\)/,
    ],
    ['paths.parquet', {}, /row 0 \(from 0\): column 'image' holds no image, only the path '0\.png'/],
    ['words.parquet', {}, /no column holds numbers, lists of them or images \('who' text\)/],
    ['none.parquet', {}, /holds no rows/],
    ['cut.parquet', {}, /no parquet file, or one that is damaged/],
    ['garbled.parquet', {}, /garbled\.parquet: /],
    ['mixed.parquet', { columns: ['who'] }, /the column 'who' holds text/],
    ['mixed.parquet', { columns: ['when'] }, /the column 'when' holds dates or times/],
    ['mixed.parquet', { columns: ['whoo'] }, /--columns whoo: .*did you mean who/],
    ['two.parquet', {}, /'ids', 'dense' hold lists each; choose one with --columns/],
    [
      'mixed.parquet',
      { inputs: [input('in', [6])] },
      /has 7 columns, one more .* 'in' takes numbers; .*--label-column g$/,
    ],
    ['mixed.parquet', { columns: ['a'], labelColumn: 'a' }, /--columns leaves nothing but the labels/],
    ['two.parquet', { columns: ['ids', 'more'] }, /'ids', 'more' cannot be one input together/],
  ])('%s %o', async (file, options, message) => {
    const failing = rowsOf(file, options);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(UserError);
  });
});
