import type { PointOptions } from '../core/points.js';
import { outputOf, type RunningEngine, type Tap } from '../engines/engine.js';
import type { Layer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import { openModel } from '../model/open.js';
import { createGatheredPoints, type LayerMoments } from '../record/gathered-points.js';
import { viewOf } from '../record/layer-view.js';
import type { Tensor } from '../tensor.js';
import { sampleImages, withSampleModel } from './sample-model.js';

/** How far two engines are apart on a small network: relative to the largest value, of the layer where that is most. */
export interface EngineDifference {
  layers: number;
  activations: number;
  covariances: number;
  /** Of the engine that was checked, with its covariances. */
  samplesPerSecond: number;
  /** What the engine told: operations that fell back to the CPU. */
  notes: string[];
}

/** As far apart as engines may be. */
export const TOLERANCE = { activations: 1e-4, covariances: 1e-3 } as const;

export function isWithin({ activations, covariances }: EngineDifference): boolean {
  return activations <= TOLERANCE.activations && covariances <= TOLERANCE.covariances;
}

const SAMPLES = 64;
const TIMED_RUNS = 5;
const POINTS: PointOptions = { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' };

/** Runs a sample network on both engines, its outputs and its reduction to covariances. */
export async function compareEngines(
  checked: RunningEngine,
  reference: RunningEngine,
): Promise<EngineDifference> {
  return withSampleModel(async (folder) => {
    const model = await openModel(folder);
    const data = new Map([['x', sampleImages(SAMPLES)]]);
    const [ours, theirs] = [await ran(checked, model, data), await ran(reference, model, data)];
    return {
      layers: model.layers.length,
      activations: worst(ours.outputs, theirs.outputs),
      covariances: worst(
        ours.moments.map(({ covariance }) => covariance),
        theirs.moments.map(({ covariance }) => covariance),
      ),
      samplesPerSecond: ours.samplesPerSecond,
      notes: ours.notes,
    };
  });
}

async function ran(engine: RunningEngine, model: Model, data: Map<string, Tensor>) {
  const { outputs, notes } = await outputsOf(engine, model, data);
  const { moments, samplesPerSecond } = await momentsOf(engine, model, data);
  return { outputs, notes, moments, samplesPerSecond };
}

async function outputsOf(engine: RunningEngine, model: Model, data: Map<string, Tensor>) {
  const session = await engine.load(model, model.layers.map(bare), { optimize: true, padded: false });
  try {
    const results = await session.run(data);
    const outputs = results.map((result, i) => {
      const { data: values, shape } = outputOf(result);
      return session.taps[i]!.channelsFirst ? channelsLast(values, shape) : values.slice();
    });
    return { outputs, notes: [...session.notes] };
  } finally {
    await session.close();
  }
}

async function momentsOf(engine: RunningEngine, model: Model, data: Map<string, Tensor>) {
  const taps = model.layers.map(
    (layer): Tap => ({ ...bare(layer), points: { view: viewOf(layer), options: POINTS } }),
  );
  const session = await engine.load(model, taps, { optimize: true, padded: false });
  const gathered = await createGatheredPoints(session, model.layers, { points: POINTS, threads: 1 });
  try {
    const add = async () => {
      const results = await session.run(data);
      await gathered.add({ results, size: SAMPLES, kept: SAMPLES, start: 0 }, () => {});
    };
    await add();
    const moments: LayerMoments[] = await gathered.moments();
    const start = performance.now();
    for (let i = 0; i < TIMED_RUNS; i++) await add();
    await gathered.moments();
    const seconds = (performance.now() - start) / 1000;
    return { moments, samplesPerSecond: (TIMED_RUNS * SAMPLES) / seconds };
  } finally {
    await gathered.close();
    await session.close();
  }
}

function bare(layer: Layer): Tap {
  return { value: layer.preActivation, shape: layer.outputShape };
}

function channelsLast(values: Float32Array | Float64Array, shape: readonly number[]): Float64Array {
  const [batch = 1, channels = 1] = shape;
  const positions = values.length / (batch * channels);
  const moved = new Float64Array(values.length);
  for (let b = 0, from = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < positions; p++) moved[(b * positions + p) * channels + c] = values[from++]!;
    }
  }
  return moved;
}

type Values = Float32Array | Float64Array;

function worst(ours: readonly Values[], theirs: readonly Values[]): number {
  return Math.max(...ours.map((values, i) => difference(values, theirs[i]!)));
}

/** The largest difference over the largest value; infinite where a value is none. */
function difference(ours: Values, theirs: Values): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let [apart, largest] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    const distance = Math.abs(ours[i]! - theirs[i]!);
    if (Number.isNaN(distance)) return Number.POSITIVE_INFINITY;
    apart = Math.max(apart, distance);
    largest = Math.max(largest, Math.abs(theirs[i]!));
  }
  return largest === 0 ? apart : apart / largest;
}
