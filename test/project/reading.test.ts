import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/dump/npy.js';
import { onnxNode } from '../../src/model/onnx/build.js';
import { readingOf } from '../../src/project/reading.js';
import { type Network, savedNetwork } from './networks.js';

const folder = mkdtempSync(join(tmpdir(), 'delve-reading-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const last = { dtype: 'float32', channelsFirst: false } as const;
const first = { dtype: 'float32', channelsFirst: true } as const;
const labels = (perSample: number) => ({ path: 'y.npy', perSample, numbers: new Int32Array(0) });

describe('an output is read as', () => {
  it.each([
    ['classes along the last axis', [8, 5], last, undefined, { by: 'largest', axis: 1, perSample: 1 }],
    ['classes of steps', [8, 6, 5], last, undefined, { by: 'largest', axis: 2, perSample: 6 }],
    ['classes of steps by its labels', [8, 6, 5], last, 5, { by: 'largest', axis: 1, perSample: 5 }],
    ['classes of places', [8, 3, 5, 7], first, undefined, { by: 'largest', axis: 1, perSample: 35 }],
    ['classes of places by its labels', [8, 3, 5, 7], last, 35, { by: 'largest', axis: 1, perSample: 35 }],
    ['as many classes as columns', [8, 3, 5, 3], first, 15, { by: 'largest', axis: 1, perSample: 15 }],
    ['a number a sample', [8, 1], last, 1, { by: 'boundary', perSample: 1 }],
    ['a number without an axis', [8], last, 1, { by: 'boundary', perSample: 1 }],
    ['a number a step', [8, 6, 1], last, 6, { by: 'boundary', perSample: 6 }],
    ['a number a place', [8, 1, 5, 7], first, 35, { by: 'boundary', perSample: 35 }],
    ['class numbers', [8], { ...last, dtype: 'int64' }, 1, { by: 'number', perSample: 1 }],
  ] as const)('%s', (_, shape, kind, perSample, wanted) => {
    const given = perSample === undefined ? undefined : labels(perSample);
    expect(readingOf(shape, kind, given)).toEqual(wanted);
  });

  it('nothing that labels do not fit', () => {
    expect(() => readingOf([8, 6, 5], last, labels(7))).toThrow(
      'y.npy has 7 labels a sample, but the model gives 6 predictions for each (its output is (?, 6, 5))',
    );
  });
});

const dense = (activation: string): Pick<Network, 'nodes' | 'weights'> => ({
  nodes: [
    onnxNode('MatMul', ['x', 'w1'], ['a']),
    onnxNode('Relu', ['a'], ['b']),
    onnxNode('MatMul', ['b', 'w2'], ['c']),
    onnxNode(activation, ['c'], ['y']),
  ],
  weights: { w1: [6, 9], w2: [9, 1] },
});

function largest(of: (c: number) => number): number {
  return [0, 1, 2].reduce((best, c) => (of(c) > of(best) ? c : best), 0);
}

const NETWORKS: Record<string, Network & { predicted: (y: Float32Array) => number[]; perSample: number }> = {
  logits: {
    ...dense('Identity'),
    input: [null, 6],
    output: { shape: [null, 1] },
    perSample: 1,
    predicted: (y) => Array.from(y, (value) => (value > 0 ? 1 : 0)),
  },
  'shares-of-steps': {
    ...dense('Sigmoid'),
    input: [null, 4, 6],
    output: { shape: [null, 4, 1] },
    perSample: 4,
    predicted: (y) => Array.from(y, (value) => (value > 0.5 ? 1 : 0)),
  },
  'steps-first': {
    nodes: [
      onnxNode('MatMul', ['x', 'w1'], ['a']),
      onnxNode('Relu', ['a'], ['b']),
      onnxNode('MatMul', ['b', 'w2'], ['c']),
      onnxNode('Transpose', ['c'], ['y'], { perm: { ints: [1, 0, 2] } }),
    ],
    weights: { w1: [6, 9], w2: [9, 3] },
    input: [null, 4, 6],
    output: { shape: [4, null, 3] },
    perSample: 4,
    predicted: (y) =>
      Array.from({ length: 200 }, (_, i) => {
        const [sample, step] = [Math.floor(i / 4), i % 4];
        return largest((c) => y[step * 150 + sample * 3 + c]!);
      }),
  },
  'square-maps': {
    nodes: [
      onnxNode('Conv', ['x', 'k1'], ['a'], { pads: { ints: [1, 1, 1, 1] } }),
      onnxNode('Relu', ['a'], ['b']),
      onnxNode('Conv', ['b', 'k2'], ['y']),
    ],
    weights: { k1: [8, 2, 3, 3], k2: [3, 8, 1, 1] },
    input: [null, 2, 5, 3],
    output: { shape: [null, 3, 5, 3] },
    perSample: 15,
    predicted: (y) =>
      Array.from({ length: y.length / 3 }, (_, i) => {
        const [sample, place] = [Math.floor(i / 15), i % 15];
        return largest((c) => y[sample * 45 + c * 15 + place]!);
      }),
  },
};

// The labels are what the network itself predicts, in onnxruntime: whoever reads its output rightly finds an accuracy of 1.
it.each(Object.keys(NETWORKS))('meets all labels of %s, whatever the batches', async (name) => {
  const network = NETWORKS[name]!;
  const { model, x, run } = savedNetwork(folder, name, network);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
  const { y } = await session.run({ x: new ort.Tensor('float32', x.data, x.shape) });
  await session.release();
  const data = Int32Array.from(network.predicted(y!.data as Float32Array));
  expect(new Set(data).size).toBeGreaterThan(1);
  const path = join(folder, `${name}-labels.npy`);
  writeFileSync(path, encodeNpy({ shape: [50, network.perSample], data }));
  const [whole, single] = [await run({ labels: path }), await run({ labels: path, batchSize: 1 })];
  expect(whole.accuracy).toBe(1);
  expect(whole.thresholds[0]!.pca.accuracy).toBeLessThan(1);
  expect(single.accuracy).toBe(1);
  expect(single.thresholds[0]!.pca.accuracy).toBe(whole.thresholds[0]!.pca.accuracy);
  expect(whole.predictions).toBe(single.predictions);
});

it('takes logits for such though the first of them might be shares', async () => {
  const { model, data, x, run } = savedNetwork(folder, 'first-share', NETWORKS.logits!);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
  const { y } = await session.run({ x: new ort.Tensor('float32', x.data, x.shape) });
  await session.release();
  const logits = Array.from(y!.data as Float32Array);
  // Without biases a sample times 0.3 / logit has the logit 0.3.
  const positive = logits.findIndex((value) => value > 0);
  const order = [positive, ...logits.keys()].slice(0, 50);
  const rows = order.flatMap((sample, i) =>
    Array.from(x.data.subarray(sample * 6, sample * 6 + 6), (value) =>
      i === 0 ? (value * 0.3) / logits[positive]! : value,
    ),
  );
  writeFileSync(data, encodeNpy({ shape: [50, 6], data: Float32Array.from(rows) }));
  const path = join(folder, 'first-share-labels.npy');
  const classes = Int32Array.from(order, (sample) => (logits[sample]! > 0 ? 1 : 0));
  writeFileSync(path, encodeNpy({ shape: [50], data: classes }));
  expect((await run({ labels: path, batchSize: 1 })).accuracy).toBe(1);
});
