import { CONV_METHODS, type PointOptions, TIMESERIES_METHODS, toPoints } from '../../src/core/points.js';
import { outputOf, type RunningEngine, type Session, type Tap } from '../../src/engines/engine.js';
import type { Model } from '../../src/model/model.js';
import { allocate } from '../../src/numeric-data.js';
import { createGatheredPoints, type GatheredPoints } from '../../src/record/gathered-points.js';
import { viewOf, withSamplesFirst } from '../../src/record/layer-view.js';
import { createReducer, type Moments } from '../../src/reduce/reducer.js';
import { sizeOf, type Tensor } from '../../src/tensor.js';

/** Inputs for any network of these fixtures: noise, small whole numbers for whole numbers. */
export function inputsFor(model: Model, samples: number, seed = 1): Map<string, Tensor> {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return new Map(
    model.inputs.map(({ key, dtype, shape }): [string, Tensor] => {
      if (dtype === 'string') throw new Error(`${key} takes strings`);
      const sizes = (shape ?? [null]).map((dim, axis) => dim ?? (axis === 0 ? samples : 7));
      const data = allocate(dtype, sizeOf(sizes));
      for (let i = 0; i < data.length; i++) {
        if (data instanceof BigInt64Array || data instanceof BigUint64Array)
          data[i] = BigInt(Math.floor(next() * 5));
        else
          data[i] = dtype.startsWith('float')
            ? 2 * next() - 1
            : Math.floor(next() * (dtype === 'bool' ? 2 : 5));
      }
      return [key, { dtype, shape: sizes, data }];
    }),
  );
}

const PLAIN: PointOptions = { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' };

/** Every way to take points; of large maps not all of them in one. */
export function waysToTakePoints(path: string): PointOptions[] {
  return [
    ...CONV_METHODS.map((convMethod): PointOptions => ({ ...PLAIN, convMethod })),
    ...TIMESERIES_METHODS.slice(1).map((timeseriesMethod): PointOptions => ({ ...PLAIN, timeseriesMethod })),
  ].filter(({ convMethod }) => convMethod !== 'flatten' || !path.includes('cnn'));
}

/** What is tapped of every layer, with its points. */
export function tapsOf(model: Model, options: PointOptions): Tap[] {
  return model.layers.map((layer) => ({
    value: layer.preActivation,
    shape: layer.outputShape,
    points: { view: viewOf(layer), options },
  }));
}

/** Moments of every layer by our own reduction of the outputs that the engine hands out. */
export async function momentsOfOutputs(
  engine: RunningEngine,
  model: Model,
  batches: readonly Map<string, Tensor>[],
  options: PointOptions,
): Promise<Moments[]> {
  const taps = tapsOf(model, options).map(({ value, shape }) => ({ value, shape }));
  const session = await engine.load(model, taps, { optimize: true, padded: false });
  const reducer = await createReducer({ threads: 1 });
  try {
    for (const batch of batches) {
      const results = await session.run(batch);
      for (const [i, layer] of model.layers.entries()) {
        const tap = session.taps[i]!;
        const output = withSamplesFirst(outputOf(results[i]), layer, tap);
        const samples = layer.axes.features === 'onnx-recurrent' ? output.shape[2] : output.shape[0];
        await reducer.add(i, toPoints(output, viewOf(layer, tap), samples ?? 1, options));
      }
    }
    return await Promise.all(model.layers.map((_, i) => reducer.result(i)));
  } finally {
    await reducer.close();
    await session.close();
  }
}

/** Runs batches in a session, and gathers their points as a recording does. */
export async function gathered(
  session: Session,
  model: Model,
  batches: readonly Map<string, Tensor>[],
  points: PointOptions,
): Promise<GatheredPoints> {
  const found = await createGatheredPoints(session, model.layers, { points, threads: 1 });
  for (const batch of batches) {
    const size = [...batch.values()][0]!.shape[0]!;
    await found.add({ results: await session.run(batch), size, kept: size, start: 0 }, () => {});
  }
  return found;
}

/** The largest difference over the largest value. */
export function difference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let [apart, largest] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    apart = Math.max(apart, Math.abs(ours[i]! - theirs[i]!));
    largest = Math.max(largest, Math.abs(theirs[i]!));
  }
  return largest === 0 ? apart : apart / largest;
}
