import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricSpectrum } from '../../src/core/spectrum.js';
import { largest, largestDifference, normals, orthogonal, rowsOf, timesTransposed } from './arbitraries.js';
import { measures, readSquare } from './fixtures.js';

/** Checks A V = V D and V^T V = I, returns the eigenvalues. */
function checkedValues(matrix: Float64Array, d: number): Float64Array {
  const { values, vectors: v } = symmetricSpectrum(matrix, d, { vectors: true });
  const norm = largest(values) || 1;
  let residual = 0;
  let departure = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let image = 0;
      let product = 0;
      for (let k = 0; k < d; k++) {
        image += (matrix[i * d + k]! / norm) * v[k * d + j]!;
        product += v[k * d + i]! * v[k * d + j]!;
      }
      residual = Math.max(residual, Math.abs(image - (v[i * d + j]! * values[j]!) / norm));
      departure = Math.max(departure, Math.abs(product - (i === j ? 1 : 0)));
    }
  }
  expect(residual).toBeLessThan(1e-14);
  expect(departure).toBeLessThan(2e-14);
  return values;
}

describe('symmetricSpectrum', () => {
  it.each(Object.entries(measures()))('%s: eigenvalues are those of NumPy', (name, golden) => {
    const { d, matrix } = readSquare(name);
    const { values } = symmetricSpectrum(matrix, d);
    expect(largestDifference(values, golden.eigenvalues)).toBeLessThanOrEqual(
      1e-14 * largest(golden.eigenvalues),
    );
    expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => b - a));
  });

  it.each(Object.keys(measures()).filter((name) => name !== 'denormal'))(
    '%s: A V = V D, V^T V = I',
    (name) => {
      const { d, matrix } = readSquare(name);
      // Without vectors the same numbers come out.
      expect(symmetricSpectrum(matrix, d).values).toEqual(checkedValues(matrix, d));
    },
  );

  it('diagonalises covariances of any rows', () => {
    fc.assert(
      fc.property(rowsOf(12), ({ d, count, rows }) => {
        const matrix = new Float64Array(d * d);
        for (let k = 0; k < count; k++) {
          for (let i = 0; i < d; i++)
            for (let j = 0; j < d; j++) matrix[i * d + j]! += rows[k * d + i]! * rows[k * d + j]!;
        }
        const values = checkedValues(matrix, d);
        const trace = values.reduce((sum, value) => sum + value, 0);
        let diagonal = 0;
        for (let i = 0; i < d; i++) diagonal += matrix[i * d + i]!;
        expect(Math.abs(trace - diagonal)).toBeLessThanOrEqual(1e-14 * d * diagonal);
      }),
    );
  });

  it.each([33, 64, 257])('finds the eigenvalues that a matrix of dimension %i was made of', (d) => {
    const made = Float64Array.from({ length: d }, (_, i) =>
      i < d / 3 ? 2 : i < d / 2 ? -1 / (i + 1) : 10 ** (-12 * (i / d)),
    );
    const q = orthogonal(d, d);
    const scaled = q.map((x, k) => x * made[k % d]!);
    const matrix = timesTransposed(scaled, q, d);
    for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) matrix[j * d + i] = matrix[i * d + j]!;
    const values = checkedValues(matrix, d);
    expect(largestDifference(values, made.sort().reverse())).toBeLessThan(d * 1e-15);
  });

  it('handles matrices that are tridiagonal, hollow or of constant entries', () => {
    const d = 40;
    const toeplitz = new Float64Array(d * d);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) toeplitz[i * d + j] = Math.abs(i - j) === 1 ? 1 : 0;
    const exact = Float64Array.from({ length: d }, (_, k) => 2 * Math.cos((Math.PI * (k + 1)) / (d + 1)));
    expect(largestDifference(checkedValues(toeplitz, d), exact)).toBeLessThan(2e-14);
    const ones = checkedValues(new Float64Array(d * d).fill(1), d);
    expect(ones[0]).toBeCloseTo(d, 12);
    expect(largest(ones.subarray(1))).toBeLessThan(1e-13);
  });

  it('turns every vector so that its largest component is positive, whatever the order of computation', () => {
    const d = 12;
    const random = normals(7);
    const matrix = new Float64Array(d * d);
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) matrix[i * d + j] = matrix[j * d + i] = random();
    // The same matrix with its features in reverse order: the same vectors, in reverse order.
    const reversed = matrix.slice().reverse();
    const a = symmetricSpectrum(matrix, d, { vectors: true }).vectors;
    const b = symmetricSpectrum(reversed, d, { vectors: true }).vectors;
    for (let j = 0; j < d; j++) {
      const column = Array.from({ length: d }, (_, i) => a[i * d + j]!);
      expect(Math.max(...column)).toBe(largest(column));
      const other = Array.from({ length: d }, (_, i) => b[(d - 1 - i) * d + j]!);
      expect(largestDifference(column, other)).toBeLessThan(1e-12);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('gives NaN for a matrix that holds %d', (bad) => {
    const matrix = Float64Array.of(1, bad, bad, 1);
    const { values, vectors } = symmetricSpectrum(matrix, 2, { vectors: true });
    expect(Array.from(values)).toEqual([Number.NaN, Number.NaN]);
    expect(Array.from(vectors)).toEqual(new Array(4).fill(Number.NaN));
  });

  it('leaves its argument alone and reads only the lower triangle', () => {
    const matrix = Float64Array.of(2, 99, 1, 2);
    expect(Array.from(symmetricSpectrum(matrix, 2).values, (x) => Math.round(x * 1e12) / 1e12)).toEqual([
      3, 1,
    ]);
    expect(Array.from(matrix)).toEqual([2, 99, 1, 2]);
  });

  it('refuses a matrix that is not d x d', () => {
    expect(() => symmetricSpectrum(new Float64Array(5), 2)).toThrow(RangeError);
    expect(() => symmetricSpectrum(new Float64Array(0), 0)).toThrow(RangeError);
  });
});
