import { describe, expect, it } from 'vitest';
import {
  computeCovDeterminant,
  computeCovTrace,
  computeDiagTrace,
  computeIntrinsicDimensionality,
  computeSaturation,
} from '../../src/index.js';
import { measures, readSquare } from '../core/fixtures.js';

/** Determinants of the others hang on the rounding of eigenvalues that are 0 in truth. */
const WELL_CONDITIONED = ['random', 'relu', 'repeated', 'identity', 'one', 'tiny', 'huge'];

describe.each(Object.entries(measures()))(
  'the functions of delve.metrics, of the matrix %s',
  (name, golden) => {
    const { d, matrix } = readSquare(name);

    it('give what the package gives', () => {
      for (const [threshold, idim] of Object.entries(golden.idim)) {
        // The package's reference promises a number greater than 0; where the leading eigenvalue reaches the threshold, it gives 0.
        const expected = Math.max(idim, 1);
        expect(computeIntrinsicDimensionality(matrix, Number(threshold))).toBe(expected);
        expect(computeSaturation(matrix, Number(threshold))).toBe(expected / d);
      }
      const tolerance = 1e-13 * golden.trc + d * Number.MIN_VALUE;
      expect(Math.abs(computeCovTrace(matrix) - golden.trc)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(computeDiagTrace(matrix) - golden.dtrc)).toBeLessThanOrEqual(tolerance);
      if (WELL_CONDITIONED.includes(name)) {
        const det = computeCovDeterminant(matrix);
        expect(det === golden.det || Math.abs(det / golden.det - 1) < 1e-10).toBe(true);
      }
    });

    it('take 0.99 for the threshold unless told otherwise', () => {
      expect(computeIntrinsicDimensionality(matrix)).toBe(computeIntrinsicDimensionality(matrix, 0.99));
      expect(computeSaturation(matrix)).toBe(computeSaturation(matrix, 0.99));
    });
  },
);

it('refuse what is no square', () => {
  for (const numbers of [0, 2, 3, 8]) {
    expect(() => computeSaturation(new Float64Array(numbers))).toThrow(RangeError);
    expect(() => computeCovTrace(new Float64Array(numbers))).toThrow(/no square/);
  }
});

it('are NaN for a matrix with NaN', () => {
  const matrix = Float64Array.of(1, Number.NaN, Number.NaN, 1);
  expect([computeIntrinsicDimensionality(matrix), computeDiagTrace(matrix)]).toEqual([
    Number.NaN,
    Number.NaN,
  ]);
});
