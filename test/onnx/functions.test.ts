import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { outputOf } from '../../src/engines/engine.js';
import { onnxEngine } from '../../src/engines/onnx/engine.js';
import { openModel } from '../../src/model/open.js';
import type { Tensor } from '../../src/tensor.js';

interface Golden {
  x: number[][];
  layers: Record<string, { preActivation: number[][]; activation: number[][] }>;
}

test('layers inside the functions of a file are found, named and tapped', async () => {
  const golden: Golden = JSON.parse(readFileSync('fixtures/onnx/functions.json', 'utf8'));
  const model = await openModel('fixtures/onnx/functions.onnx');
  expect(model.layers.map(({ name }) => name)).toEqual(Object.keys(golden.layers));
  expect(model.layers.map(({ parameters }) => parameters)).toEqual([5 * 4 + 4, 4 * 3 + 3]);
  expect(model.skipped).toEqual([]);
  const values = model.layers.flatMap(({ preActivation, activation }) => [preActivation, activation]);
  const taps = values.map((value) => ({ value }));
  const engine = await onnxEngine.start({ threads: 1, device: 'cpu' });
  const session = await engine.load(model, taps, { optimize: true, padded: false });
  const x: Tensor = {
    dtype: 'float32',
    shape: [golden.x.length, 5],
    data: Float32Array.from(golden.x.flat()),
  };
  const outputs = await session.run(new Map([['x', x]]));
  const expected = Object.values(golden.layers).flatMap((layer) => [layer.preActivation, layer.activation]);
  for (const [i, { data, shape }] of outputs.map(outputOf).entries()) {
    expect(shape).toEqual([golden.x.length, expected[i]![0]!.length]);
    for (const [at, value] of expected[i]!.flat().entries()) expect(data[at]).toBeCloseTo(value, 4);
  }
  await session.close();
});
