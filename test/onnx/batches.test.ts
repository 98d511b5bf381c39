import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordOptions } from '../../src/record/options.js';
import { record } from '../../src/record/record.js';
import { worstDifference } from '../npy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-batches-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recordEncoder(kind: string, more: Partial<RecordOptions>, notes: string[] = []) {
  const { epochs } = await record(
    {
      ...defaultRecordOptions(),
      models: [`fixtures/onnx/encoder.${kind}.onnx`],
      data: [{ mode: 'eval', path: 'fixtures/onnx/encoder.npz' }],
      out: join(folder, 'run'),
      ...more,
    },
    { note: (note) => notes.push(note) },
  );
  return epochs[0]!.layers;
}

// Its attention works on (T, B, U) and on (T * B, U), steps first.
it.each([1, 7, 40])('records the same of batches of %i as of one', async (batchSize) => {
  const [whole, parts] = [await recordEncoder('folded', {}), await recordEncoder('folded', { batchSize })];
  for (const [i, { n, covariance }] of whole.entries()) {
    expect(parts[i]!.n).toBe(n);
    expect(worstDifference(parts[i]!.covariance, covariance)).toBeLessThan(1e-5);
  }
});

it('records the first samples, whichever way these are limited', async () => {
  const [limited, most] = [
    await recordEncoder('folded', { limit: 9 }),
    await recordEncoder('folded', { maxSamples: 9, batchSize: 5 }),
  ];
  for (const [i, { n, covariance }] of limited.entries()) {
    expect(most[i]!.n).toBe(n);
    expect(worstDifference(most[i]!.covariance, covariance)).toBeLessThan(1e-5);
  }
});

it('says where a batch that is filled up cannot be told from what fills it', async () => {
  const notes: string[] = [];
  const layers = await recordEncoder('fixed', { limit: 7 }, notes);
  const rows = Object.fromEntries(layers.map(({ layer, n }) => [layer, n]));
  expect(rows['encoder-layers-0-linear1']).toBe(7);
  expect(rows['encoder-layers-0-self_attn-in_proj']).toBe(7);
  expect(rows['encoder-layers-0-self_attn-out_proj']).toBe(6 * 6);
  expect(notes.join()).toMatch(/fixes batches of 3 samples.*left out of encoder-layers-0-self_attn-out_proj/);
});
