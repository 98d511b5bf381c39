import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  changeAllPcaLayerThresholds,
  changeAllPcaLayerThresholdsAndInjectRandomDirections,
  type PcaLayer,
  pcaLayers,
} from '../../src/index.js';
import { saturationPercent } from '../../src/pca/saturation-percent.js';
import { tf } from '../tracker/tensorflow.js';

interface Stored {
  shape: number[];
  data: number[];
}
interface Dimensions {
  inDim: number;
  fsDim: number;
  sat: number;
}
interface AtThreshold extends Dimensions {
  threshold: number;
  output?: Stored;
}
interface Golden {
  percents: Record<string, number[]>;
  linear: {
    vectors: Stored;
    cases: {
      keepdim: boolean;
      centering: boolean;
      first: Dimensions;
      thresholds: AtThreshold[];
      again: Dimensions;
    }[];
  };
  convolution: {
    maps: Stored;
    cases: { centering: boolean; downsampling: number | null; thresholds: AtThreshold[] }[];
  };
  changed: {
    kernel: Stored;
    bias: Stored;
    thresholds: [number[], number[], number[], string[]];
    random: [number[], number[], number[]];
    named: [number[], number[], number[], string[]];
  };
}
/** What the package's PCA layers gave. */
const golden: Golden = JSON.parse(readFileSync('fixtures/library/pca.json', 'utf8'));
const { LinearPCALayer, Conv2DPCALayer } = pcaLayers(tf);

const tensor = ({ data, shape }: Stored) => tf.tensor(data, shape);
const train = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
const infer = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x, { training: false }) as tf.Tensor;
const dimensionsOf = ({ inDim, fsDim, sat }: PcaLayer): Dimensions => ({ inDim, fsDim, sat });

function expectClose(ours: tf.Tensor, theirs: Stored, prepare = (value: number) => value) {
  expect(ours.shape).toEqual(theirs.shape);
  const values = Array.from(ours.dataSync(), prepare);
  const largest = Math.max(...theirs.data.map(Math.abs));
  for (const [i, value] of theirs.data.entries()) {
    expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(3e-6 * largest);
  }
}

describe.each(golden.linear.cases)(
  'LinearPCALayer with keepdim $keepdim, centering $centering',
  (example) => {
    const { keepdim, centering, first, thresholds, again } = example;

    it('has the directions, saturations and projections of the package', () => {
      const x = tensor(golden.linear.vectors);
      const layer = new LinearPCALayer({ inFeatures: 6, threshold: 0.9, keepdim, centering });
      for (const [from, size] of [
        [0, 15],
        [15, 15],
        [30, 10],
      ] as const)
        train(layer, x.slice(from, size));
      infer(layer, x.slice(40));
      expect(dimensionsOf(layer)).toEqual(first);
      for (const { threshold, output, ...dimensions } of thresholds) {
        layer.threshold = threshold;
        expect(dimensionsOf(layer)).toEqual(dimensions);
        // Of coordinates along eigenvectors the squares: the signs are anybody's.
        if (output)
          expectClose(infer(layer, x.slice(40)), output, keepdim ? undefined : (value) => value ** 2);
      }
      train(layer, x.slice(20));
      layer.threshold = 0.8;
      infer(layer, x.slice(0, 5));
      expect(dimensionsOf(layer)).toEqual(again);
    });
  },
);

describe.each(golden.convolution.cases)(
  'Conv2DPCALayer with centering $centering, downsampling $downsampling',
  (example) => {
    it.each(['channelsLast', 'channelsFirst'] as const)(
      'has the directions, saturations and projections of the package, %s',
      (dataFormat) => {
        const { centering, downsampling, thresholds } = example;
        const first = tensor(golden.convolution.maps);
        const x = dataFormat === 'channelsFirst' ? first : first.transpose([0, 2, 3, 1]);
        const layer = new Conv2DPCALayer({
          inFilters: 3,
          threshold: 0.9,
          verbose: false,
          centering,
          downsampling: downsampling ?? undefined,
          dataFormat,
        });
        train(layer, x.slice(0, 3));
        train(layer, x.slice(3, 3));
        infer(layer, x.slice(6));
        for (const { threshold, output, ...dimensions } of thresholds) {
          layer.threshold = threshold;
          expect(dimensionsOf(layer)).toEqual(dimensions);
          const values = infer(layer, x.slice(6));
          if (output)
            expectClose(dataFormat === 'channelsFirst' ? values : values.transpose([0, 3, 1, 2]), output);
        }
      },
    );
  },
);

describe('changes of all PCA layers', () => {
  const { changed } = golden;
  const network = () => {
    const weights = [tensor(changed.kernel).transpose(), tensor(changed.bias)];
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        tf.layers.inputLayer({ inputShape: [6, 6, 3] }),
        new Conv2DPCALayer({ verbose: false }),
        // The package's maps have their channels first.
        tf.layers.permute({ dims: [3, 1, 2] }),
        tf.layers.flatten(),
      ],
    });
    const input = tf.input({ shape: [6, 6, 3] });
    const model = tf.model({
      inputs: input,
      outputs: tf
        .sequential({
          layers: [
            tf.layers.inputLayer({ inputShape: [108] }),
            new LinearPCALayer({ inFeatures: 108 }),
            tf.layers.dense({ units: 6, weights }),
            new LinearPCALayer(),
          ],
        })
        .apply(inner.apply(input)) as tf.SymbolicTensor,
    });
    const x = tensor(golden.convolution.maps).transpose([0, 2, 3, 1]);
    model.apply(x, { training: true });
    model.predict(x);
    return { model, x };
  };

  it('return the lists of the package', () => {
    const { model } = network();
    const { sat, inDims, fsDims, names } = changeAllPcaLayerThresholds(0.8, model);
    expect([sat, inDims, fsDims, names]).toEqual(changed.thresholds);
    const random = changeAllPcaLayerThresholdsAndInjectRandomDirections(0.95, model, { seed: 1 });
    expect([random.sat, random.inDims, random.fsDims]).toEqual(changed.random);
    // There the convolutional layer is taken for a linear one, as it inherits from it, and keeps its eigenvectors.
    expect(changed.named[3]).toEqual(['Linear-0', 'Linear-1', 'Linear-2']);
    expect(random.names).toEqual(['Conv-0', 'Linear-0', 'Linear-1']);
  });
});

it('a saturation is rounded as Python rounds it', () => {
  for (const [d, percents] of Object.entries(golden.percents)) {
    expect(percents.map((_, k) => saturationPercent(k + 1, Number(d)))).toEqual(percents);
  }
});
