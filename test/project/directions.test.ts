import { describe, expect, it } from 'vitest';
import { randomDirections } from '../../src/core/projection.js';
import { seededRandom } from '../../src/core/random.js';
import { symmetricSpectrum } from '../../src/core/spectrum.js';
import type { Layer } from '../../src/model/layer.js';
import { openModel } from '../../src/model/open.js';
import { drawnDirections, keptDirections, leadingDirections } from '../../src/project/directions.js';
import type { Eigenspace } from '../../src/project/eigenspaces.js';

const { layers } = await openModel('fixtures/mnist/mlp');

/** A layer whose covariance has these eigenvalues, along directions that a rotation gives. */
function spaceOf(values: number[], layer: Layer = layers[0]!): Eigenspace {
  const d = values.length;
  const axes = randomDirections(d, d, seededRandom(11));
  const covariance = new Float64Array(d * d);
  for (let k = 0; k < d; k++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++)
        covariance[i * d + j] = covariance[i * d + j]! + values[k]! * axes[k * d + i]! * axes[k * d + j]!;
    }
  }
  return { layer, mean: new Float64Array(d), ...symmetricSpectrum(covariance, d, { vectors: true }) };
}

function dots(rows: ArrayLike<number>, count: number, d: number): number[][] {
  return Array.from({ length: count }, (_, a) =>
    Array.from({ length: count }, (_, b) => {
      let dot = 0;
      for (let i = 0; i < d; i++) dot += rows[a * d + i]! * rows[b * d + i]!;
      return dot;
    }),
  );
}

describe('random directions', () => {
  it.each([
    [1, 1],
    [1, 9],
    [9, 9],
    [40, 64],
    [100, 100],
  ])('%i of %i numbers are orthonormal', (count, d) => {
    for (let seed = 0; seed < 5; seed++) {
      const found = dots(randomDirections(count, d, seededRandom(seed)), count, d);
      for (const [a, row] of found.entries())
        for (const [b, dot] of row.entries()) expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(1e-13);
    }
  });

  // On the Stiefel manifold, uniform: every row is uniform on the sphere, in three dimensions a coordinate is then uniform on [-1, 1] (Archimedes).
  it('of three numbers have coordinates that are uniform on [-1, 1], by Kolmogorov and Smirnov', () => {
    const count = 4000;
    const random = seededRandom(8);
    const samples = Array.from({ length: count }, () => randomDirections(2, 3, random));
    for (let entry = 0; entry < 6; entry++) {
      const sorted = samples.map((rows) => rows[entry]!).sort((a, b) => a - b);
      const distance = Math.max(...sorted.map((x, i) => Math.abs((x + 1) / 2 - (i + 0.5) / count)));
      // At 2.0 / sqrt(n) one in 1500 samples of a uniform distribution is refused.
      expect(distance).toBeLessThan(2 / Math.sqrt(count));
    }
  });

  // Entries of a random projection E^T E of rank k in R^d: mean k/d on the diagonal and 0 beside it.
  it('span subspaces that favour no axis', () => {
    const [times, k, d] = [5000, 2, 5];
    const random = seededRandom(4);
    const mean = new Float64Array(d * d);
    for (let t = 0; t < times; t++) {
      const rows = randomDirections(k, d, random);
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++)
          for (let r = 0; r < k; r++)
            mean[i * d + j] = mean[i * d + j]! + (rows[r * d + i]! * rows[r * d + j]!) / times;
      }
    }
    // An entry's standard deviation is below 0.27 on the diagonal, 0.2 beside it.
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++)
        expect(Math.abs(mean[i * d + j]! - (i === j ? k / d : 0))).toBeLessThan(
          (4.5 * 0.27) / Math.sqrt(times),
        );
  });

  it.each([
    [0, 3],
    [4, 3],
    [Number.NaN, 3],
  ])('%d of %d numbers do not exist', (count, d) => {
    expect(() => randomDirections(count, d, seededRandom(0))).toThrow(RangeError);
  });

  it('are what seed, draw and layer say, whatever the others are', () => {
    const space = spaceOf([4, 3, 2, 1]);
    const other = spaceOf([4, 3, 2, 1], layers[1]!);
    const found = drawnDirections(space, 2, 7, 0);
    expect(drawnDirections(space, 2, 7, 0)).toEqual(found);
    const others = [
      drawnDirections(space, 2, 8, 0),
      drawnDirections(space, 2, 7, 1),
      drawnDirections(other, 2, 7, 0),
    ];
    for (const each of others) expect(each).not.toEqual(found);
    // A higher threshold adds to what a lower one keeps.
    expect(drawnDirections(space, 3, 7, 0).subarray(0, 8)).toEqual(found);
  });
});

it('leading directions are eigenvectors, in the order of their eigenvalues', () => {
  const values = [9, 5, 2, 1, 0.5];
  const { d, ...space } = spaceOf(values);
  const rows = leadingDirections({ d, ...space }, 3);
  expect(rows).toHaveLength(3 * d);
  const axes = randomDirections(d, d, seededRandom(11));
  for (let k = 0; k < 3; k++) {
    let dot = 0;
    for (let i = 0; i < d; i++) dot += rows[k * d + i]! * axes[k * d + i]!;
    expect(Math.abs(dot)).toBeCloseTo(1, 6);
  }
});

it('as many are kept as the rule says', () => {
  // Shares 0.5, 0.75, 0.9, 0.98, 1.
  const space = { ...spaceOf([5, 4, 3, 2, 1]), values: Float64Array.of(50, 25, 15, 8, 2) };
  const kept = (rule: 'pca' | 'delve' | 'textbook') =>
    [0.4, 0.8, 0.93, 0.99].map((threshold) => keptDirections(space, threshold, rule));
  expect(kept('pca')).toEqual([1, 3, 4, 4]);
  expect(kept('delve')).toEqual([1, 2, 3, 4]);
  expect(kept('textbook')).toEqual([1, 3, 4, 5]);
});
