import { describe, expect, it } from 'vitest';
import type { PointAxes } from '../../src/core/points-axes.js';
import { randomDirections } from '../../src/core/projection.js';
import { seededRandom } from '../../src/core/random.js';
import { outputOf, type RunningEngine, type TapOutput } from '../../src/engines/engine.js';
import { onnxEngine } from '../../src/engines/onnx/engine.js';
import { tensorflowEngine } from '../../src/engines/tensorflow/engine.js';
import type { Model } from '../../src/model/model.js';
import { openModel } from '../../src/model/open.js';
import type { Projection } from '../../src/model/projection.js';
import { sizeOf, type Tensor } from '../../src/tensor.js';
import { inputsFor } from '../engines/networks.js';
import { withTensorflow } from '../engines/with-tensorflow.js';

/** Outputs whose axes are in all orders that there are: channels first and last, merged axes, ONNX's recurrent Y, series, rows. */
const ONNX = [
  'onnx/convolutions.folded.onnx',
  'onnx/encoder.folded.onnx',
  'onnx/recurrent.folded.onnx',
  'onnx/shared.folded.onnx',
  'torch/cnn.onnx',
];
const SAVED = [
  'savedmodel/keras2',
  'savedmodel/keras3',
  'savedmodel/keras3-attention',
  'savedmodel/keras3-recurrent',
  'savedmodel/module',
  'savedmodel/tf1',
];

describe('a projection of a value', () => {
  it.each([...ONNX, ...SAVED])('is what it should be in %s', async (path) => {
    const engine = await onnxEngine.start({ threads: 1, device: 'cpu' });
    await checkLayers(engine, await openModel(`fixtures/${path}`));
  });

  withTensorflow('in TensorFlow', () => {
    it.each(SAVED)('is what it should be in %s', async (path) => {
      const engine = await tensorflowEngine.start({ threads: 1, device: 'cpu' });
      await checkLayers(engine, await openModel(`fixtures/${path}`));
      await engine.close();
    });
  });
});

/** Projects one layer at a time, and compares what its value is then with the same of what it was. */
async function checkLayers(engine: RunningEngine, model: Model): Promise<void> {
  const inputs = inputsFor(model, 3);
  const padded = false;
  const values = [...new Set(model.layers.map(({ preActivation }) => preActivation))];
  const plain = await engine.load(
    model,
    values.map((value) => ({ value })),
    { optimize: true, padded },
  );
  const before = (await plain.run(inputs)).map((result) => copy(outputOf(result)));
  await plain.close();
  let checked = 0;
  for (const [i, value] of values.entries()) {
    const layer = model.layers.find(({ preActivation }) => preActivation === value)!;
    const { shape } = before[i]!;
    const isFirst = plain.taps[i]!.channelsFirst;
    const d = featuresOf(shape, layer.axes, isFirst);
    const count = Math.max(1, Math.floor(d / 2));
    const basis = randomDirections(count, d, seededRandom(i));
    const mean = Float32Array.from({ length: d }, (_, j) => Math.sin(j));
    const projection: Projection = {
      value,
      rank: shape.length,
      axes: layer.axes,
      d,
      dtype: plain.taps[i]!.dtype,
      id: 'delve/projection',
      mean: 'delve/mean',
      basis: 'delve/basis',
    };
    const session = await engine.load(model, [{ value }], {
      optimize: true,
      padded,
      projections: [projection],
    });
    if (session.unprojected.size === 0) {
      const more: [string, Tensor][] = [
        ['delve/mean', { dtype: 'float32', shape: [d], data: mean }],
        ['delve/basis', { dtype: 'float32', shape: [count, d], data: Float32Array.from(basis) }],
      ];
      const [result] = await session.run(new Map([...inputs, ...more]));
      const found = outputOf(result);
      expect(found.shape).toEqual(shape);
      const expected = projected(before[i]!, layer.axes, isFirst, mean, basis);
      const largest = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      for (const [at, each] of expected.entries()) {
        expect(Math.abs(found.data[at]! - each), `${layer.name} ${at}`).toBeLessThan(2e-5 * largest);
      }
      checked++;
    }
    await session.close();
  }
  expect(checked).toBeGreaterThan(0);
}

function copy({ data, shape }: TapOutput): TapOutput {
  return { data: data.slice(), shape: [...shape] };
}

function featuresOf(shape: readonly number[], axes: PointAxes, isFirst: boolean): number {
  if (axes.features === 'onnx-recurrent') return shape[1]! * shape[3]!;
  if (axes.features === 'first' || isFirst) return shape[1]!;
  return sizeOf(shape.slice(shape.length - axes.mergedFeatureAxes));
}

/** The feature of an element, and the point that it is of. */
function placeOf(
  index: number,
  shape: readonly number[],
  axes: PointAxes,
  isFirst: boolean,
): { feature: number; point: string } {
  const place: number[] = [];
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  const merged = axes.features === 'last' ? axes.mergedFeatureAxes : 1;
  const own =
    axes.features === 'onnx-recurrent'
      ? [1, 3]
      : axes.features === 'first' || isFirst
        ? [1]
        : Array.from({ length: merged }, (_, i) => shape.length - merged + i);
  const feature = own.reduce((at, axis) => at * shape[axis]! + place[axis]!, 0);
  return { feature, point: place.filter((_, axis) => !own.includes(axis)).join() };
}

function projected(
  { data, shape }: TapOutput,
  axes: PointAxes,
  isFirst: boolean,
  mean: Float32Array,
  basis: Float64Array,
): Float64Array {
  const d = mean.length;
  const points = new Map<string, Float64Array>();
  const places = Array.from(data, (_, index) => placeOf(index, shape, axes, isFirst));
  for (const [index, { feature, point }] of places.entries()) {
    const own = points.get(point) ?? new Float64Array(d);
    own[feature] = data[index]! - mean[feature]!;
    points.set(point, own);
  }
  for (const point of points.values()) {
    const result = Float64Array.from(mean);
    for (let row = 0; row < basis.length / d; row++) {
      const direction = basis.subarray(row * d, (row + 1) * d);
      const dot = point.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      for (let i = 0; i < d; i++) result[i] = result[i]! + dot * direction[i]!;
    }
    point.set(result);
  }
  return Float64Array.from(places, ({ feature, point }) => points.get(point)![feature]!);
}
