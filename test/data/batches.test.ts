import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { dump } from 'npyjs';
import { describe, expect, test } from 'vitest';
import { type BatchOptions, batches } from '../../src/data/batches.js';
import { parseDataOption } from '../../src/data/data-option.js';
import { matchInputs } from '../../src/data/match.js';
import { openDataset } from '../../src/data/registry.js';
import { UserError } from '../../src/errors.js';
import type { DType } from '../../src/tensor.js';
import { collected, fixture, temporaryFolder } from './fixture-files.js';

const scratch = await temporaryFolder();
const path = join(scratch, 'rows.npy');

/** 20 samples of (2, 3); the numbers count on. */
const rows = Float32Array.from({ length: 120 }, (_, i) => i);
await writeFile(path, Buffer.from(dump(rows, [20, 2, 3])));

async function run(options: Omit<BatchOptions, 'bindings'>, dtype: DType = 'float32') {
  const dataset = await openDataset(path);
  const bindings = matchInputs(dataset, [{ key: 'in', dtype, shape: [options.fixedBatch ?? null, 2, 3] }]);
  try {
    return await collected(batches(dataset, { ...options, bindings }));
  } finally {
    await dataset.close();
  }
}

describe('batches', () => {
  test('hold every sample once, in order, whatever their size, the limit and the fixed batch', async () => {
    const size = fc.integer({ min: 1, max: 30 });
    const optional = fc.option(size, { nil: undefined });
    await fc.assert(
      fc.asyncProperty(size, optional, optional, async (batchSize, limit, fixedBatch) => {
        const all = await run({ batchSize, limit, fixedBatch });
        const step = fixedBatch ?? batchSize;
        const count = Math.min(20, limit ?? 20);
        expect(all.map(({ index }) => index)).toEqual(
          Array.from({ length: Math.ceil(count / step) }, (_, i) => i),
        );
        const seen: number[] = [];
        for (const { tensors, valid, size, start } of all) {
          const { shape, data } = tensors.get('in')!;
          if (!(data instanceof Float32Array)) throw new Error('float32 expected');
          expect(start).toBe(seen.length / 6);
          expect(shape).toEqual([size, 2, 3]);
          expect(data).toHaveLength(size * 6);
          expect(size).toBe(fixedBatch ?? valid);
          data.forEach((value, i) => {
            expect(value).toBe(start * 6 + (i % (valid * 6)));
          });
          seen.push(...data.subarray(0, valid * 6));
        }
        expect(seen).toEqual([...rows.subarray(0, count * 6)]);
      }),
    );
  });

  test('are preprocessed', async () => {
    const all = await run(
      { batchSize: 20, preprocessing: { scale: 2, mean: [1, 2, 3], channelAxis: 'last' } },
      'int64',
    );
    expect(all[0]!.tensors.get('in')).toMatchObject({ dtype: 'int64', shape: [20, 2, 3] });
    const expected = BigInt64Array.from(rows, (x, i) => BigInt(x * 2 - ((i % 3) + 1)));
    expect(all[0]!.tensors.get('in')!.data).toEqual(expected);
  });

  test('of several inputs', async () => {
    const dataset = await openDataset(fixture('deflated.npz'));
    const bindings = matchInputs(dataset, [
      { key: 'tokens/ids', dtype: 'int32', shape: [2, 5] },
      { key: 'image', dtype: 'float32', shape: [2, 4, 3] },
    ]);
    const all = await collected(batches(dataset, { bindings, batchSize: 64, fixedBatch: 2 }));
    expect(all.map(({ valid, size }) => [valid, size])).toEqual([2, 2, 2, 1].map((valid) => [valid, 2]));
    expect(all[3]!.tensors.get('tokens/ids')).toMatchObject({ dtype: 'int32', shape: [2, 5] });
    expect(all[3]!.tensors.get('image')).toMatchObject({ dtype: 'float32', shape: [2, 4, 3] });
    await dataset.close();
  });

  test('a value that the input cannot hold is told with its sample, once its batch is due', async () => {
    await writeFile(join(scratch, 'half.npy'), Buffer.from(dump(Float32Array.of(1, 2, 3, 4.5, 5), [5])));
    const dataset = await openDataset(join(scratch, 'half.npy'));
    const bindings = matchInputs(dataset, [{ key: 'ids', dtype: 'int32', shape: [null] }]);
    const generator = batches(dataset, { bindings, batchSize: 2 });
    expect((await generator.next()).value).toMatchObject({ index: 0, valid: 2 });
    // The failing batch is read ahead meanwhile: that must not end the process.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(generator.next()).rejects.toThrow(/sample 3 has the value 4\.5/);
    await dataset.close();
  });

  test('can be left early', async () => {
    const dataset = await openDataset(path);
    const bindings = matchInputs(dataset, [{ key: 'in', dtype: 'float32', shape: undefined }]);
    for await (const batch of batches(dataset, { bindings, batchSize: 3 })) if (batch.index === 1) break;
    await dataset.close();
  });
});

describe('--data', () => {
  test.each([
    ['x.npy', 'eval', 'x.npy'],
    ['train=x.npy', 'train', 'x.npy'],
    ['eval=a/b=c.npy', 'eval', 'a/b=c.npy'],
    ['C:\\data\\x.npy', 'eval', 'C:\\data\\x.npy'],
    ['train=C:\\data\\x.npy', 'train', 'C:\\data\\x.npy'],
    ['runs/lr=0.1/x.npy', 'eval', 'runs/lr=0.1/x.npy'],
    ['test=here.npy', 'eval', 'test=here.npy'],
    ['train=here.npy', 'eval', 'train=here.npy'],
    ['train=rows.npy', 'train', 'rows.npy'],
  ])('%s', async (text, mode, expected) => {
    await writeFile(join(scratch, 'test=here.npy'), '');
    await writeFile(join(scratch, 'train=here.npy'), '');
    expect(parseDataOption(text, scratch)).toEqual({ mode, path: expected });
  });

  test.each([
    ['test=x.npy', /the mode 'test' is unknown, .*train and eval/],
    ['Train=rows.npy', /the mode 'Train' is unknown/],
    ['train=', /names no file/],
    ['', /names no file/],
    ['=x.npy', /the mode '' is unknown/],
  ])('%s is refused', (text, message) => {
    expect(() => parseDataOption(text, scratch)).toThrow(UserError);
    expect(() => parseDataOption(text, scratch)).toThrow(message);
  });
});
