import type { Moments, Points } from './points.js';

export type { Moments, Points } from './points.js';

/** Reduces the outputs of many layers, each known by an integer, to mean and covariance in float64. */
export interface Reducer {
  /** Takes a block of points; `points.data` may be reused or freed once the promise has resolved. */
  add(layer: number, points: Points): Promise<void>;
  /** Resolves when all points given so far are in the moments. */
  flush(): Promise<void>;
  /** Moments of all points of a layer; throws for a layer that no points were added to. */
  result(layer: number): Promise<Moments>;
  /** Ends the worker threads; the reducer is of no use afterwards. */
  close(): Promise<void>;
}

interface Accumulator {
  n: number;
  mean: Float64Array;
  scatter: Float64Array;
}

/** Makes a reducer that works on `threads` threads. */
export async function createReducer(_options: { threads: number }): Promise<Reducer> {
  const layers = new Map<number, Accumulator>();
  return {
    async add(layer, points) {
      let accumulator = layers.get(layer);
      if (!accumulator) {
        const d = points.features;
        accumulator = { n: 0, mean: new Float64Array(d), scatter: new Float64Array(d * d) };
        layers.set(layer, accumulator);
      }
      update(accumulator, points);
    },
    async flush() {},
    async result(layer) {
      const accumulator = layers.get(layer);
      if (!accumulator) throw new RangeError(`no points were added to layer ${layer}`);
      const { n, mean, scatter } = accumulator;
      const d = mean.length;
      const covariance = new Float64Array(d * d);
      for (let i = 0; i < d; i++) {
        for (let j = i; j < d; j++) {
          covariance[i * d + j] = covariance[j * d + i] = scatter[i * d + j]! / n;
        }
      }
      return { n, mean: mean.slice(), covariance };
    },
    async close() {},
  };
}

/** Chan, Golub and LeVeque (1983): merges the scatter of a block about its own mean. */
function update(into: Accumulator, points: Points): void {
  const { data, batch, features: d, positions } = points;
  const count = batch * positions;
  if (count === 0) return;
  const [sampleStride, featureStride, positionStride] =
    points.layout === 'rows' ? [positions * d, 1, d] : [d * positions, positions, 1];
  const rows = new Float64Array(count * d);
  const mean = new Float64Array(d);
  for (let b = 0, row = 0; b < batch; b++) {
    for (let p = 0; p < positions; p++, row++) {
      for (let f = 0; f < d; f++) {
        const x = data[b * sampleStride + p * positionStride + f * featureStride]!;
        rows[row * d + f] = x;
        mean[f]! += x / count;
      }
    }
  }
  for (let row = 0; row < count; row++) {
    for (let f = 0; f < d; f++) rows[row * d + f]! -= mean[f]!;
    for (let i = 0; i < d; i++) {
      const x = rows[row * d + i]!;
      for (let j = i; j < d; j++) into.scatter[i * d + j]! += x * rows[row * d + j]!;
    }
  }
  const total = into.n + count;
  const delta = mean.map((value, f) => value - into.mean[f]!);
  for (let i = 0; i < d; i++) {
    const weighted = (delta[i]! * into.n * count) / total;
    for (let j = i; j < d; j++) into.scatter[i * d + j]! += weighted * delta[j]!;
  }
  for (let f = 0; f < d; f++) into.mean[f]! += (delta[f]! * count) / total;
  into.n = total;
}
