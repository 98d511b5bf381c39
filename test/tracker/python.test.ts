import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { SaturationTracker, type SaturationTrackerOptions } from '../../src/index.js';
import { npyItems, temporaryFolder } from '../writers/recordings.js';
import { tf } from './tensorflow.js';

const { at } = temporaryFolder();

interface Stored {
  shape: number[];
  data: number[];
}
type OwnOptions = Omit<SaturationTrackerOptions, 'layerFilter'> & {
  layerFilter?: string[];
  stop?: boolean;
  addScalar?: [string, number];
};
interface Case {
  name: string;
  network: 'convolutional' | 'recurrent';
  runs: { training: boolean; first: number; last: number }[];
  options: OwnOptions;
  csv: string;
  covariances: Record<string, Stored>;
}
interface Golden {
  images: Stored;
  series: Stored;
  convolutional: Record<string, Stored>;
  recurrent: Record<string, Stored>;
  cases: Case[];
}
/** What the package's SaturationTracker leaves of two PyTorch networks, whose weights are here given to networks of TensorFlow.js. */
const golden: Golden = JSON.parse(readFileSync('fixtures/library/tracker.json', 'utf8'));

const tensor = ({ data, shape }: Stored) => tf.tensor(data, shape);
/** PyTorch's (out, in, height, width), and (out, in). */
const kernel = (stored: Stored) =>
  stored.shape.length === 4 ? tensor(stored).transpose([2, 3, 1, 0]) : tensor(stored).transpose();

function convolutional() {
  const { layers } = tf;
  const w = golden.convolutional;
  const of = (name: string) => [kernel(w[`${name}.weight`]!), tensor(w[`${name}.bias`]!)];
  const features = tf.sequential({
    name: 'features',
    layers: [
      layers.conv2d({
        name: '0',
        filters: 5,
        kernelSize: 3,
        inputShape: [9, 9, 2],
        activation: 'relu',
        weights: of('features.0'),
      }),
      layers.conv2d({ name: '2', filters: 6, kernelSize: 3, strides: 2, weights: of('features.2') }),
    ],
  });
  const input = tf.input({ shape: [9, 9, 2] });
  let x = layers.activation({ activation: 'relu' }).apply(features.apply(input)) as tf.SymbolicTensor;
  x = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(x) as tf.SymbolicTensor;
  x = layers
    .dense({ name: 'hidden', units: 7, activation: 'tanh', weights: of('hidden') })
    .apply(x) as tf.SymbolicTensor;
  const output = layers.dense({ name: 'out', units: 3, weights: of('out') }).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output, name: 'net' });
}

function recurrent() {
  const w = golden.recurrent;
  const lstm = [
    tensor(w['lstm.weight_ih_l0']!).transpose(),
    tensor(w['lstm.weight_hh_l0']!).transpose(),
    tensor(w['lstm.bias_ih_l0']!).add(tensor(w['lstm.bias_hh_l0']!)),
  ];
  const input = tf.input({ shape: [5, 3] });
  const all = tf.layers
    .lstm({ name: 'lstm', units: 4, returnSequences: true, recurrentActivation: 'sigmoid', weights: lstm })
    .apply(input) as tf.SymbolicTensor;
  const cropped = tf.layers.permute({ dims: [2, 1] }).apply(all) as tf.SymbolicTensor;
  // The last step, as a dense layer with a kernel that picks it would not be a layer of the network.
  const last = new LastStep().apply(cropped) as tf.SymbolicTensor;
  const out = [tensor(w['out.weight']!).transpose(), tensor(w['out.bias']!)];
  const output = tf.layers.dense({ name: 'out', units: 2, weights: out }).apply(last) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output, name: 'net' });
}

class LastStep extends tf.layers.Layer {
  static className = 'LastStep';
  override computeOutputShape([batch, units]: tf.Shape): tf.Shape {
    return [batch!, units!];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => x.gather([x.shape[2]! - 1], 2).squeeze([2]));
  }
}

const networks = { convolutional: convolutional(), recurrent: recurrent() };
const inputs = {
  convolutional: tensor(golden.images).transpose([0, 2, 3, 1]),
  recurrent: tensor(golden.series),
};

/** The csv as its columns, with their cells as numbers. */
function columnsOf(csv: string): Map<string, number[]> {
  const [header, ...rows] = Papa.parse<string[]>(csv.trim(), { delimiter: ';' }).data;
  const cell = (text: string | undefined) => (text ? Number(text) : Number.NaN);
  return new Map(header!.slice(1).map((name, i) => [name, rows.map((row) => cell(row[i + 1]))]));
}

async function track({ network, runs, options, csv }: Case): Promise<string[]> {
  const { layerFilter, stop, addScalar, ...own } = options;
  const filter = layerFilter && {
    layerFilter: (layers: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(layers).filter(([name]) => layerFilter.includes(name))),
  };
  const notes: string[] = [];
  const model = networks[network];
  const all = { ...own, ...filter, note: (message: string) => void notes.push(message) };
  const tracker = new SaturationTracker(at('run'), ['csv', 'npy'], model, all as SaturationTrackerOptions);
  const epochs = csv.trim().split('\n').length - 1;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { training, first, last } of runs) {
      const x = inputs[network].slice([first], [last - first]);
      if (training) tf.dispose(model.apply(x, { training }) as tf.Tensor);
      else tf.dispose(model.predict(x, { batchSize: 100 }) as tf.Tensor);
    }
    if (stop) tracker.stop();
    if (addScalar) await tracker.addScalar(...addScalar);
    await tracker.addSaturations();
  }
  await tracker.close();
  return notes;
}

describe.each(golden.cases)('$network network, $name', (example) => {
  it('has the csv and the covariances of the package', async () => {
    await track(example);
    const ours = columnsOf(readFileSync(at('run.csv'), 'utf8'));
    const theirs = columnsOf(example.csv);
    // A number of one's own stands last here, there in the order of adding.
    if (example.options.addScalar) expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    else expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [name, values] of theirs) {
      for (const [epoch, value] of values.entries()) {
        const own = ours.get(name)![epoch]!;
        // The package's average is nan, by a slip: it is the mean of the saturations.
        if (name.startsWith('average')) continue;
        if (Number.isNaN(value) || /saturation|dimensionality/.test(name)) expect(own, name).toBe(value);
        else expect(Math.abs(own - value), name).toBeLessThanOrEqual(2e-5 * Math.abs(value) + 1e-12);
      }
    }
    for (const [name, { shape, data }] of Object.entries(example.covariances)) {
      const { items } = npyItems(at('run', `_${name}`, `_${name}_epoch0.npy`));
      expect(items).toHaveLength(shape[0]! * shape[1]!);
      const largest = Math.max(...data.map(Math.abs));
      const worst = Math.max(...items.map((value, i) => Math.abs(value - data[i]!)));
      expect(worst).toBeLessThanOrEqual(2e-6 * largest);
    }
  });
});

it('differs from the package where that is wrong', async () => {
  const averages = golden.cases.find(({ name }) => name === 'averages alone')!;
  await track(averages);
  const ours = columnsOf(readFileSync(at('run.csv'), 'utf8'));
  const defaults = columnsOf(golden.cases.find(({ name }) => name === 'the defaults')!.csv);
  const saturations = [...defaults.values()].map(([value]) => value!);
  const mean = saturations.reduce((sum, value) => sum + value, 0) / saturations.length;
  expect(ours.get('average-eval-sat')![0]).toBeCloseTo(mean, 12);
  expect(ours.get('average-train-sat')).toEqual([Number.NaN]);
});

it('covers every parameter of the package that a run of one batch can tell apart', () => {
  const used = new Set(golden.cases.flatMap(({ options }) => Object.keys(options)));
  for (const option of [
    'stats',
    'satThreshold',
    'convMethod',
    'timeseriesMethod',
    'interpolationStrategy',
    'interpolationDownsampling',
    'maxSamples',
    'logInterval',
    'ignoreLayerNames',
    'layerFilter',
    'layerwiseSat',
    'averageSat',
  ]) {
    expect(used).toContain(option);
  }
});
