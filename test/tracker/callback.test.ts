import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SaturationTracker, type TensorFlow, UserError, useTensorFlow } from '../../src/index.js';
import { temporaryFolder } from '../writers/recordings.js';
import { tf } from './tensorflow.js';
import { type Kept, random, track } from './tracked.js';

const { at } = temporaryFolder();

function network(): tf.LayersModel {
  const model = tf.sequential({
    name: 'net',
    layers: [
      tf.layers.dense({ name: 'hidden', units: 6, activation: 'relu', inputShape: [4] }),
      tf.layers.dense({ name: 'out', units: 2 }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError', metrics: ['mse'] });
  return model;
}
const [x, y] = [random([30, 4], 1), random([30, 2], 2)];

describe('the callback of a tracker', () => {
  it('writes an epoch after each of the training, with what that tells', async () => {
    const model = network();
    const tracker = new SaturationTracker(at('run'), 'csv', model);
    const { history } = await model.fit(x, y, {
      epochs: 3,
      batchSize: 8,
      validationSplit: 0.2,
      verbose: 0,
      callbacks: tracker.callback({ close: true }),
    });
    const [header, ...rows] = readFileSync(at('run.csv'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(';'));
    expect(header).toEqual([
      '',
      'train-saturation_hidden',
      'train-saturation_out',
      'eval-saturation_hidden',
      'eval-saturation_out',
      'val_loss',
      'val_mse',
      'loss',
      'mse',
    ]);
    for (const name of ['loss', 'val_loss', 'mse', 'val_mse']) {
      const column = rows.map((row) => Number(row[header!.indexOf(name)]));
      expect(column).toEqual((history[name] as number[]).map((value) => expect.closeTo(value, 6)));
    }
    await expect(tracker.addSaturations()).rejects.toThrow('the tracker is closed');
  });

  it('is a tf.Callback, and stands beside others in any place', async () => {
    const model = network();
    for (const order of [0, 1]) {
      const tracker = track(model);
      const stopping = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 0, minDelta: 1e9 });
      const own = tracker.callback();
      expect(own).toBeInstanceOf(tf.Callback);
      await model.fit(x, y, {
        epochs: 5,
        verbose: 0,
        callbacks: order === 0 ? [own, stopping] : [stopping, own],
      });
      const { epochs, scalars } = tracker.writer as Kept;
      expect(epochs.filter((epoch) => epoch.length > 0)).toHaveLength(2);
      expect(scalars.map(([name]) => name)).toEqual(['loss', 'mse', 'loss', 'mse']);
      await tracker.close();
    }
  });

  it('does for datasets, too, and for one training after another', async () => {
    const model = network();
    const tracker = track(model);
    const dataset = tf.data
      .array([0, 1])
      .map(() => ({ xs: x.clone(), ys: y.clone() })) as tf.data.Dataset<never>;
    await model.fitDataset(dataset, { epochs: 2, verbose: 0, callbacks: tracker.callback() });
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks: [tracker.callback()] });
    const { epochs } = tracker.writer as Kept;
    expect(epochs.slice(0, 3).map(([record]) => [record!.layer, record!.n])).toEqual([
      ['hidden', 60],
      ['hidden', 60],
      ['hidden', 30],
    ]);
  });

  it('leaves the training as it is, and no tensor behind', async () => {
    const train = async (track_: boolean) => {
      const model = network();
      model.setWeights([random([4, 6], 3), random([6], 4), random([6, 2], 5), random([2], 6)]);
      const tracker = track_ ? track(model) : undefined;
      const before = tf.memory().numTensors;
      const options = {
        epochs: 2,
        shuffle: false,
        verbose: 0 as const,
        ...(tracker && { callbacks: tracker.callback() }),
      };
      const { history } = await model.fit(x, y, options);
      const left = tf.memory().numTensors - before;
      return [history, model.getWeights().map((weight) => Array.from(weight.dataSync())), left];
    };
    expect(await train(true)).toEqual(await train(false));
  });
});

describe('useTensorFlow', () => {
  it('takes TensorFlow.js, and refuses what is something else', () => {
    useTensorFlow(tf);
    expect(track(network()).callback()).toBeInstanceOf(tf.Callback);
    const other: TensorFlow = {
      version: {},
      layers: { Layer: class {} },
      Callback: class {},
      serialization: {},
    };
    expect(() => useTensorFlow(other)).toThrow(UserError);
  });
});
