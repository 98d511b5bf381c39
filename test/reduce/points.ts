import type { Moments, Points } from '../../src/reduce/reducer.js';

/** Evenly spread numbers that a seed determines: ((seed + i) * 2654435761 mod 2^32) >> 12, in [0, 2^20). */
export function spread(seed: number, i: number): number {
  return (Math.imul(seed + i, 2654435761) >>> 0) >>> 12;
}

/** A (batch * positions, features) matrix of float32 numbers about `offset`. */
export function randomRows(seed: number, count: number, features: number, offset = 0): Float32Array {
  // A product of two of them: not uniform, and features depend on each other.
  return Float32Array.from({ length: count * features }, (_, i) => {
    const shared = spread(seed + 7, Math.floor(i / features)) / 2 ** 20;
    return offset + (spread(seed, i) / 2 ** 20 - 0.3) * (0.5 + shared);
  });
}

export function rowsOf(data: Points['data'], features: number, count = data.length / features): Points {
  return { data, layout: 'rows', batch: count, features, positions: 1 };
}

/** The same points with the positions of a sample last. */
export function channelsFirst({ data, batch, features, positions }: Points): Points {
  const moved = data.slice();
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < positions; p++) {
      for (let f = 0; f < features; f++) {
        moved[(b * features + f) * positions + p] = data[(b * positions + p) * features + f]!;
      }
    }
  }
  return { data: moved, layout: 'channels-first', batch, features, positions };
}

/** Largest difference of two covariances, relative to the largest entry of the second; absolute below 1e-3. */
export function difference(a: Float64Array, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 1e-3;
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(b[i]!));
    const gap = Math.abs(a[i]! - b[i]!);
    // Not Math.max: NaN is a difference, too.
    if (!(gap <= difference)) difference = gap;
  }
  return difference / largest;
}

export function sameBits(a: Moments, b: Moments): boolean {
  const bytes = ({ mean, covariance }: Moments) =>
    Buffer.concat([mean, covariance].map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength)));
  return a.n === b.n && bytes(a).equals(bytes(b));
}

export function asymmetry({ covariance, mean }: Moments): number {
  const d = mean.length;
  return difference(
    covariance,
    Array.from(covariance, (_, k) => covariance[(k % d) * d + Math.floor(k / d)]!),
  );
}
