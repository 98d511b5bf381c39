/**
 * Trains a small CNN on 500 handwritten digits in TensorFlow.js, with the saturation of its layers after every epoch, and draws these as heat
 * maps: one of what it trains on, one of the validation.
 *
 *     node examples/tracker-mnist/train.mjs [FOLDER] [EPOCHS]
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  defaultDrawOptions,
  defaultPlotOptions,
  drawFigure,
  plot,
  SaturationTracker,
} from 'delve-saturation';
import { parse } from 'npyjs';

const [folder = 'runs/tracker-mnist', epochs = '8'] = process.argv.slice(2);
const MNIST = new URL('../../fixtures/mnist/', import.meta.url);

async function digits() {
  const read = async (name) => parse(Uint8Array.from(await readFile(new URL(name, MNIST))).buffer);
  const [images, labels] = [await read('images.npy'), await read('labels.npy')];
  const x = tf.tensor(Float32Array.from(images.data), images.shape).div(255);
  return { x, y: tf.oneHot(tf.tensor1d(Array.from(labels.data), 'int32'), 10) };
}

function network() {
  const relu = (seed) => ({
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed }),
  });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        name: 'conv1',
        filters: 8,
        kernelSize: 4,
        strides: 2,
        inputShape: [28, 28, 1],
        ...relu(1),
      }),
      tf.layers.conv2d({ name: 'conv2', filters: 16, kernelSize: 3, strides: 2, ...relu(2) }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'hidden1', units: 48, ...relu(3) }),
      tf.layers.dense({ name: 'hidden2', units: 32, ...relu(4) }),
      tf.layers.dense({ name: 'digit', units: 10, ...relu(5), activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.003), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

await mkdir(folder, { recursive: true });
const savefile = join(folder, 'digits');
const { x, y } = await digits();
const model = network();
const tracker = new SaturationTracker(savefile, ['csv', 'npy'], model, { stats: ['lsat', 'idim', 'cov'] });
const { history } = await model.fit(x, y, {
  epochs: Number(epochs),
  batchSize: 25,
  validationSplit: 0.2,
  shuffle: false,
  verbose: 0,
  callbacks: tracker.callback({ close: true }),
});
console.log(
  `accuracy ${history.acc.at(-1).toFixed(3)}, of the validation ${history.val_acc.at(-1).toFixed(3)}`,
);

const figures = await plot({
  ...defaultPlotOptions(),
  runs: [`${savefile}.csv`],
  figure: 'epochs',
  stats: ['lsat'],
});
for (const { figure } of figures) {
  const path = join(folder, `${figure.name}.svg`);
  await writeFile(path, await drawFigure(figure, 'svg', defaultDrawOptions()));
  console.log(path);
}
