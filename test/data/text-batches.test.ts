import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BatchOptions, batches } from '../../src/data/batches.js';
import type { Dataset, InputSpec } from '../../src/data/dataset.js';
import { layoutNotes, matchInputs } from '../../src/data/match.js';
import { openDataset } from '../../src/data/registry.js';
import { shuffledOrder } from '../../src/data/sample-order.js';
import type { Dim, DType } from '../../src/tensor.js';
import { collected } from './fixture-files.js';
import { goldens, numberInput, opened, textInput, texts } from './text-fixtures.js';

function described(shape: number[], dtype: DType = 'string'): Dataset {
  return {
    path: 'x.npy',
    samples: shape[0]!,
    arrays: [{ key: undefined, dtype, sampleShape: shape.slice(1) }],
    notes: [],
    read: () => Promise.reject(new Error('matching reads nothing')),
    close: () => Promise.resolve(),
  };
}

describe('text for an input', () => {
  test.each<[number[], Dim[] | undefined, number[]]>([
    [[], [], []],
    [[1], [1], [1]],
    [[], [1], [1]],
    [[1], [], []],
    [[1, 1], [1], [1]],
    [[3], [null], [3]],
    [[3], [3], [3]],
    [[6], [3, 2], [3, 2]],
    [[3, 2], [6], [6]],
    [[3, 2], undefined, [3, 2]],
  ])('samples of %o for %o', (sample, wanted, shape) => {
    const dataset = described([5, ...sample]);
    const bindings = matchInputs(dataset, [textInput(wanted)]);
    expect(bindings[0]!.arrangement.shape).toEqual(shape);
    const isSame = JSON.stringify(shape) === JSON.stringify(sample);
    expect(layoutNotes(dataset, bindings)).toHaveLength(isSame ? 0 : 1);
  });

  test('has no channels to be moved, whatever is said of them', () => {
    const dataset = described([5, 3, 8, 8]);
    expect(() => matchInputs(dataset, [textInput([8, 8, 3])], { data: 'first', model: 'last' })).toThrow(
      /x\.npy has the shape \(5, 3, 8, 8\).* takes \(\?, 8, 8, 3\)/,
    );
    const fitting = matchInputs(dataset, [textInput([3, 8, 8])], { data: 'first', model: 'last' });
    expect(fitting[0]!.arrangement).toEqual({ shape: [3, 8, 8] });
  });

  test.each<[Dataset, InputSpec, RegExp]>([
    [
      described([5]),
      textInput([2]),
      /x\.npy has the shape \(5,\), but the model's input 'in' takes \(\?, 2\)/,
    ],
    [
      described([5]),
      numberInput([], 'float32', 'in'),
      /x\.npy holds text, but the model's input 'in' takes float32; .*x\.astype\(np\.float32\)/,
    ],
    [
      described([5], 'int64'),
      textInput([]),
      /x\.npy holds numbers \(int64\), but the model's input 'in' takes text; .*x\.astype\(str\)/,
    ],
    [described([5]), { key: 'in', dtype: 'string', shape: [] }, /'in' is a single text without a batch axis/],
  ])('that does not fit is refused: %#', (dataset, input, message) => {
    expect(() => matchInputs(dataset, [input])).toThrow(message);
  });
});

const INPUTS = [
  textInput([1], 'review'),
  textInput([], 'city'),
  numberInput([1], 'int64', 'rooms'),
  numberInput([1], 'float32', 'size'),
];
const ROWS = goldens.columns.review.length;

/** The values of every batch, by input. */
async function run(file: string, options: Partial<BatchOptions> = {}, seed?: number) {
  const path = join(texts, file);
  return opened(path, { inputs: INPUTS, anyOrder: seed !== undefined }, async (dataset) => {
    const bindings = matchInputs(dataset, INPUTS);
    const order = seed === undefined ? undefined : shuffledOrder(ROWS, seed, dataset.blocks);
    const all = await collected(batches(dataset, { batchSize: 16, ...options, bindings, order }));
    const valuesOf = (key: string) => all.map(({ tensors }) => [...tensors.get(key)!.data]);
    return { all, order: order ?? Uint32Array.from({ length: ROWS }, (_, i) => i), valuesOf };
  });
}

describe.each(['csv/mixed.csv', 'parquet/mixed.parquet'])('batches of %s', (file) => {
  const { review, city, rooms, size } = goldens.columns;

  test('have every sample once, text as it is and numbers prepared', async () => {
    const preprocessing = { scale: 2, mean: [1], channelAxis: 'last' } as const;
    const { all, valuesOf } = await run(file, { preprocessing });
    expect(all.map(({ size }) => size)).toEqual([16, 16, 16, 12]);
    expect(all[0]!.tensors.get('review')).toMatchObject({ dtype: 'string', shape: [16, 1] });
    expect(all[0]!.tensors.get('city')).toMatchObject({ dtype: 'string', shape: [16] });
    expect(valuesOf('review').flat()).toEqual(review);
    expect(valuesOf('city').flat()).toEqual(city);
    expect(valuesOf('rooms').flat()).toEqual(rooms.map(BigInt));
    expect(valuesOf('size').flat()).toEqual(size.map((value) => Math.fround(Math.fround(value) * 2 - 1)));
  });

  test('of a fixed size are filled up', async () => {
    const { all, valuesOf } = await run(file, { fixedBatch: 25 });
    expect(all.map(({ valid, size }) => [valid, size])).toEqual([
      [25, 25],
      [25, 25],
      [10, 25],
    ]);
    const last = review.slice(50);
    expect(valuesOf('review')[2]).toEqual([...last, ...last, ...last.slice(0, 5)]);
    expect(all[2]!.tensors.get('review')!.shape).toEqual([25, 1]);
  });

  test('in any order, and a part of them', async () => {
    const { order, valuesOf } = await run(file, { limit: 37 }, 5);
    const some = [...order.subarray(0, 37)];
    expect(valuesOf('review').flat()).toEqual(some.map((i) => review[i]));
    expect(valuesOf('rooms').flat()).toEqual(some.map((i) => BigInt(rooms[i]!)));
  });
});

test('samples of several texts in any order', async () => {
  const { shape, texts: expected } = goldens.npy['U-big-6x3-F']!;
  const dataset = await openDataset(join(texts, 'npy/U-big-6x3-F.npy'));
  const order = shuffledOrder(shape[0]!, 2);
  const bindings = matchInputs(dataset, [textInput([3])]);
  const [batch] = await collected(batches(dataset, { bindings, batchSize: 10, order }));
  expect(batch!.tensors.get('in')).toEqual({
    dtype: 'string',
    shape: [6, 3],
    data: [...order].flatMap((i) => expected.slice(3 * i, 3 * i + 3)),
  });
  await dataset.close();
});
