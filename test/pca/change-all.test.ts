import { describe, expect, it, vi } from 'vitest';
import {
  changeAllPcaLayerCentering,
  changeAllPcaLayerThresholds,
  changeAllPcaLayerThresholdsAndInjectRandomDirections,
  pcaLayers,
  rvs,
  seededRandom,
  UserError,
} from '../../src/index.js';
import { tf } from '../tracker/tensorflow.js';
import { random } from '../tracker/tracked.js';

const { LinearPCALayer, Conv2DPCALayer } = pcaLayers(tf);
const x = random([60, 5, 5, 2], 1);

function network() {
  const shared = new LinearPCALayer({ name: 'shared', threshold: 0.9 });
  const model = tf.sequential({ name: 'net' });
  for (const layer of [
    tf.layers.inputLayer({ inputShape: [5, 5, 2] }),
    tf.layers.conv2d({
      filters: 6,
      kernelSize: 3,
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    }),
    new Conv2DPCALayer({ name: 'maps', verbose: false }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 8, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    shared,
  ]) {
    model.add(layer);
  }
  model.apply(x, { training: true });
  model.predict(x);
  return { model, shared };
}
const values = (model: tf.LayersModel) => Array.from((model.predict(x) as tf.Tensor).dataSync());

describe('changing all thresholds', () => {
  it('changes those of all PCA layers, and tells what they are then', () => {
    const { model, shared } = network();
    const { sat, inDims, fsDims, names } = changeAllPcaLayerThresholds(0.5, model);
    expect(shared.threshold).toBe(0.5);
    expect([fsDims, names]).toEqual([
      [6, 8],
      ['Conv-0', 'Lin-0'],
    ]);
    expect(sat).toEqual(inDims.map((count, i) => Number(((count / fsDims[i]!) * 100).toFixed(4))));
    const more = changeAllPcaLayerThresholds(0.999, model);
    expect(more.inDims.every((count, i) => count > inDims[i]!)).toBe(true);
    expect(
      changeAllPcaLayerThresholds(
        0.5,
        tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }),
      ),
    ).toEqual({
      sat: [],
      inDims: [],
      fsDims: [],
      names: [],
    });
  });

  it('finds each layer once, in wrappers, too', () => {
    const inner = new LinearPCALayer({ inFeatures: 3 });
    const input = tf.input({ shape: [4, 3] });
    const steps = tf.layers.timeDistributed({ layer: inner }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: inner.apply(steps) as tf.SymbolicTensor });
    expect(changeAllPcaLayerThresholds(0.7, model).names).toEqual(['Lin-0']);
    expect(inner.threshold).toBe(0.7);
    expect(changeAllPcaLayerThresholds(0.6, inner).fsDims).toEqual([3]);
  });

  it('prints what it changes, if it is to', () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
    const { model } = network();
    changeAllPcaLayerThresholds(0.5, model, { verbose: true });
    changeAllPcaLayerCentering(true, model, { verbose: true });
    log.mockRestore();
    expect(lines.slice(0, 2)).toEqual(['maps: changed to threshold 0.5', 'shared: changed to threshold 0.5']);
    expect(lines).toContain('shared: changed to centering true');
  });
});

describe('injecting random directions', () => {
  it('projects onto as many directions, others for every seed, until the threshold is set', () => {
    const { model } = network();
    const eigen = changeAllPcaLayerThresholds(0.8, model);
    const own = values(model);
    const inject = (seed?: number) =>
      changeAllPcaLayerThresholdsAndInjectRandomDirections(0.8, model, seed === undefined ? {} : { seed });
    const { sat, inDims, fsDims, names } = inject(1);
    expect({ sat, inDims, fsDims }).toEqual({ sat: eigen.sat, inDims: eigen.inDims, fsDims: eigen.fsDims });
    expect(names).toEqual(['Conv-0', 'Linear-0']);
    const first = values(model);
    expect(first).not.toEqual(own);
    inject(2);
    expect(values(model)).not.toEqual(first);
    changeAllPcaLayerThresholdsAndInjectRandomDirections(0.8, model, { seed: 1, device: 'cuda:0' });
    expect(values(model)).toEqual(first);
    inject();
    expect(values(model)).not.toEqual(first);
    changeAllPcaLayerThresholds(0.8, model);
    expect(values(model)).toEqual(own);
  });

  it('makes projections of that rank', () => {
    const layer = new LinearPCALayer({ threshold: 0.7, centering: false });
    const rows = random([50, 6], 3);
    layer.apply(rows, { training: true });
    layer.apply(rows);
    changeAllPcaLayerThresholdsAndInjectRandomDirections(0.7, layer, { seed: 5 });
    const projection = layer.apply(tf.eye(6)) as tf.Tensor2D;
    const squared = tf.matMul(projection, projection);
    expect(squared.sub(projection).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    expect(projection.sub(projection.transpose()).abs().max().dataSync()[0]).toBeLessThan(1e-6);
    const diagonal = Array.from({ length: 6 }, (_, i) => projection.arraySync()[i]![i]!).reduce(
      (a, b) => a + b,
    );
    expect(diagonal).toBeCloseTo(layer.inDim, 5);
  });

  it('loses far more of the variance than the eigenvectors do', () => {
    const { model } = network();
    const variance = () =>
      tf
        .moments(model.predict(x) as tf.Tensor, 0)
        .variance.sum()
        .dataSync()[0]!;
    changeAllPcaLayerThresholds(0.8, model);
    const eigen = variance();
    const random_ = [1, 2, 3, 4, 5].map((seed) => {
      changeAllPcaLayerThresholdsAndInjectRandomDirections(0.8, model, { seed });
      return variance();
    });
    expect(random_.reduce((a, b) => a + b) / 5).toBeLessThan(0.7 * eigen);
  });
});

it('changing the centering of all changes it, and what convolutional layers collect', () => {
  const { model, shared } = network();
  const before = values(model);
  const { names, fsDims, inDims, sat } = changeAllPcaLayerCentering(false, model, { downsampling: 2 });
  expect([names, fsDims, shared.centering]).toEqual([['Conv-0', 'Lin-0'], [6, 8], false]);
  expect([inDims.length, sat.length]).toEqual([2, 2]);
  expect(values(model)).not.toEqual(before);
  expect(Reflect.get(model.getLayer('maps'), 'downsampling')).toBe(2);
  changeAllPcaLayerCentering(false, model);
  expect(Reflect.get(model.getLayer('maps'), 'downsampling')).toBe(2);
});

describe('rvs', () => {
  it('is a rotation of three dimensions unless told otherwise, as its seed says', () => {
    expect(rvs()).toHaveLength(9);
    expect(rvs(5, 1)).toEqual(rvs(5, 1));
    expect(rvs(5, 1)).toEqual(rvs(5, seededRandom(1)));
    expect(rvs(5, 1)).not.toEqual(rvs(5, 2));
    expect(rvs(5)).not.toEqual(rvs(5));
    expect(() => rvs(0)).toThrow(RangeError);
  });

  it('is orthonormal, of determinant 1, and takes every direction to every other alike', () => {
    const count = 4000;
    const seeds = Array.from({ length: count }, (_, seed) => rvs(3, seed));
    for (const matrix of seeds) {
      const at = (i: number, j: number) => matrix[3 * i + j]!;
      const cross = (i: number) =>
        at(1, (i + 1) % 3) * at(2, (i + 2) % 3) - at(1, (i + 2) % 3) * at(2, (i + 1) % 3);
      expect([0, 1, 2].reduce((sum, i) => sum + at(0, i) * cross(i), 0)).toBeCloseTo(1, 12);
      for (const [a, b] of [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 1],
        [1, 2],
        [2, 2],
      ] as const) {
        expect([0, 1, 2].reduce((sum, i) => sum + at(a, i) * at(b, i), 0)).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
    // Each entry of a uniform rotation in space is uniform on [-1, 1] (Archimedes): Kolmogorov's distance, at 1 in 10,000.
    for (let entry = 0; entry < 9; entry++) {
      const sorted = seeds.map((matrix) => (matrix[entry]! + 1) / 2).sort((a, b) => a - b);
      const distance = Math.max(...sorted.map((value, i) => Math.abs(value - (i + 0.5) / count)));
      expect(distance * Math.sqrt(count)).toBeLessThan(2.23);
    }
  });
});

it('what is no network is refused, and so are random directions for a layer without an input', () => {
  const swapped = () => changeAllPcaLayerThresholds(tf.sequential() as never, 0.9 as never);
  expect(swapped).toThrow(/^network: this is no tf.LayersModel and no layer/);
  expect(() => changeAllPcaLayerCentering(true, undefined as never)).toThrow(UserError);
  for (const config of [{ name: 'open' }, { name: 'open', inFeatures: 4 }]) {
    const layer = new (pcaLayers(tf).LinearPCALayer)(config);
    expect(() => changeAllPcaLayerThresholdsAndInjectRandomDirections(0.9, layer)).toThrow(
      /^open: it has no input yet/,
    );
  }
});
