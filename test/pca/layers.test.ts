import { describe, expect, it, vi } from 'vitest';
import {
  Conv2DPCALayer,
  LinearPCALayer,
  type PcaLayer,
  type PcaMapLayer,
  pcaLayers,
  UserError,
} from '../../src/index.js';
import { tf } from '../tracker/tensorflow.js';
import { difference, momentsOf, random } from '../tracker/tracked.js';

const classes = pcaLayers(tf);
const train = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
const infer = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;
const bits = (tensor: tf.Tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('base64');

/** Vectors that differ in three directions, and a little in the others. */
function vectors(n: number, seed: number, mean = 0): tf.Tensor {
  const spread = tf.tensor1d([3, 2, 1, 0.05, 0.03]);
  const mix = tf.linalg.qr(random([5, 5], 40) as tf.Tensor2D)[0];
  return tf.matMul(tf.randomNormal([n, 5], 0, 1, 'float32', seed).mul(spread), mix).add(mean);
}

describe('a PCA layer that cannot be', () => {
  it.each<[object, RegExp]>([
    [4 as never, /takes its options by name, such as \{ threshold: 0.9 \}, and not 4/],
    [{ in_features: 4 }, /there is no option 'in_features'; did you mean inFeatures/],
    [{ threshold: '0.9' }, /^threshold is 0.9/],
    [{ centering: 'false' }, /^centering is false, and must be true or false/],
  ])('is refused: %j', (config, message) => {
    for (const Layer of [classes.LinearPCALayer, classes.Conv2DPCALayer]) {
      expect(() => new Layer(config)).toThrow(message);
      expect(() => new Layer(config)).toThrow(UserError);
    }
  });

  it('is one of maps for what are none, or that are collected in no size', () => {
    expect(() => new classes.Conv2DPCALayer({ name: 'maps' }).apply(tf.input({ shape: [3] }))).toThrow(
      /^maps: its input has 2 axes, and feature maps have 4/,
    );
    expect(() => new classes.Conv2DPCALayer({ downsampling: 0 })).toThrow(/^downsampling is 0/);
    const layer = new classes.Conv2DPCALayer();
    expect(() => Object.assign(layer, { downsampling: 1.5 })).toThrow(UserError);
  });
});

describe('a PCA layer', () => {
  it('hands its input on unchanged while it is trained, and before it has collected anything', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.5 });
    const x = vectors(20, 1, 3);
    expect(bits(infer(layer, x))).toBe(bits(x));
    expect([layer.pcaComputed, layer.epoch, layer.inDim, layer.fsDim]).toEqual([true, 0, 1, 5]);
    expect(bits(train(layer, x))).toBe(bits(x));
    expect([layer.pcaComputed, layer.epoch]).toEqual([false, 0]);
    expect(bits(infer(layer, x))).not.toBe(bits(x));
    expect([layer.pcaComputed, layer.epoch, layer.inDim]).toEqual([true, 1, 1]);
  });

  it('projects about the true mean: what is projected has that mean, and projecting again changes nothing', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.95 });
    const x = vectors(200, 2, 50);
    train(layer, x);
    const once = infer(layer, x);
    const difference_ = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0]!;
    expect(difference_(once.mean(0), x.mean(0))).toBeLessThan(1e-4);
    expect(difference_(infer(layer, once), once)).toBeLessThan(1e-4);
    // Of the variance as much is left as the directions explain.
    const variance = (values: tf.Tensor) => tf.moments(values, 0).variance.sum().dataSync()[0]!;
    const share = variance(once) / variance(x);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(1);
    expect(layer.sat).toBe((layer.inDim / 5) * 100);
  });

  it('without keepdim gives the coordinates (x - m) E', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.999, keepdim: false });
    const x = vectors(100, 3, 20);
    train(layer, x);
    const coordinates = infer(layer, x);
    expect(coordinates.shape).toEqual([100, layer.inDim]);
    expect(layer.inDim).toBe(3);
    const { covariance } = momentsOf(coordinates.dataSync(), 3);
    // Coordinates along eigenvectors are uncorrelated and have mean 0.
    const largest = covariance[0]!;
    for (const [i, value] of covariance.entries())
      if (i % 4 !== 0) expect(Math.abs(value)).toBeLessThan(1e-4 * largest);
    expect(coordinates.mean(0).abs().max().dataSync()[0]).toBeLessThan(1e-4);
    expect(layer.computeOutputShape([null, 5])).toEqual([null, null]);
    expect(new classes.LinearPCALayer().computeOutputShape([null, 4, 5])).toEqual([null, 4, 5]);
  });

  it('takes any number of axes before the features', () => {
    const [flat, deep] = [
      new classes.LinearPCALayer({ threshold: 0.9 }),
      new classes.LinearPCALayer({ threshold: 0.9 }),
    ];
    const x = vectors(24, 4);
    train(flat, x);
    train(deep, x.reshape([2, 3, 4, 5]));
    const projected = infer(deep, x.reshape([2, 3, 4, 5]));
    expect(projected.shape).toEqual([2, 3, 4, 5]);
    expect(bits(projected)).toBe(bits(infer(flat, x)));
  });

  it('loses no digits to a large mean', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.99 });
    const plain = new classes.LinearPCALayer({ threshold: 0.99 });
    const x = vectors(500, 5);
    // 2^13 and multiples of 2^-10: the sum is exact in float32.
    const rounded = x.mul(1024).round().div(1024);
    for (let i = 0; i < 5; i++) {
      train(plain, rounded.slice(i * 100, 100));
      train(layer, rounded.slice(i * 100, 100).add(8192));
    }
    infer(layer, x);
    infer(plain, x);
    const eigenvalues = ({ weights }: tf.layers.Layer) => Float64Array.from(weights[0]!.read().dataSync());
    expect(difference(eigenvalues(layer), eigenvalues(plain))).toBeLessThan(1e-6);
    expect(layer.inDim).toBe(plain.inDim);
  });

  it('lets gradients through', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.9 });
    const x = vectors(30, 6);
    const gradient = (training: boolean) =>
      tf.grad((v) => (layer.apply(v, { training }) as tf.Tensor).square().sum() as tf.Scalar)(x);
    expect(bits(gradient(true))).toBe(bits(x.mul(2)));
    infer(layer, x);
    expect(gradient(false).shape).toEqual([30, 5]);
  });

  it('has no other mean than that of the latest training', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.9 });
    train(layer, vectors(50, 7, 100));
    infer(layer, vectors(1, 7));
    train(layer, vectors(50, 8, -3));
    const x = vectors(50, 8, -3);
    expect(infer(layer, x).mean().sub(x.mean()).abs().dataSync()[0]).toBeLessThan(1e-4);
    expect(layer.epoch).toBe(2);
  });

  it('uses threshold and centering as they are set', () => {
    const layer = new classes.LinearPCALayer({ threshold: 0.5 });
    const x = vectors(100, 9, 30);
    train(layer, x);
    infer(layer, x);
    const counts = [0.3, 0.9, 0.9999, 1].map((threshold) => {
      layer.threshold = threshold;
      return layer.inDim;
    });
    expect([counts[0], [...counts].sort()]).toEqual([1, counts]);
    expect(counts[3]).toBeGreaterThan(counts[1]!);
    const centred = infer(layer, x);
    layer.threshold = 0.3;
    layer.centering = false;
    expect(layer.centering).toBe(false);
    // About 0 the mean is projected, too.
    expect(infer(layer, x).mean().sub(centred.mean()).abs().dataSync()[0]).toBeGreaterThan(1);
    for (const threshold of [0, 1.5, Number.NaN]) {
      expect(() => Object.assign(layer, { threshold })).toThrow(UserError);
      expect(() => new classes.LinearPCALayer({ threshold })).toThrow(/must be a share of the variance/);
    }
  });

  it('says what it computes if it is verbose, as convolutional ones are unless told otherwise', () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
    const layer = new classes.LinearPCALayer({ verbose: true, name: 'mine', threshold: 0.9 });
    train(layer, vectors(50, 10));
    infer(layer, vectors(1, 10));
    const quiet = new classes.LinearPCALayer();
    train(quiet, vectors(50, 10));
    infer(quiet, vectors(1, 10));
    log.mockRestore();
    expect(lines).toEqual(['mine: 2 of 5 directions at 0.9, saturation 40 %']);
    expect([new classes.Conv2DPCALayer().verbose, quiet.verbose]).toEqual([true, false]);
  });

  it('refuses an input that it was not made for', () => {
    expect(() => infer(new classes.LinearPCALayer({ inFeatures: 4, name: 'four' }), vectors(2, 1))).toThrow(
      'four: its input has 5 features, and it was made for 4',
    );
    expect(() => new classes.Conv2DPCALayer({ inFilters: 2 }).apply(random([1, 4, 4, 3], 1))).toThrow(
      UserError,
    );
    expect(() => new classes.LinearPCALayer().apply(tf.input({ shape: [null] }))).toThrow(
      /no known number of features/,
    );
  });

  it('has the package’s small things', () => {
    const before = classes.LinearPCALayer.num;
    const layer = new classes.LinearPCALayer({ gradientEpochStart: 7 });
    expect([layer.name, classes.LinearPCALayer.num - before]).toEqual([`pca${before}`, 1]);
    new classes.Conv2DPCALayer();
    expect(classes.LinearPCALayer.num - before).toBe(2);
    expect([
      layer.isFloatingPoint(),
      layer.gradientEpoch,
      new classes.LinearPCALayer().gradientEpoch,
    ]).toEqual([false, 7, 20]);
    const conv = new classes.Conv2DPCALayer();
    expect([
      layer.threshold,
      layer.keepdim,
      layer.centering,
      conv.threshold,
      conv.keepdim,
      conv.centering,
    ]).toEqual([0.99, true, true, 0.99, true, false]);
    expect(conv).toBeInstanceOf(classes.LinearPCALayer);
  });
});

describe('a model with PCA layers', () => {
  const build = () => {
    const model = tf.sequential({
      name: 'net',
      layers: [
        tf.layers.conv2d({
          filters: 4,
          kernelSize: 3,
          inputShape: [6, 6, 1],
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        }),
        new classes.Conv2DPCALayer({ threshold: 0.9, verbose: false, downsampling: 2, name: 'maps' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 6, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
        new classes.LinearPCALayer({ threshold: 0.8, name: 'vectors' }),
        tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    return model;
  };
  const x = random([40, 6, 6, 1], 11);
  const y = random([40, 2], 12);
  const trainOn = (model: tf.LayersModel, epochs = 1) =>
    model.fit(x, y, { epochs, batchSize: 16, shuffle: false, verbose: 0 });
  const layersOf = (model: tf.LayersModel) =>
    ['maps', 'vectors'].map((name) => model.getLayer(name) as tf.layers.Layer & PcaLayer);

  /** The model saved, and loaded from what was saved. */
  async function again(model: tf.LayersModel): Promise<tf.LayersModel> {
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const topology: object = JSON.parse(JSON.stringify(saved!.modelTopology));
    return tf.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
  }

  it('trains as it does without them', async () => {
    const model = build();
    await trainOn(model, 2);
    const plain = tf.sequential({
      layers: model.layers
        .filter((layer) => !('inDim' in layer))
        .map((layer) => {
          const Class = layer.constructor as new (config: object) => tf.layers.Layer;
          return new Class(layer.getConfig());
        }),
    });
    plain.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    const fresh = build();
    const trainable = (of: tf.LayersModel) => of.trainableWeights.map((weight) => bits(weight.read()));
    plain.setWeights(fresh.trainableWeights.map((weight) => weight.read()));
    await trainOn(plain, 2);
    expect(trainable(model)).toEqual(trainable(plain));
    expect(model.trainableWeights).toHaveLength(6);
    expect(model.nonTrainableWeights).toHaveLength(12);
  });

  it('collects all of a training, and computes at the next inference', async () => {
    const model = build();
    await trainOn(model);
    const layers = layersOf(model);
    expect(layers.map(({ pcaComputed }) => pcaComputed)).toEqual([false, false]);
    model.predict(x);
    expect(layers.map(({ pcaComputed, epoch }) => [pcaComputed, epoch])).toEqual([
      [true, 1],
      [true, 1],
    ]);
    await model.fit(x, y, { epochs: 3, validationSplit: 0.5, verbose: 0 });
    expect(layers.map(({ epoch }) => epoch)).toEqual([4, 4]);
  });

  it('is saved and loaded with what its layers know, and goes on as if it had not been', async () => {
    const model = build();
    await trainOn(model);
    model.predict(x);
    const loaded = await again(model);
    expect(bits(loaded.predict(x) as tf.Tensor)).toBe(bits(model.predict(x) as tf.Tensor));
    const tell = (of: tf.LayersModel) =>
      layersOf(of).map((layer) => [layer.getConfig(), layer.inDim, layer.sat, layer.pcaComputed]);
    expect(tell(loaded)).toEqual(tell(model));
    for (const each of [model, loaded]) for (const layer of layersOf(each)) layer.threshold = 0.97;
    expect(bits(loaded.predict(x) as tf.Tensor)).toBe(bits(model.predict(x) as tf.Tensor));
  });

  it('is saved in the midst of training, and collects on', async () => {
    const model = build();
    const half = (of: tf.LayersModel, from: number) => of.apply(x.slice(from, 20), { training: true });
    half(model, 0);
    const loaded = await again(model);
    half(model, 20);
    half(loaded, 20);
    const [a, b] = [model, loaded].map((each) =>
      Float64Array.from((each.predict(x) as tf.Tensor).dataSync()),
    );
    expect(difference(a!, b!)).toBeLessThan(1e-6);
    expect(layersOf(loaded).map(({ inDim }) => inDim)).toEqual(layersOf(model).map(({ inDim }) => inDim));
  });

  it('takes weights that are set from outside', async () => {
    const [trained, other] = [build(), build()];
    await trainOn(trained);
    trained.predict(x);
    other.predict(x);
    other.setWeights(trained.getWeights());
    expect(bits(other.predict(x) as tf.Tensor)).toBe(bits(trained.predict(x) as tf.Tensor));
    expect(layersOf(other).map(({ inDim }) => inDim)).toEqual(layersOf(trained).map(({ inDim }) => inDim));
  });

  it('leaks no tensor', async () => {
    const model = build();
    const run = async () => {
      await trainOn(model);
      tf.dispose(model.predict(x));
      for (const layer of layersOf(model)) layer.threshold = 0.7;
      tf.dispose(model.predict(x));
    };
    await run();
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors - before).toBe(0);
  });

  it('keeps the downsampling of its convolutional layers', async () => {
    const model = build();
    const [maps] = layersOf(model) as (tf.layers.Layer & PcaMapLayer)[];
    expect(maps!.downsampling).toBe(2);
    model.apply(x, { training: true });
    const seen = maps!.weights.find(({ originalName }) => originalName.endsWith('seen_samples'))!;
    expect(seen.read().dataSync()[0]).toBe(40 * 2 * 2);
  });
});

describe('the classes', () => {
  it('are layers of the TensorFlow.js in use, made once for each', () => {
    expect(pcaLayers(tf).LinearPCALayer).toBe(classes.LinearPCALayer);
    expect(pcaLayers().LinearPCALayer).toBe(classes.LinearPCALayer);
    expect(new classes.LinearPCALayer()).toBeInstanceOf(tf.layers.Layer);
    expect(() => pcaLayers({ ...tf, Callback: undefined } as never)).toThrow(UserError);
  });

  it('are exported, too, by their own names', () => {
    const layer = new LinearPCALayer({ inFeatures: 3, threshold: 0.5, name: 'lazy' });
    expect(layer).toBeInstanceOf(classes.LinearPCALayer);
    expect(layer).toBeInstanceOf(LinearPCALayer);
    expect(layer).toBeInstanceOf(tf.layers.Layer);
    expect(layer).not.toBeInstanceOf(Conv2DPCALayer);
    const conv = new Conv2DPCALayer({ verbose: false });
    expect(conv).toBeInstanceOf(LinearPCALayer);
    expect([LinearPCALayer.className, Conv2DPCALayer.className]).toEqual([
      'LinearPCALayer',
      'Conv2DPCALayer',
    ]);
    expect(LinearPCALayer.num).toBe(classes.LinearPCALayer.num);
    expect([layer.name, layer.threshold, layer.fsDim]).toEqual(['lazy', 0.5, 3]);
  });

  it('can be inherited from', () => {
    class Mine extends LinearPCALayer {
      static override className = 'Mine';
      twice() {
        return this.threshold * 2;
      }
    }
    const mine = new Mine({ threshold: 0.25 });
    expect([mine.twice(), mine instanceof Mine, mine instanceof tf.layers.Layer]).toEqual([0.5, true, true]);
    expect([Mine.className, LinearPCALayer.className]).toEqual(['Mine', 'LinearPCALayer']);
  });
});
