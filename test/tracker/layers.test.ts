import { describe, expect, it } from 'vitest';
import { tf } from './tensorflow.js';
import { difference, momentsOf, predict, random, results, track } from './tracked.js';

type Shape = number[];
interface Example {
  make(config: {
    name: string;
    activation?: 'relu' | 'elu' | 'tanh' | 'softmax' | 'linear' | 'sigmoid';
  }): tf.layers.Layer;
  input: Shape;
  kind: string;
  /** Features are axis 1 of the output. */
  isFirst?: boolean;
}

const { layers } = tf;
const first = { dataFormat: 'channelsFirst' as const };
const examples: Record<string, Example> = {
  dense: { make: (c) => layers.dense({ units: 4, ...c }), input: [5], kind: 'dense' },
  'dense on a series': { make: (c) => layers.dense({ units: 4, ...c }), input: [3, 5], kind: 'dense' },
  'dense on a map': { make: (c) => layers.dense({ units: 4, ...c }), input: [3, 2, 5], kind: 'dense' },
  conv1d: { make: (c) => layers.conv1d({ filters: 4, kernelSize: 2, ...c }), input: [6, 3], kind: 'conv1d' },
  'conv1d, dilated': {
    make: (c) => layers.conv1d({ filters: 4, kernelSize: 2, dilationRate: 2, useBias: false, ...c }),
    input: [6, 3],
    kind: 'conv1d',
  },
  conv2d: {
    make: (c) => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, ...c }),
    input: [7, 6, 3],
    kind: 'conv2d',
  },
  'conv2d, channels first': {
    make: (c) => layers.conv2d({ filters: 4, kernelSize: 3, ...first, ...c }),
    input: [3, 7, 6],
    kind: 'conv2d',
    isFirst: true,
  },
  conv3d: {
    make: (c) => layers.conv3d({ filters: 3, kernelSize: 2, ...c }),
    input: [3, 4, 3, 2],
    kind: 'conv3d',
  },
  depthwise: {
    make: (c) => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, ...c }),
    input: [6, 6, 2],
    kind: 'depthwise-conv2d',
  },
  separable: {
    make: (c) => layers.separableConv2d({ filters: 4, kernelSize: 3, ...c }),
    input: [6, 6, 3],
    kind: 'separable-conv2d',
  },
  transposed: {
    make: (c) => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, ...c }),
    input: [3, 4, 2],
    kind: 'conv2d-transpose',
  },
  'transposed, channels first': {
    make: (c) => layers.conv2dTranspose({ filters: 4, kernelSize: 3, ...first, ...c }),
    input: [2, 3, 4],
    kind: 'conv2d-transpose',
    isFirst: true,
  },
  'transposed in three axes': {
    make: (c) => layers.conv3dTranspose({ filters: 2, kernelSize: 2, ...c }),
    input: [2, 2, 3, 2],
    kind: 'conv3d-transpose',
  },
};

/** Values with the features last. */
function featuresLast(values: tf.Tensor, isFirst = false): tf.Tensor {
  if (!isFirst) return values;
  const [batch, features, ...grid] = [...values.shape.keys()];
  return values.transpose([batch!, ...grid, features!]);
}

/** What a layer would give without its activation: by a twin with its weights. */
function without({ make, input }: Example, trained: tf.layers.Layer, x: tf.Tensor): tf.Tensor {
  const twin = tf.sequential({
    layers: [tf.layers.inputLayer({ inputShape: input }), make({ name: 'twin', activation: 'linear' })],
  });
  twin.setWeights(trained.getWeights());
  return predict(twin, x, 100);
}

describe.each(Object.entries(examples))('%s', (_name, example) => {
  const { make, input, kind, isFirst } = example;

  it.each(['linear', 'relu', 'elu', 'tanh', 'softmax'] as const)(
    'with %s is recorded before it, or after',
    async (activation) => {
      const model = tf.sequential({ name: 'net' });
      const layer = make({ name: 'mine', activation });
      model.add(tf.layers.inputLayer({ inputShape: input }));
      model.add(layer);
      const x = random([10, ...input], 3);
      const [plain, after] = [track(model), track(model, { tap: 'activation' })];
      const output = predict(model, x);
      const isSeries = output.rank === 3 && kind === 'dense';
      for (const [tracker, values] of [
        [plain, without(example, layer, x)],
        [after, output],
      ] as const) {
        const record = (await results(tracker)).get('eval mine')!;
        const last = featuresLast(values, isFirst);
        // Of a time series the last step counts.
        const points = isSeries ? last.slice([0, last.shape[1]! - 1], [-1, 1]) : last;
        const d = points.shape.at(-1)!;
        const { n, covariance } = momentsOf(points.dataSync(), d);
        expect([record.kind, record.n, record.d]).toEqual([kind, n, d]);
        expect(difference(record.covariance, covariance)).toBeLessThan(1e-6);
      }
    },
  );
});

describe('a separable convolution', () => {
  it.each([{}, first])('has its depthwise half before it, %j', async (layout) => {
    const model = tf.sequential({ name: 'net' });
    const isFirst = layout === first;
    // With a bias TensorFlow.js fails where channels are first.
    const useBias = !isFirst;
    const layer = layers.separableConv2d({
      name: 'sep',
      filters: 4,
      kernelSize: 3,
      strides: 2,
      depthMultiplier: 2,
      useBias,
      ...layout,
    });
    model.add(tf.layers.inputLayer({ inputShape: isFirst ? [3, 7, 7] : [7, 7, 3] }));
    model.add(layer);
    const x = random(isFirst ? [9, 3, 7, 7] : [9, 7, 7, 3], 4);
    const tracker = track(model);
    expect(Object.keys(tracker.layers)).toEqual(['sep-depthwise', 'sep']);
    predict(model, x);
    const found = await results(tracker);
    const [kernel] = layer.getWeights();
    const half = tf.depthwiseConv2d(
      (isFirst ? x.transpose([0, 2, 3, 1]) : x) as tf.Tensor4D,
      kernel as tf.Tensor4D,
      2,
      'valid',
    );
    const record = found.get('eval sep-depthwise')!;
    expect([record.kind, record.d]).toEqual(['depthwise-conv2d', 6]);
    expect(difference(record.covariance, momentsOf(half.dataSync(), 6).covariance)).toBeLessThan(1e-6);
    expect(found.get('eval sep')!.d).toBe(4);
  });
});

const cells: Record<string, (config: object) => tf.RNN> = {
  lstm: (c) => layers.lstm({ units: 3, ...c }),
  gru: (c) => layers.gru({ units: 3, ...c }),
  'simple-rnn': (c) => layers.simpleRNN({ units: 3, ...c }),
};

describe.each(Object.entries(cells))('%s', (kind, make) => {
  it.each([
    [{ returnSequences: true }, 'last_timestep'],
    [{ returnSequences: true }, 'timestepwise'],
    [{ returnSequences: true }, 'flatten'],
    [{ returnSequences: false }, 'last_timestep'],
    [{ returnSequences: false, goBackwards: true }, 'timestepwise'],
  ] as const)('with %j is recorded as %s', async (config, timeseriesMethod) => {
    const model = tf.sequential({ layers: [make({ name: 'rnn', inputShape: [4, 2], ...config })] });
    const tracker = track(model, { timeseriesMethod });
    const output = predict(model, random([12, 4, 2], 5));
    const record = (await results(tracker)).get('eval rnn')!;
    const isLast = config.returnSequences && timeseriesMethod === 'last_timestep';
    const points = isLast ? output.slice([0, 3], [-1, 1]) : output;
    const d = config.returnSequences && timeseriesMethod === 'flatten' ? 12 : 3;
    expect([record.kind, record.d]).toEqual([kind, d]);
    expect(difference(record.covariance, momentsOf(points.dataSync(), d).covariance)).toBeLessThan(1e-6);
  });

  it('with states is recorded by its output', async () => {
    const input = tf.input({ shape: [4, 2] });
    const all = make({ name: 'rnn', returnState: true, returnSequences: true }).apply(
      input,
    ) as tf.SymbolicTensor[];
    const summed = tf.layers
      .add()
      .apply(all.slice(1).length > 1 ? all.slice(1) : [all[1]!, all[1]!]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: [all[0]!, summed] });
    const tracker = track(model, { timeseriesMethod: 'timestepwise' });
    const [output] = model.predict(random([8, 4, 2], 6)) as tf.Tensor[];
    const found = await results(tracker);
    // The layer runs once for every output of it that is used, and is recorded once.
    expect([...found.keys()]).toEqual(['eval rnn']);
    expect(found.get('eval rnn')!.n).toBe(32);
    expect(
      difference(found.get('eval rnn')!.covariance, momentsOf(output!.dataSync(), 3).covariance),
    ).toBeLessThan(1e-6);
  });
});

describe('a bidirectional layer', () => {
  const build = (mergeMode: 'concat' | 'sum' | 'mul' | 'ave' | null, returnSequences: boolean) => {
    const input = tf.input({ shape: [4, 2] });
    const layer = layers.bidirectional({
      name: 'both',
      layer: layers.lstm({ units: 3, returnSequences, name: 'lstm' }) as tf.RNN,
      // Its types leave out that the directions may stay apart.
      mergeMode: mergeMode as 'concat',
    });
    const outputs = layer.apply(input) as tf.SymbolicTensor;
    return { layer, model: tf.model({ inputs: input, outputs }) };
  };

  it.each(['concat', 'sum', 'mul', 'ave'] as const)(
    'that merges by %s is recorded by its directions, then as a whole',
    async (mode) => {
      for (const returnSequences of [true, false]) {
        const { model, layer } = build(mode, returnSequences);
        const tracker = track(model, { timeseriesMethod: 'timestepwise' });
        expect(Object.keys(tracker.layers)).toEqual(['both-forward_lstm', 'both-backward_lstm', 'both']);
        const x = random([9, 4, 2], 7);
        const merged = predict(model, x);
        const found = await results(tracker);
        const whole = found.get('eval both')!;
        const d = mode === 'concat' ? 6 : 3;
        expect([whole.kind, whole.d, whole.n]).toEqual(['bidirectional', d, returnSequences ? 36 : 9]);
        expect(difference(whole.covariance, momentsOf(merged.dataSync(), d).covariance)).toBeLessThan(1e-6);
        const weights = layer.getWeights();
        for (const [name, goBackwards, own] of [
          ['forward', false, weights.slice(0, 3)],
          ['backward', true, weights.slice(3)],
        ] as const) {
          const twin = tf.sequential({
            layers: [
              layers.lstm({ units: 3, returnSequences, goBackwards, inputShape: [4, 2], weights: own }),
            ],
          });
          const values = predict(twin, x);
          const record = found.get(`eval both-${name}_lstm`)!;
          expect([record.kind, record.d]).toEqual(['lstm', 3]);
          expect(difference(record.covariance, momentsOf(values.dataSync(), 3).covariance)).toBeLessThan(
            1e-6,
          );
          expect(difference(record.mean, meanOf(values))).toBeLessThan(1e-5);
        }
      }
    },
  );

  it('has both directions in the order of time: the last step of each is the last in time', async () => {
    const { model } = build('concat', true);
    const tracker = track(model);
    const output = predict(model, random([9, 4, 2], 8));
    const found = await results(tracker);
    for (const [name, from, d] of [
      ['both-forward_lstm', 0, 3],
      ['both-backward_lstm', 3, 3],
      ['both', 0, 6],
    ] as const) {
      const part = output.slice([0, 3, from], [-1, 1, d]);
      const { covariance } = momentsOf(part.dataSync(), d);
      expect(difference(found.get(`eval ${name}`)!.covariance, covariance)).toBeLessThan(1e-6);
    }
  });

  it('whose directions stay apart is recorded by these', async () => {
    const { model } = build(null, true);
    const tracker = track(model);
    expect(Object.keys(tracker.layers)).toEqual(['both-forward_lstm', 'both-backward_lstm']);
    model.predict(random([9, 4, 2], 9));
    expect([...(await results(tracker)).keys()]).toEqual([
      'eval both-forward_lstm',
      'eval both-backward_lstm',
    ]);
  });
});

function meanOf(values: tf.Tensor): Float64Array {
  return Float64Array.from(
    values
      .reshape([-1, values.shape.at(-1)!])
      .mean(0)
      .dataSync(),
  );
}

describe('time steps', () => {
  it('of a layer are a series', async () => {
    const wrap = (activation: 'tanh' | 'linear') =>
      layers.timeDistributed({
        name: 'steps',
        layer: layers.dense({ units: 4, activation }),
        inputShape: [5, 3],
      });
    const model = tf.sequential({ layers: [wrap('tanh')] });
    const twin = tf.sequential({ layers: [wrap('linear')] });
    twin.setWeights(model.getWeights());
    const x = random([7, 5, 3], 10);
    for (const timeseriesMethod of ['last_timestep', 'timestepwise'] as const) {
      const tracker = track(model, { timeseriesMethod });
      predict(model, x);
      const record = (await results(tracker)).get('eval steps')!;
      const values = predict(twin, x);
      const points = timeseriesMethod === 'last_timestep' ? values.slice([0, 4], [-1, 1]) : values;
      expect([record.kind, record.d]).toEqual(['dense', 4]);
      expect(difference(record.covariance, momentsOf(points.dataSync(), 4).covariance)).toBeLessThan(1e-6);
    }
  });

  it('of a convolution are further positions', async () => {
    const conv = layers.conv2d({ filters: 4, kernelSize: 2, activation: 'relu' });
    const model = tf.sequential({
      layers: [layers.timeDistributed({ name: 'steps', layer: conv, inputShape: [3, 4, 4, 2] })],
    });
    const tracker = track(model, { tap: 'activation' });
    const output = predict(model, random([5, 3, 4, 4, 2], 11));
    const record = (await results(tracker)).get('eval steps')!;
    expect([record.kind, record.n]).toEqual(['conv2d', 5 * 3 * 9]);
    expect(difference(record.covariance, momentsOf(output.dataSync(), 4).covariance)).toBeLessThan(1e-6);
  });

  const withModel = () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [layers.dense({ name: 'd', units: 4, inputShape: [3] }), layers.dense({ name: 'e', units: 2 })],
    });
    return tf.sequential({
      layers: [layers.timeDistributed({ name: 'steps', layer: inner, inputShape: [3, 3] })],
    });
  };

  it('of a whole model are further samples of its layers', async () => {
    const model = withModel();
    const tracker = track(model);
    expect(Object.keys(tracker.layers)).toEqual(['steps-inner-d', 'steps-inner-e']);
    const output = predict(model, random([10, 3, 3], 12), 4);
    const found = await results(tracker);
    expect([...found.keys()]).toEqual(['eval steps-inner-d', 'eval steps-inner-e']);
    const record = found.get('eval steps-inner-e')!;
    expect(record.n).toBe(30);
    expect(difference(record.covariance, momentsOf(output.dataSync(), 2).covariance)).toBeLessThan(1e-6);
  });

  it('of a whole model make one batch, and maxSamples counts samples of the data', async () => {
    const model = withModel();
    const x = random([10, 3, 3], 12);
    const everySecond = track(model, { logInterval: 2 });
    const few = track(model, { maxSamples: 6 });
    const output = predict(model, x, 4);
    for (const [tracker, from, count] of [
      [everySecond, 4, 4],
      [few, 0, 6],
    ] as const) {
      const record = (await results(tracker)).get('eval steps-inner-e')!;
      expect(record.n).toBe(count * 3);
      const { covariance } = momentsOf(output.slice(from, count).dataSync(), 2);
      expect(difference(record.covariance, covariance)).toBeLessThan(1e-6);
    }
  });

  it('of a whole model are recorded in fit and evaluate, too', async () => {
    const model = withModel();
    model.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
    const x = random([10, 3, 3], 12);
    const y = tf.zeros([10, 3, 2]);
    const tracker = track(model);
    await model.fit(x, y, { epochs: 1, batchSize: 4, verbose: 0, shuffle: false });
    tf.dispose(model.evaluate(x.slice(0, 5), y.slice(0, 5), { batchSize: 2 }));
    const found = await results(tracker);
    expect([...found].map(([name, { n }]) => [name, n])).toEqual([
      ['train steps-inner-d', 30],
      ['train steps-inner-e', 30],
      ['eval steps-inner-d', 15],
      ['eval steps-inner-e', 15],
    ]);
    const { covariance } = momentsOf(predict(model, x).dataSync(), 2);
    expect(difference(found.get('train steps-inner-e')!.covariance, covariance)).toBeLessThan(1e-5);
  });

  it('of steps are all of them, and a bidirectional layer in them is recorded by its parts', async () => {
    const way = layers.lstm({ units: 2, name: 'way' }) as tf.RNN;
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        layers.timeDistributed({
          name: 'deep',
          layer: tf.sequential({
            name: 'deepest',
            layers: [layers.dense({ name: 'd', units: 4, inputShape: [3] })],
          }),
          inputShape: [5, 3],
        }),
        layers.bidirectional({ name: 'both', layer: way, mergeMode: 'concat' }),
      ],
    });
    const model = tf.sequential({
      layers: [layers.timeDistributed({ name: 'steps', layer: inner, inputShape: [2, 5, 3] })],
    });
    const tracker = track(model, { maxSamples: 6 });
    const output = predict(model, random([7, 2, 5, 3], 13), 4);
    const found = await results(tracker);
    expect([...found].map(([name, { n, d }]) => [name, n, d])).toEqual([
      ['eval steps-inner-deep-deepest-d', 60, 4],
      ['eval steps-inner-both-forward_way', 12, 2],
      ['eval steps-inner-both-backward_way', 12, 2],
      ['eval steps-inner-both', 12, 4],
    ]);
    const { covariance } = momentsOf(output.slice(0, 6).dataSync(), 4);
    expect(difference(found.get('eval steps-inner-both')!.covariance, covariance)).toBeLessThan(1e-6);
  });

  it('of a separable convolution are samples of its depthwise half', async () => {
    const wrap = (kernel: tf.layers.Layer, inputShape: number[]) =>
      tf.sequential({ layers: [layers.timeDistributed({ name: 'steps', layer: kernel, inputShape })] });
    const model = wrap(
      layers.separableConv2d({ filters: 5, kernelSize: 3, activation: 'relu' }),
      [3, 6, 6, 2],
    );
    const half = wrap(layers.depthwiseConv2d({ kernelSize: 3, useBias: false }), [3, 6, 6, 2]);
    half.setWeights(model.getWeights().slice(0, 1));
    const x = random([5, 3, 6, 6, 2], 14);
    const before = tf.memory().numTensors;
    for (const [maxSamples, samples] of [
      [undefined, 5],
      [3, 3],
    ] as const) {
      const tracker = track(model, { maxSamples, convMethod: 'mean' });
      tf.dispose(predict(model, x));
      const found = await results(tracker);
      expect([...found].map(([name, { kind, n, d }]) => [name, kind, n, d])).toEqual([
        ['eval steps-depthwise', 'depthwise-conv2d', samples * 3, 2],
        ['eval steps', 'separable-conv2d', samples, 5],
      ]);
      const means = tf.tidy(() => predict(half, x).slice(0, samples).mean([2, 3]).dataSync());
      const { covariance } = momentsOf(means, 2);
      expect(difference(found.get('eval steps-depthwise')!.covariance, covariance)).toBeLessThan(1e-5);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('within steps are a series of each of these, before the activation', async () => {
    const wrap = (activation: 'tanh' | 'linear') => {
      const inner = layers.timeDistributed({ layer: layers.dense({ units: 4, activation }) });
      return tf.sequential({
        layers: [layers.timeDistributed({ name: 'steps', layer: inner, inputShape: [2, 5, 3] })],
      });
    };
    const model = wrap('tanh');
    const twin = wrap('linear');
    twin.setWeights(model.getWeights());
    const x = random([7, 2, 5, 3], 15);
    const tracker = track(model, { maxSamples: 6 });
    predict(model, x);
    const record = (await results(tracker)).get('eval steps')!;
    const last = predict(twin, x).slice([0, 0, 4], [6, 2, 1]).dataSync();
    expect([record.kind, record.n]).toEqual(['dense', 12]);
    expect(difference(record.covariance, momentsOf(last, 4).covariance)).toBeLessThan(1e-6);
  });

  it('of a convolutional LSTM are positions, too', async () => {
    const make = (returnSequences: boolean) =>
      tf.sequential({
        layers: [
          layers.convLstm2d({
            name: 'cl',
            filters: 3,
            kernelSize: 2,
            returnSequences,
            inputShape: [3, 4, 4, 2],
          }) as tf.layers.Layer,
        ],
      });
    for (const returnSequences of [true, false]) {
      const model = make(returnSequences);
      const tracker = track(model);
      const output = predict(model, random([4, 3, 4, 4, 2], 13));
      const record = (await results(tracker)).get('eval cl')!;
      expect([record.kind, record.n]).toEqual(['conv-lstm2d', 4 * 9 * (returnSequences ? 3 : 1)]);
      expect(difference(record.covariance, momentsOf(output.dataSync(), 3).covariance)).toBeLessThan(1e-6);
    }
  });

  it('between channels and positions are not recorded, and it is said', () => {
    const conv = layers.conv2d({ filters: 4, kernelSize: 2, ...first });
    const model = tf.sequential({
      layers: [
        layers.timeDistributed({ name: 'steps', layer: conv, inputShape: [3, 2, 4, 4] }),
        layers.flatten(),
        layers.dense({ name: 'out', units: 2 }),
      ],
    });
    const notes: string[] = [];
    const tracker = track(model, { note: (message) => notes.push(message) });
    expect(Object.keys(tracker.layers)).toEqual(['out']);
    expect(notes).toEqual(['steps is not recorded: its channels stand between its steps and its positions']);
  });
});

it('a recurrent layer of cells is what its cells are', async () => {
  const rnn = (cell: Parameters<typeof tf.layers.rnn>[0]['cell'], name: string) =>
    tf.layers.rnn({ cell, returnSequences: true, name }) as tf.layers.Layer;
  const input = tf.input({ shape: [3, 2] });
  let x = rnn(tf.layers.gruCell({ units: 3 }), 'one').apply(input) as tf.SymbolicTensor;
  x = rnn([tf.layers.lstmCell({ units: 2 }), tf.layers.lstmCell({ units: 4 })], 'stacked').apply(
    x,
  ) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: x });
  const tracker = track(model);
  predict(model, random([6, 3, 2], 14));
  const found = await results(tracker);
  expect([...found.values()].map(({ layer, kind, d }) => [layer, kind, d])).toEqual([
    ['one', 'gru', 3],
    ['stacked', 'recurrent', 4],
  ]);
});

it('an heir of a class is recorded as that class is', async () => {
  const Dense = tf.layers.dense({ units: 1 }).constructor as new (config: object) => tf.layers.Layer;
  class Mine extends Dense {
    static className = 'Mine';
  }
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [3] }));
  model.add(new Mine({ units: 2, name: 'mine', activation: 'relu' }));
  const tracker = track(model);
  predict(model, random([5, 3], 15));
  expect((await results(tracker)).get('eval mine')?.kind).toBe('dense');
});
