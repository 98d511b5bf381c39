import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'npyjs';
import { expect, it } from 'vitest';
import { defaultRecordOptions, record, SaturationTracker } from '../../src/index.js';
import { temporaryFolder } from '../writers/recordings.js';
import { onnxFile } from './onnx-file.js';
import { tf } from './tensorflow.js';
import { difference, predict } from './tracked.js';

const { at } = temporaryFolder();

function digits(): { x: tf.Tensor; y: tf.Tensor } {
  const read = (name: string) => parse(Uint8Array.from(readFileSync(`fixtures/mnist/${name}.npy`)).buffer);
  const [images, labels] = [read('images'), read('labels')];
  const x = tf.tensor(Float32Array.from(images.data as Uint8Array), images.shape).div(255);
  return { x, y: tf.oneHot(tf.tensor1d(Array.from(labels.data as Uint8Array), 'int32'), 10) };
}

it('what a tracker records of a trained network is what record records of its file', async () => {
  const { layers } = tf;
  const seed = (value: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed: value }) });
  const model = tf.sequential({
    name: 'net',
    layers: [
      layers.conv2d({
        name: 'stem',
        filters: 6,
        kernelSize: 4,
        strides: 2,
        activation: 'relu',
        inputShape: [28, 28, 1],
        ...seed(1),
      }),
      layers.conv2d({ name: 'widen', filters: 9, kernelSize: 3, strides: 2, activation: 'relu', ...seed(2) }),
      layers.flatten(),
      layers.dense({ name: 'hidden', units: 24, activation: 'relu', ...seed(3) }),
      layers.dense({ name: 'digit', units: 10, activation: 'softmax', ...seed(4) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.005), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const { x, y } = digits();
  const stats = ['lsat', 'idim', 'trc', 'dtrc', 'cov'] as const;
  const note = () => {};
  const while_ = new SaturationTracker(at('training'), 'csv', model, { stats, note });
  const { history } = await model.fit(x, y, {
    epochs: 2,
    batchSize: 50,
    shuffle: false,
    verbose: 0,
    callbacks: while_.callback({ close: true }),
  });
  expect(history.acc!.at(-1)).toBeGreaterThan(0.5);

  const after = new SaturationTracker(at('tracked'), ['csv', 'npy'], model, { stats, note });
  const output = predict(model, x, 64);
  const tracked = await after.addSaturations();
  await after.close();

  writeFileSync(at('net.onnx'), onnxFile(model));
  const { epochs } = await record({
    ...defaultRecordOptions(),
    models: [at('net.onnx')],
    data: [{ mode: 'eval', path: 'fixtures/mnist/images.npy' }],
    preprocessing: { scale: 1 / 255 },
    stats: [...stats],
    out: at('recorded'),
    threads: 1,
  });
  const recorded = epochs[0]!.layers;
  expect(tracked.map(({ layer, n, d }) => [layer, n, d])).toEqual(
    recorded.map(({ layer, n, d }) => [layer, n, d]),
  );
  for (const [i, { layer, covariance, stats: values }] of recorded.entries()) {
    const own = tracked[i]!;
    expect([own.stats.get('idim'), own.stats.get('lsat')], layer).toEqual([
      values.get('idim'),
      values.get('lsat'),
    ]);
    expect(difference(own.covariance, covariance), layer).toBeLessThan(1e-5);
  }
  const columns = (name: string) => readFileSync(at(`${name}.csv`), 'utf8').split('\n')[0];
  expect(columns('tracked')).toBe(columns('recorded'));
  expect(output.shape).toEqual([500, 10]);
});
