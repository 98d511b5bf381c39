import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeNpy } from '../../src/dump/npy.js';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordOptions } from '../../src/record/options.js';
import { record } from '../../src/record/record.js';
import { worstDifference } from '../npy.js';
import { factsOf, fixture } from '../savedmodel/fixture.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-recurrent-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SAMPLES = 7;

async function recordSeries(name: string, steps: number, more: Partial<RecordOptions> = {}) {
  const shape = [SAMPLES, steps, 3];
  const data = Float64Array.from({ length: SAMPLES * steps * 3 }, (_, i) => Math.sin(i * i));
  const path = join(folder, `${name}.npy`);
  await writeFile(path, encodeNpy({ shape, data }));
  const { epochs } = await record({
    ...defaultRecordOptions(),
    models: [fixture(name)],
    data: [{ mode: 'eval', path }],
    out: join(folder, name),
    ...more,
  });
  return new Map(epochs[0]!.layers.map((layer) => [layer.layer, layer]));
}

it('a network of TF1 whose steps come first has its samples where they are', async () => {
  const layers = await recordSeries('tf1-recurrent', 5);
  const [rnn, head] = [layers.get('rnn')!, layers.get('head')!];
  expect([rnn.n, rnn.d, head.n, head.d]).toEqual([SAMPLES, 4, SAMPLES, 2]);
  // The head multiplies the last step by w, nothing else: its covariance is wT C w.
  const w = factsOf('tf1-recurrent').variables.find((variable) => variable.name === 'head/w')!
    .data as number[];
  const expected = [0, 1].flatMap((i) =>
    [0, 1].map((j) => {
      let sum = 0;
      for (let a = 0; a < 4; a++)
        for (let b = 0; b < 4; b++) sum += w[a * 2 + i]! * rnn.covariance[a * 4 + b]! * w[b * 2 + j]!;
      return sum;
    }),
  );
  expect(worstDifference(head.covariance, expected)).toBeLessThan(1e-5);
  const timestepwise = await recordSeries('tf1-recurrent', 5, {
    points: { ...defaultRecordOptions().points, timeseriesMethod: 'timestepwise' },
  });
  expect(timestepwise.get('rnn')!.n).toBe(SAMPLES * 5);
});

it('a bidirectional layer is both of its directions, side by side; its saved state fixes the batch', async () => {
  const layers = await recordSeries('keras3-stateful', 4);
  const [forward, backward, both] = ['both-forward_rnn', 'both-backward_rnn', 'both'].map(
    (name) => layers.get(name)!,
  );
  expect([forward, backward, both].map((layer) => [layer!.n, layer!.d])).toEqual([
    [SAMPLES, 2],
    [SAMPLES, 2],
    [SAMPLES, 4],
  ]);
  const block = (from: number) =>
    [0, 1].flatMap((i) => [0, 1].map((j) => both!.covariance[(from + i) * 4 + from + j]!));
  expect(worstDifference(forward!.covariance, block(0))).toBeLessThan(1e-6);
  expect(worstDifference(backward!.covariance, block(2))).toBeLessThan(1e-6);
});
