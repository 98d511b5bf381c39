import { describe, expect, it } from 'vitest';
import {
  eigenspaceDimension,
  leadingBasis,
  projectionOnto,
  randomRotation,
} from '../../src/core/projection.js';
import { seededRandom } from '../../src/core/random.js';
import { symmetricSpectrum } from '../../src/core/spectrum.js';

function determinantOf(matrix: Float64Array, d: number): number {
  const rows = Array.from({ length: d }, (_, i) => Array.from(matrix.subarray(i * d, (i + 1) * d)));
  let determinant = 1;
  for (let k = 0; k < d; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    if (pivot !== k) determinant = -determinant;
    determinant *= rows[k]![k]!;
    for (let i = k + 1; i < d; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j < d; j++) rows[i]![j] = rows[i]![j]! - factor * rows[k]![j]!;
    }
  }
  return determinant;
}

describe('a random rotation', () => {
  it.each([1, 2, 3, 7, 40])('of dimension %d is orthogonal, of determinant 1', (d) => {
    for (let seed = 0; seed < 20; seed++) {
      const rotation = randomRotation(d, seededRandom(seed));
      for (let i = 0; i < d; i++) {
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let k = 0; k < d; k++) dot += rotation[k * d + i]! * rotation[k * d + j]!;
          expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-13);
        }
      }
      expect(Math.abs(determinantOf(rotation, d) - 1)).toBeLessThan(1e-12);
    }
  });

  // Of SO(n), n > 2, uniform: entries have mean 0 and variance 1/n and are uncorrelated, each column is uniform on the sphere
  // (in three dimensions a coordinate is then uniform on [-1, 1]), and the trace has mean 0 and variance 1 (Diaconis & Shahshahani, 1994).
  it.each([3, 4, 5])('of dimension %d has the moments of the uniform distribution', (d) => {
    const count = 6000;
    const random = seededRandom(d);
    const samples = Array.from({ length: count }, () => randomRotation(d, random));
    const error = 4.5 / Math.sqrt(count);
    for (let a = 0; a < d * d; a++) {
      for (let b = 0; b <= a; b++) {
        const mean = samples.reduce((sum, r) => sum + r[a]! * r[b]!, 0) / count;
        expect(Math.abs(mean - (a === b ? 1 / d : 0))).toBeLessThan(
          error * (a === b ? 1 / Math.sqrt(d) : 1 / d) * 1.5,
        );
      }
      expect(Math.abs(samples.reduce((sum, r) => sum + r[a]!, 0) / count)).toBeLessThan(error / Math.sqrt(d));
    }
    const traces = samples.map((r) =>
      Array.from({ length: d }, (_, i) => r[i * d + i]!).reduce((x, y) => x + y),
    );
    const mean = traces.reduce((sum, x) => sum + x, 0) / count;
    const variance = traces.reduce((sum, x) => sum + x * x, 0) / count;
    expect(Math.abs(mean)).toBeLessThan(error);
    expect(Math.abs(variance - 1)).toBeLessThan(error * 2);
  });

  it('of dimension 3 has coordinates that are uniform on [-1, 1], by Kolmogorov and Smirnov', () => {
    const count = 4000;
    const random = seededRandom(8);
    const samples = Array.from({ length: count }, () => randomRotation(3, random));
    for (let entry = 0; entry < 9; entry++) {
      const sorted = samples.map((r) => r[entry]!).sort((a, b) => a - b);
      const distance = Math.max(...sorted.map((x, i) => Math.abs((x + 1) / 2 - (i + 0.5) / count)));
      // At 2.0 / sqrt(n) one in 1500 samples of a uniform distribution is refused.
      expect(distance).toBeLessThan(2.0 / Math.sqrt(count));
    }
  });

  it('of dimension 2 turns by an angle that is uniform', () => {
    const count = 4000;
    const random = seededRandom(9);
    const angles = Array.from({ length: count }, () => {
      const r = randomRotation(2, random);
      return Math.atan2(r[2]!, r[0]!);
    });
    const sorted = angles.sort((a, b) => a - b);
    const distance = Math.max(...sorted.map((x, i) => Math.abs(x / Math.PI / 2 + 0.5 - (i + 0.5) / count)));
    expect(distance).toBeLessThan(2.0 / Math.sqrt(count));
  });

  it('is what the seed says, and another one for another seed', () => {
    expect(randomRotation(5, seededRandom(1))).toEqual(randomRotation(5, seededRandom(1)));
    expect(randomRotation(5, seededRandom(1))).not.toEqual(randomRotation(5, seededRandom(2)));
  });

  it.each([0, -1, 2.5, Number.NaN])('of dimension %d does not exist', (d) => {
    expect(() => randomRotation(d, seededRandom(0))).toThrow(RangeError);
  });
});

describe('the dimension of an eigenspace', () => {
  const dimension = (values: number[], threshold: number) =>
    eigenspaceDimension(Float64Array.from(values), threshold);

  it('counts the shares below the threshold, and one more where these end over 0.02 below it', () => {
    // Shares 0.5, 0.75, 0.9, 0.98, 1.
    const values = [50, 25, 15, 8, 2];
    expect(
      [0.4, 0.51, 0.75, 0.76, 0.9, 0.93, 0.99, 0.995].map((threshold) => dimension(values, threshold)),
    ).toEqual([1, 1, 2, 2, 3, 4, 4, 4]);
  });

  it('is never more than there are, nor less than one', () => {
    expect(dimension([1, 0, 0], 0.5)).toBe(1);
    expect(dimension([1, 1], 1.5)).toBe(2);
    expect(dimension([0, 0, 0], 0.99)).toBe(1);
    expect(dimension([3, -1e-9], 0.99)).toBe(1);
  });
});

it('projects onto leading eigenvectors', () => {
  const covariance = Float64Array.of(4, 1, 0, 1, 3, 1, 0, 1, 2);
  const system = symmetricSpectrum(covariance, 3, { vectors: true });
  for (const count of [1, 2, 3]) {
    const basis = leadingBasis(system, count);
    const projection = projectionOnto(basis, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let squared = 0;
        for (let k = 0; k < 3; k++) squared += projection[i * 3 + k]! * projection[k * 3 + j]!;
        expect(squared).toBeCloseTo(projection[i * 3 + j]!, 12);
        expect(projection[i * 3 + j]).toBe(projection[j * 3 + i]);
      }
    }
    expect(projection[0]! + projection[4]! + projection[8]!).toBeCloseTo(count, 12);
  }
});
