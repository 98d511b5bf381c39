import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { onnxNode } from '../../src/model/onnx/build.js';
import { savedNetwork } from './networks.js';

const folder = mkdtempSync(join(tmpdir(), 'delve-node-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Names of nodes are optional, and are no names of values; onnxruntime refuses two that are the same.
it.each([
  ['without names', ['', '', '']],
  ['with names of the values of other nodes', ['y', 'a', 'b']],
  ['named for their values', ['a', 'b', 'y']],
])('projects layers of nodes %s', async (_, [first, second, third]) => {
  const { run } = savedNetwork(folder, `names${first}`, {
    nodes: [
      onnxNode('Gemm', ['x', 'w1', 'b1'], ['a'], {}, first),
      onnxNode('Relu', ['a'], ['b'], {}, second),
      onnxNode('Gemm', ['b', 'w2', 'b2'], ['y'], {}, third),
    ],
    weights: { w1: [6, 9], b1: [9], w2: [9, 4], b2: [4] },
    input: [null, 6],
    output: { shape: [null, 4] },
  });
  const { layers, unprojected, thresholds } = await run({ thresholds: [0.9, 1] });
  expect(layers.map(({ d }) => d)).toEqual([9, 4]);
  expect(unprojected).toEqual([]);
  expect(thresholds[0]!.pca.change).toBeGreaterThan(0.01);
});
