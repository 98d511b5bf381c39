import { describe, expect, it } from 'vitest';
import { tf } from './tensorflow.js';
import { difference, Kept, momentsOf, predict, random, results, track } from './tracked.js';

const { layers } = tf;
const apply = (layer: tf.layers.Layer, to: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
  layer.apply(to) as tf.SymbolicTensor;

/** Convolutions, a nested model that is used twice, normalisation, dropout and two outputs: what training may be disturbed in. */
function network(): tf.LayersModel {
  const seed = { kernelInitializer: tf.initializers.glorotUniform({ seed: 5 }) };
  const input = tf.input({ shape: [8, 8, 2] });
  let x = apply(layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'c1', ...seed }), input);
  x = apply(layers.batchNormalization({ name: 'bn' }), x);
  const block = tf.sequential({
    name: 'block',
    layers: [
      layers.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'elu',
        name: 'c',
        inputShape: [6, 6, 4],
        ...seed,
      }),
      layers.dropout({ rate: 0.3, seed: 3 }),
    ],
  });
  x = apply(layers.add(), [apply(block, apply(block, x)), x]);
  const flat = apply(layers.flatten(), x);
  const a = apply(layers.dense({ units: 3, activation: 'softmax', name: 'digit', ...seed }), flat);
  const b = apply(layers.dense({ units: 1, name: 'size', ...seed }), flat);
  const model = tf.model({ inputs: input, outputs: [a, b], name: 'net' });
  model.compile({ optimizer: tf.train.adam(0.01), loss: ['categoricalCrossentropy', 'meanSquaredError'] });
  return model;
}

function data(n: number): { x: tf.Tensor; y: tf.Tensor[] } {
  const labels = tf.tensor1d(
    Array.from({ length: n }, (_, i) => i % 3),
    'int32',
  );
  return { x: random([n, 8, 8, 2], 1), y: [tf.oneHot(labels, 3), random([n, 1], 2)] };
}

const bits = (tensors: tf.Tensor[]) =>
  tensors.map((tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('base64'));

/** Everything that a training, an evaluation and a prediction give. */
async function everything(model: tf.LayersModel): Promise<unknown[]> {
  const { x, y } = data(20);
  const history = await model.fit(x, y, {
    epochs: 2,
    batchSize: 6,
    shuffle: false,
    validationSplit: 0.3,
    verbose: 0,
  });
  const evaluated = model.evaluate(x, y, { batchSize: 7 }) as tf.Scalar[];
  const single = await model.trainOnBatch(x, y);
  const dataset = tf.data
    .array(Array.from({ length: 4 }, (_, i) => i))
    .map(() => ({ xs: x.clone(), ys: y.map((each) => each.clone()) }));
  await model.fitDataset(dataset as tf.data.Dataset<never>, { epochs: 1, batchesPerEpoch: 2, verbose: 0 });
  return [
    history.history,
    bits(evaluated),
    single,
    bits(model.predict(x, { batchSize: 9 }) as tf.Tensor[]),
    bits(model.predictOnBatch(x) as tf.Tensor[]),
    bits(model.apply(x, { training: false }) as tf.Tensor[]),
    bits(model.getWeights()),
  ];
}

describe('a model that is tracked', () => {
  it('trains, evaluates and predicts to the same bits', async () => {
    const expected = await everything(network());
    const model = network();
    const trackers = [track(model), track(model, { tap: 'activation', logInterval: 2 })];
    expect(await everything(model)).toEqual(expected);
    for (const tracker of trackers) expect((await results(tracker)).size).toBe(10);
    for (const tracker of trackers) await tracker.close();
    expect(JSON.stringify(await everything(network()))).toBe(JSON.stringify(expected));
  });

  it('leaks no tensor', async () => {
    const model = network();
    const { x, y } = data(12);
    const run = async () => {
      await model.fit(x, y, { epochs: 1, batchSize: 5, validationData: [x, y], verbose: 0 });
      tf.dispose(model.evaluate(x, y));
      tf.dispose(model.predict(x, { batchSize: 5 }));
      tf.dispose(model.apply(x, { training: true }) as tf.Tensor[]);
      tf.dispose(await model.trainOnBatch(x, y));
    };
    await run();
    const before = tf.memory().numTensors;
    await run();
    const plain = tf.memory().numTensors;
    const tracker = track(model, { stats: ['lsat', 'embed'] });
    await run();
    await tracker.addSaturations();
    await run();
    await tracker.close();
    expect([plain - before, tf.memory().numTensors - plain]).toEqual([0, 0]);
  });

  it('is as it was before when the tracker is closed', async () => {
    const model = network();
    const { x, y } = data(6);
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    tf.dispose(model.evaluate(x, y));
    const all = [model, ...model.layers, ...(model.getLayer('block') as unknown as tf.LayersModel).layers];
    const properties = () => all.map((object) => Object.getOwnPropertyNames(object));
    const testFunction = () => Reflect.get(model, 'testFunction');
    const [before, test] = [properties(), testFunction()];
    const first = track(model);
    const second = track(model);
    expect(properties()).not.toEqual(before);
    tf.dispose(model.evaluate(x, y));
    await first.close();
    await second.close();
    expect(properties()).toEqual(before);
    expect(testFunction().toString()).toBe(test.toString());
    await expect(first.addSaturations()).rejects.toThrow('unwritten: the tracker is closed');
  });

  it('is told apart by what runs: training, evaluation, prediction, datasets, batches, calls of one’s own', async () => {
    const model = network();
    const { x, y } = data(12);
    const tracker = track(model, { layerFilter: ({ digit }) => ({ digit: digit! }) });
    const seen = async () =>
      Object.fromEntries([...(await results(tracker))].map(([name, { n }]) => [name, n]));
    await model.fit(x, y, { epochs: 1, batchSize: 5, verbose: 0 });
    expect(await seen()).toEqual({ 'train digit': 12 });
    await model.fit(x, y, { epochs: 2, batchSize: 5, validationSplit: 0.25, verbose: 0 });
    expect(await seen()).toEqual({ 'train digit': 18, 'eval digit': 6 });
    model.evaluate(x, y, { batchSize: 5 });
    expect(await seen()).toEqual({ 'eval digit': 12 });
    predict(model, x, 5);
    expect(await seen()).toEqual({ 'eval digit': 12 });
    model.predictOnBatch(x);
    expect(await seen()).toEqual({ 'eval digit': 12 });
    await model.trainOnBatch(x, y);
    expect(await seen()).toEqual({ 'train digit': 12 });
    const dataset = tf.data
      .array([0, 1])
      .map(() => ({ xs: x.clone(), ys: y.map((each) => each.clone()) })) as tf.data.Dataset<never>;
    await model.fitDataset(dataset, { epochs: 1, verbose: 0, validationData: dataset });
    expect(await seen()).toEqual({ 'train digit': 24, 'eval digit': 24 });
    await model.evaluateDataset(dataset, { batches: 1 });
    expect(await seen()).toEqual({ 'eval digit': 12 });
    model.apply(x, { training: true });
    model.apply(x);
    expect(await seen()).toEqual({ 'train digit': 12, 'eval digit': 12 });
    const optimizer = tf.train.sgd(0.01);
    optimizer.minimize(
      () => (model.apply(x, { training: true }) as tf.Tensor[])[1]!.square().mean() as tf.Scalar,
    );
    expect(await seen()).toEqual({ 'train digit': 12 });
  });

  it('is recorded by its own runs, not by those of models that share its layers', async () => {
    const tower = tf.sequential({
      name: 'tower',
      layers: [layers.dense({ name: 'd', units: 3, inputShape: [4] })],
    });
    const [a, b] = [tf.input({ shape: [4] }), tf.input({ shape: [4] })];
    const both = apply(layers.concatenate(), [apply(tower, a), apply(tower, b)]);
    const model = tf.model({ inputs: [a, b], outputs: apply(layers.dense({ name: 'out', units: 2 }), both) });
    const tracker = track(model);
    const [x, y] = [random([9, 4], 1), random([9, 4], 2)];
    predict(tower, x);
    predict(model, [x, y]);
    predict(tower, y);
    const found = await results(tracker);
    expect([...found.values()].map(({ layer, n }) => [layer, n])).toEqual([
      ['tower-d', 9],
      ['tower-d#2', 9],
      ['out', 9],
    ]);
  });
});

describe('a layer that is used several times', () => {
  const dense = () => layers.dense({ name: 'shared', units: 4, activation: 'tanh' });

  it('is #2 at its second use, in the order of Keras, whichever TensorFlow.js runs first', async () => {
    const [a, b] = [tf.input({ shape: [4], name: 'a' }), tf.input({ shape: [4], name: 'b' })];
    const shared = dense();
    const [first, second] = [apply(shared, a), apply(shared, b)];
    const model = tf.model({
      inputs: [a, b],
      outputs: apply(layers.add(), [first, second].slice(0, 2)),
    });
    const tracker = track(model, { tap: 'activation' });
    const [x, y] = [random([20, 4], 3), random([20, 4], 4).mul(3)];
    predict(model, [x, y]);
    const found = await results(tracker);
    for (const [name, input] of [
      ['shared', x],
      ['shared#2', y],
    ] as const) {
      const { covariance } = momentsOf((shared.apply(input) as tf.Tensor).dataSync(), 4);
      expect(difference(found.get(`eval ${name}`)!.covariance, covariance)).toBeLessThan(1e-6);
    }
  });

  it('in a chain is counted along it', async () => {
    const input = tf.input({ shape: [4] });
    const shared = dense();
    const model = tf.model({ inputs: input, outputs: apply(shared, apply(shared, apply(shared, input))) });
    const tracker = track(model, { tap: 'activation' });
    let values = random([15, 4], 5);
    predict(model, values);
    const found = await results(tracker);
    for (const name of ['shared', 'shared#2', 'shared#3']) {
      values = shared.apply(values) as tf.Tensor;
      expect(
        difference(found.get(`eval ${name}`)!.covariance, momentsOf(values.dataSync(), 4).covariance),
      ).toBeLessThan(1e-6);
    }
  });

  it('keeps its first name in other models', async () => {
    const shared = dense();
    const inner = tf.sequential({ name: 'inner' });
    inner.add(layers.inputLayer({ inputShape: [4] }));
    inner.add(shared);
    const input = tf.input({ shape: [4] });
    const model = tf.model({ inputs: input, outputs: apply(shared, apply(inner, input)) });
    expect(Object.keys(track(model).layers)).toEqual(['inner-shared', 'inner-shared#2']);
  });
});

describe('names', () => {
  it('are paths, without the outermost model, through models in models', async () => {
    const d = (name: string, inputShape?: number[]) =>
      layers.dense({ name, units: 3, ...(inputShape && { inputShape }) });
    const block = tf.sequential({ name: 'block', layers: [d('a', [3]), d('b')] });
    const i = tf.input({ shape: [3] });
    const outer = tf.model({
      inputs: i,
      outputs: apply(d('dense'), apply(block, apply(d('first'), i))),
      name: 'outer',
    });
    const model = tf.sequential({ name: 'net' });
    model.add(layers.inputLayer({ inputShape: [3] }));
    model.add(outer);
    model.add(d('head'));
    const tracker = track(model);
    expect(Object.keys(tracker.layers)).toEqual([
      'outer-first',
      'outer-block-a',
      'outer-block-b',
      'outer-dense',
      'head',
    ]);
    expect(String(tracker)).toBe(
      'SaturationTracker(outer-first, outer-block-a, outer-block-b, outer-dense, head)',
    );
    predict(model, random([7, 3], 1));
    expect([...(await results(tracker)).keys()].map((key) => key.slice(5))).toEqual(
      Object.keys(tracker.layers),
    );
  });

  it('of several models begin with the names of these; layers that stand alone have their own', async () => {
    const make = (name: string) =>
      tf.sequential({ name, layers: [layers.dense({ name: 'd', units: 2, inputShape: [3] })] });
    const [generator, critic] = [make('generator'), make('critic')];
    const alone = layers.dense({ name: 'alone', units: 2 });
    const tracker = track([generator, critic, alone]);
    expect(Object.keys(tracker.layers)).toEqual(['generator-d', 'critic-d', 'alone']);
    const x = random([6, 3], 2);
    predict(critic, x);
    alone.apply(x, { training: true });
    expect([...(await results(tracker)).keys()]).toEqual(['train alone', 'eval critic-d']);
    expect(Object.keys(track([generator]).layers)).toEqual(['d']);
  });

  it('that two paths share are told apart', () => {
    const d = (name: string) => layers.dense({ name, units: 3, inputShape: [3] });
    const model = tf.sequential({
      name: 'net',
      layers: [
        tf.sequential({ name: 'a', layers: [d('b-c')] }),
        tf.sequential({ name: 'a-b', layers: [d('c')] }),
      ],
    });
    expect(Object.keys(track(model).layers)).toEqual(['a-b-c', 'a-b-c-2']);
  });
});

it('a run that fails leaves the next ones right', async () => {
  class Failing extends layers.Layer {
    static className = 'Failing';
    isOn = false;
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
      if (this.isOn) throw new Error('this layer fails');
      return inputs;
    }
  }
  const shared = layers.dense({ name: 'shared', units: 3 });
  const failing = new Failing({});
  const input = tf.input({ shape: [3] });
  const model = tf.model({ inputs: input, outputs: apply(shared, apply(failing, apply(shared, input))) });
  const tracker = track(model, { tap: 'activation' });
  const x = random([8, 3], 6);
  failing.isOn = true;
  expect(() => predict(model, x)).toThrow('this layer fails');
  failing.isOn = false;
  await results(tracker);
  predict(model, x);
  const found = await results(tracker);
  const once = shared.apply(x) as tf.Tensor;
  expect(
    difference(found.get('eval shared')!.covariance, momentsOf(once.dataSync(), 3).covariance),
  ).toBeLessThan(1e-6);
  const twice = shared.apply(once) as tf.Tensor;
  expect(
    difference(found.get('eval shared#2')!.covariance, momentsOf(twice.dataSync(), 3).covariance),
  ).toBeLessThan(1e-6);
});

it('what a layer of one’s own runs itself is no part of the run', async () => {
  const shared = layers.dense({ name: 'shared', units: 3, activation: 'relu' });
  class Twice extends layers.Layer {
    static className = 'Twice';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor;
      return (shared.apply(x) as tf.Tensor).mul(100);
    }
  }
  const input = tf.input({ shape: [3] });
  const model = tf.model({ inputs: input, outputs: apply(shared, apply(new Twice({}), input)) });
  const tracker = track(model, { tap: 'activation' });
  const output = predict(model, random([12, 3], 9));
  const record = (await results(tracker)).get('eval shared')!;
  expect(record.n).toBe(12);
  expect(difference(record.covariance, momentsOf(output.dataSync(), 3).covariance)).toBeLessThan(1e-6);
});

it('models with several outputs in models run once for each, and are recorded once', async () => {
  const i = tf.input({ shape: [3] });
  const hidden = apply(layers.dense({ name: 'hidden', units: 4 }), i);
  const heads = ['one', 'two'].map((name) => apply(layers.dense({ name, units: 2 }), hidden));
  const inner = tf.model({ inputs: i, outputs: heads, name: 'inner' });
  const input = tf.input({ shape: [3] });
  const model = tf.model({
    inputs: input,
    outputs: apply(layers.add(), inner.apply(input) as tf.SymbolicTensor[]),
  });
  const tracker = track(model);
  predict(model, random([10, 3], 7), 4);
  const found = await results(tracker);
  expect([...found.values()].map(({ layer, n }) => [layer, n])).toEqual([
    ['inner-hidden', 10],
    ['inner-two', 10],
    ['inner-one', 10],
  ]);
});

it('a layer can be added later', async () => {
  const model = tf.sequential({ layers: [layers.dense({ name: 'd', units: 2, inputShape: [3] })] });
  const other = layers.dense({ name: 'other', units: 2, activation: 'relu' });
  const tracker = track(model);
  tracker.registerForwardHooks(other);
  other.apply(predict(model, random([5, 3], 8)));
  expect([...(await results(tracker)).keys()]).toEqual(['eval d', 'eval other']);
  await tracker.close();
  expect(Object.hasOwn(other, 'call')).toBe(false);
  expect(tracker.writer).toBeInstanceOf(Kept);
});
