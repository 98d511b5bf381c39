import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../src/engines/onnx/engine.js';
import { loadRuntime } from '../../src/engines/onnx/runtime.js';
import { loadSession } from '../../src/engines/onnx/session.js';
import { openModel } from '../../src/model/open.js';
import { difference, gathered, inputsFor, momentsOfOutputs, tapsOf, waysToTakePoints } from './networks.js';

const MODELS = [
  'mnist/cnn',
  'savedmodel/keras3-attention',
  'savedmodel/module',
  'torch/cnn.onnx',
  'onnx/recurrent.folded.onnx',
  'onnx/convolutions.folded.onnx',
];

describe.each([
  { how: 'as moments', reduce: true },
  { how: 'as no more than points are made of', reduce: false },
])('what leaves the graph $how', ({ reduce }) => {
  it.each(MODELS)('has the same points of %s', async (path) => {
    const model = await openModel(`fixtures/${path}`);
    const engine = await onnxEngine.start({ threads: 1, device: 'cpu' });
    const batches = [inputsFor(model, 4, 1), inputsFor(model, 4, 2), inputsFor(model, 2, 3)];
    for (const points of waysToTakePoints(path)) {
      const expected = await momentsOfOutputs(engine, model, batches, points);
      const session = await loadSession(loadRuntime().ort, model, tapsOf(model, points), {
        threads: 1,
        provider: 'cpu',
        optimize: true,
        padded: false,
        reduce,
      });
      const found = await gathered(session, model, batches, points);
      for (const [i, { n, mean, covariance }] of (await found.moments()).entries()) {
        expect(n).toBe(expected[i]!.n);
        expect(difference(mean, expected[i]!.mean)).toBeLessThan(1e-12);
        expect(difference(covariance, expected[i]!.covariance)).toBeLessThan(1e-12);
      }
      await found.close();
      await session.close();
    }
  });
});
