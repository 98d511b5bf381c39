import { describe, expect, it } from 'vitest';
import { probeProvider } from '../../src/doctor/probe-provider.js';
import type { RunningEngine } from '../../src/engines/engine.js';
import { onnxEngine } from '../../src/engines/onnx/engine.js';
import { findOnnx } from '../../src/engines/onnx/installation.js';
import { openModel } from '../../src/model/open.js';
import { difference, gathered, inputsFor, momentsOfOutputs, tapsOf, waysToTakePoints } from './networks.js';

const missing = await probeProvider(findOnnx()[0]!, 'webgpu');
if (missing !== undefined && process.env.DELVE_REQUIRE_WEBGPU) throw new Error(missing);
if (missing !== undefined) console.log('skipped: no GPU that WebGPU sees');

/** On a real GPU, or on a software driver: shaders are compiled for seconds, so few and small networks. */
const MODELS = [
  'mnist/cnn',
  'mnist/mlp',
  'savedmodel/keras3-attention',
  'onnx/recurrent.folded.onnx',
  'torch/cnn.onnx',
];

describe.skipIf(missing !== undefined)(
  `the embedded engine by WebGPU${missing === undefined ? '' : ' (skipped: no GPU that WebGPU sees)'}`,
  () => {
    const start = (device: 'gpu' | 'cpu'): Promise<RunningEngine> => onnxEngine.start({ threads: 2, device });

    it.each(MODELS)(
      'gives the moments of %s that the CPU gives',
      async (path) => {
        const [gpu, cpu] = [await start('gpu'), await start('cpu')];
        expect(gpu.device).toBe('GPU (WebGPU)');
        const model = await openModel(`fixtures/${path}`);
        const batches = [inputsFor(model, 24, 1), inputsFor(model, 24, 2)];
        // Every one of them is compiled anew.
        const ways = waysToTakePoints(path);
        for (const points of path.includes('attention') ? ways : ways.slice(0, 2)) {
          const expected = await momentsOfOutputs(cpu, model, batches, points);
          const session = await gpu.load(model, tapsOf(model, points), { optimize: true, padded: false });
          const found = await gathered(session, model, batches, points);
          for (const [i, { n, mean, covariance }] of (await found.moments()).entries()) {
            expect(n).toBe(expected[i]!.n);
            expect(difference(mean, expected[i]!.mean)).toBeLessThan(1e-4);
            expect(difference(covariance, expected[i]!.covariance)).toBeLessThan(1e-3);
          }
          await found.close();
          await session.close();
        }
      },
      300_000,
    );

    it('tells which operations ran on the CPU', async () => {
      const engine = await start('gpu');
      const model = await openModel('fixtures/onnx/recurrent.folded.onnx');
      const session = await engine.load(model, tapsOf(model, waysToTakePoints('')[0]!), {
        optimize: true,
        padded: false,
      });
      await session.run(inputsFor(model, 2));
      expect(session.notes).toEqual([
        expect.stringMatching(/^\d+ of \d+ operations ran on the CPU, for want of kernels for the GPU: \w/),
      ]);
      await session.close();
    }, 300_000);
  },
);
