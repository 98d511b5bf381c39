import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PointOptions } from '../../src/core/points.js';
import { encodeNpy } from '../../src/dump/npy.js';
import { outputOf, type RunningEngine } from '../../src/engines/engine.js';
import { onnxEngine } from '../../src/engines/onnx/engine.js';
import { tensorflowEngine } from '../../src/engines/tensorflow/engine.js';
import { UserError } from '../../src/errors.js';
import { openModel } from '../../src/model/open.js';
import { defaultPcaOptions } from '../../src/project/options.js';
import { projectModel } from '../../src/project/project-model.js';
import type { Tensor } from '../../src/tensor.js';
import { difference, gathered, inputsFor, momentsOfOutputs, tapsOf, waysToTakePoints } from './networks.js';
import { withTensorflow } from './with-tensorflow.js';

const POINTS: PointOptions = { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' };
const MODELS = [
  'mnist/cnn',
  'mnist/mlp',
  'savedmodel/keras2',
  'savedmodel/keras3',
  'savedmodel/keras3-attention',
  'savedmodel/keras3-recurrent',
  'savedmodel/keras3-saved',
  'savedmodel/module',
  'savedmodel/tf1',
];

withTensorflow('the tensorflow engine', () => {
  let engine: RunningEngine;
  beforeAll(async () => {
    engine = await tensorflowEngine.start({ threads: 2, device: 'cpu' });
  });
  afterAll(() => engine.close());

  it('tells what it is', () => {
    expect(engine.name).toBe('tensorflow');
    expect(engine.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(engine.device).toBe('CPU');
  });

  it.each(MODELS)('reduces the points of %s as we do, batch after batch', async (path) => {
    const model = await openModel(`fixtures/${path}`);
    const batches = [inputsFor(model, 5, 1), inputsFor(model, 8, 2), inputsFor(model, 3, 3)];
    for (const options of waysToTakePoints(path)) {
      const expected = await momentsOfOutputs(engine, model, batches, options);
      const taps = tapsOf(model, options);
      const session = await engine.load(model, taps, { optimize: true, padded: false });
      const recorded = await gathered(session, model, batches, options);
      const found = await recorded.moments();
      expect(found.map(({ layer }) => layer.name)).toEqual(model.layers.map(({ name }) => name));
      for (const [i, { n, mean, covariance }] of found.entries()) {
        expect(n).toBe(expected[i]!.n);
        expect(difference(mean, expected[i]!.mean)).toBeLessThan(1e-12);
        expect(difference(covariance, expected[i]!.covariance)).toBeLessThan(1e-12);
      }
      // Medians alone leave the graph.
      if (options.convMethod !== 'median') expect(session.taps.every(({ reduced }) => reduced)).toBe(true);
      await recorded.close();
      await session.close();
    }
  });

  it('counts the samples that are kept of a batch that is filled up', async () => {
    const model = await openModel('fixtures/mnist/cnn');
    const taps = tapsOf(model, POINTS);
    const [whole, first] = [inputsFor(model, 8), inputsFor(model, 5)];
    const padded = await engine.load(model, taps, { optimize: true, padded: true });
    const plain = await engine.load(model, taps, { optimize: true, padded: false });
    const counted = await padded.run(whole, 5);
    expect(counted).toEqual(await plain.run(first));
    for (const i of model.layers.keys()) {
      const [a, b] = [await padded.moments(i), await plain.moments(i)];
      expect(a!.n).toBe(b!.n);
      expect(difference(a!.covariance, b!.covariance)).toBeLessThan(1e-6);
    }
    await padded.close();
    await plain.close();
  });

  it('forgets what it is told to, and has no moments then', async () => {
    const model = await openModel('fixtures/mnist/mlp');
    const session = await engine.load(model, tapsOf(model, POINTS), { optimize: true, padded: false });
    await session.run(inputsFor(model, 4));
    expect((await session.moments(0))!.n).toBe(4);
    await session.reset();
    expect(await session.moments(0)).toBeUndefined();
    await session.close();
  });

  it('keeps what it has where a batch fails, and says what TensorFlow says', async () => {
    const model = await openModel('fixtures/mnist/mlp');
    const session = await engine.load(model, tapsOf(model, POINTS), { optimize: true, padded: false });
    await session.run(inputsFor(model, 4));
    const before = await session.moments(1);
    const [[key]] = [...inputsFor(model, 1)] as [[string, unknown]];
    const wrong = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) } as const;
    const failing = session.run(new Map([[key, wrong]]));
    await expect(failing).rejects.toThrow(UserError);
    await expect(failing).rejects.toThrow(/mnist\/mlp: TensorFlow cannot run the model on this data \(/);
    expect(await session.moments(1)).toEqual(before);
    await session.close();
  });

  it('gives what the embedded engine gives', async () => {
    const onnx = await onnxEngine.start({ threads: 1, device: 'cpu' });
    for (const path of MODELS.filter((each) => !each.includes('recurrent'))) {
      const model = await openModel(`fixtures/${path}`);
      const batches = [inputsFor(model, 40)];
      const ours = await momentsOfOutputs(onnx, model, batches, POINTS);
      const theirs = await momentsOfOutputs(engine, model, batches, POINTS);
      for (const [i, { n, covariance }] of ours.entries()) {
        expect(n).toBe(theirs[i]!.n);
        expect(difference(covariance, theirs[i]!.covariance)).toBeLessThan(1e-3);
      }
    }
  });

  it.each(['savedmodel/keras3-attention', 'savedmodel/keras3-recurrent', 'mnist/cnn'])(
    'projects the layers of %s as the embedded engine does, and what it exports has the same projections',
    async (path) => {
      const folder = await mkdtemp(join(tmpdir(), 'delve-projected-'));
      try {
        const model = await openModel(`fixtures/${path}`);
        const [[, input]] = [...inputsFor(model, 40)] as [[string, Tensor]];
        const data = join(folder, 'x.npy');
        await writeFile(data, encodeNpy({ shape: input.shape, data: Float32Array.from(input.data, Number) }));
        const options = { ...defaultPcaOptions(), model: model.path, data, thresholds: [0.8], random: 2 };
        const exportTo = join(folder, 'projected');
        const theirs = await projectModel({ ...options, engine: 'tensorflow', exportTo });
        const ours = await projectModel({ ...options, engine: 'onnx' });
        expect(theirs.layers).toEqual(ours.layers);
        expect(theirs.unprojected).toEqual(ours.unprojected);
        const [a, b] = [theirs.thresholds[0]!, ours.thresholds[0]!];
        for (const [i, { change, agreement }] of [a.pca, ...a.random].entries()) {
          const own = [b.pca, ...b.random][i]!;
          expect(Math.abs(change - own.change)).toBeLessThan(1e-3);
          expect(Math.abs(agreement - own.agreement)).toBeLessThanOrEqual(1 / 40);
        }
        const outputs = async (of: string, running: RunningEngine) => {
          const opened = await openModel(of);
          const taps = [{ value: opened.outputs[0]!.value }];
          const session = await running.load(opened, taps, { optimize: true, padded: false });
          const [result] = await session.run(inputsFor(opened, 40));
          const copy = outputOf(result).data.slice();
          await session.close();
          return copy;
        };
        const onnx = await onnxEngine.start({ threads: 1, device: 'cpu' });
        await projectModel({ ...options, engine: 'onnx', exportTo: join(folder, 'projected.onnx') });
        const exported = await outputs(exportTo, engine);
        expect(difference(await outputs(join(folder, 'projected.onnx'), onnx), exported)).toBeLessThan(1e-4);
        // And it is a network like others: translated, and projected again.
        expect(difference(await outputs(exportTo, onnx), exported)).toBeLessThan(1e-4);
        const again = await projectModel({ ...options, model: exportTo, engine: 'tensorflow', random: 0 });
        expect(again.layers.length).toBeGreaterThanOrEqual(ours.layers.length);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('projects in batches of a fixed size; networks that keep a state are refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'delve-projected-'));
    try {
      const run = async (path: string, shape: number[], name: string) => {
        const data = join(folder, 'x.npy');
        const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
          Math.cos(i * i),
        );
        await writeFile(data, encodeNpy({ shape, data: values }));
        const options = { ...defaultPcaOptions(), thresholds: [0.7], random: 1 };
        return projectModel({ ...options, model: `fixtures/savedmodel/${path}`, data, engine: name });
      };
      // Ten samples are four batches of three, the last filled up.
      const [theirs, ours] = [
        await run('keras3-saved', [10, 4], 'tensorflow'),
        await run('keras3-saved', [10, 4], 'onnx'),
      ];
      expect(theirs.samples).toBe(10);
      expect(theirs.layers).toEqual(ours.layers);
      const [a, b] = [theirs.thresholds[0]!, ours.thresholds[0]!];
      expect(Math.abs(a.pca.change - b.pca.change)).toBeLessThan(1e-3);
      expect(Math.abs(a.random[0]!.change - b.random[0]!.change)).toBeLessThan(1e-3);
      await expect(run('keras3-stateful', [10, 4, 3], 'tensorflow')).rejects.toThrow(
        'fixtures/savedmodel/keras3-stateful keeps a state from batch to batch (stateful=True), which would be that of other projections; take --engine onnx, which begins every batch with the saved state',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses ONNX files, and a GPU that is not there', async () => {
    const model = await openModel('fixtures/torch/cnn.onnx');
    await expect(engine.load(model, [], { optimize: true, padded: false })).rejects.toThrow(
      'fixtures/torch/cnn.onnx: the engine tensorflow runs SavedModels; run ONNX files with --engine onnx',
    );
    // Where there is one, this is no test of it.
    const gpu = await tensorflowEngine.start({ threads: 1, device: 'gpu' }).catch((error: Error) => error);
    if (gpu instanceof Error)
      expect(gpu.message).toMatch(/^--device gpu: TensorFlow sees no GPU here \(.+\); run/);
    else await gpu.close();
  });
});
