import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CovarianceAccumulator } from '../../src/core/covariance.js';
import {
  clampedTrace,
  determinant,
  effectiveRank,
  explainedAt,
  intrinsicDimensionality,
  logDeterminant,
  participationRatio,
  saturation,
  trace,
} from '../../src/core/metrics.js';
import { type Spectrum, symmetricSpectrum } from '../../src/core/spectrum.js';
import { isStatisticName, STATISTICS, statisticNames } from '../../src/core/statistics.js';
import { orthogonal, rowsOf, timesTransposed } from './arbitraries.js';
import { measures, readSquare } from './fixtures.js';

const spectrumOf = (name: string): Spectrum => {
  const { d, matrix } = readSquare(name);
  return symmetricSpectrum(matrix, d);
};
const of = (...values: number[]): Spectrum => ({ d: values.length, values: Float64Array.from(values) });
/** Determinants of the others hang on the rounding of eigenvalues that are 0 in truth. */
const WELL_CONDITIONED = ['random', 'relu', 'repeated', 'identity', 'one', 'tiny', 'huge'];

describe.each(Object.entries(measures()))('%s', (name, golden) => {
  const spectrum = spectrumOf(name);

  it('has the intrinsic dimensionality and saturation of Python delve', () => {
    for (const [threshold, idim] of Object.entries(golden.idim)) {
      // The package says 0 where the first eigenvalue alone reaches the threshold (it slices one column out of none);
      // its reference promises a number greater than 0, and so it is here.
      const expected = Math.max(idim, 1);
      expect(intrinsicDimensionality(spectrum, Number(threshold))).toBe(expected);
      expect(saturation(spectrum, Number(threshold))).toBe(expected / spectrum.d);
      if (idim > 0) expect(saturation(spectrum, Number(threshold))).toBe(golden.lsat[threshold]);
    }
  });

  it('has the traces of Python delve', () => {
    const tolerance = 1e-13 * golden.trc + spectrum.d * Number.MIN_VALUE;
    expect(Math.abs(trace(spectrum) - golden.trc)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(clampedTrace(spectrum) - golden.dtrc)).toBeLessThanOrEqual(tolerance);
  });

  it('has the effective rank and participation ratio of NumPy', () => {
    if (golden.erank === null || golden.pr === null) {
      expect([effectiveRank(spectrum), participationRatio(spectrum)]).toEqual([0, 0]);
    } else {
      expect(Math.abs(effectiveRank(spectrum) / golden.erank - 1)).toBeLessThan(1e-12);
      expect(Math.abs(participationRatio(spectrum) / golden.pr - 1)).toBeLessThan(1e-12);
    }
  });

  it.runIf(WELL_CONDITIONED.includes(name))(
    'has the determinant of Python delve and the logarithm of NumPy',
    () => {
      const det = determinant(spectrum);
      if (golden.det === 0 || golden.det === Number.POSITIVE_INFINITY) expect(det).toBe(golden.det);
      else expect(Math.abs(det / golden.det - 1)).toBeLessThan(1e-12);
      expect(Math.abs(logDeterminant(spectrum) - golden.logdet!)).toBeLessThan(
        1e-11 * Math.abs(golden.logdet!) + 1e-14,
      );
    },
  );
});

describe('intrinsicDimensionality', () => {
  it('counts the shares below the threshold, or the directions that reach it', () => {
    const spectrum = of(4, 3, 2, 1); // shares 0.4, 0.7, 0.9, 1
    expect(intrinsicDimensionality(spectrum, 0.8, 'delve')).toBe(2);
    expect(intrinsicDimensionality(spectrum, 0.8, 'textbook')).toBe(3);
    expect(intrinsicDimensionality(spectrum, 0.3, 'delve')).toBe(1);
    expect(intrinsicDimensionality(spectrum, 0.3, 'textbook')).toBe(1);
    expect(intrinsicDimensionality(spectrum, 1, 'delve')).toBe(3);
    expect(intrinsicDimensionality(spectrum, 1, 'textbook')).toBe(4);
    // A threshold that is met exactly needs no further direction.
    expect(intrinsicDimensionality(of(1, 1, 1, 1), 0.5, 'delve')).toBe(1);
    expect(intrinsicDimensionality(of(1, 1, 1, 1), 0.5, 'textbook')).toBe(2);
  });

  it('clamps negative eigenvalues and is 1 for a zero matrix', () => {
    expect(intrinsicDimensionality(of(9, 1, -5), 0.95)).toBe(1);
    expect(intrinsicDimensionality(of(0, 0, -1e-20), 0.99)).toBe(1);
    expect(intrinsicDimensionality(of(0, 0), 0.99, 'textbook')).toBe(1);
  });

  it('lies between 1 and d, and grows with the threshold', () => {
    const thresholds = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        rowsOf(),
        thresholds,
        fc.constantFrom('delve' as const, 'textbook' as const),
        (data, at, rule) => {
          const accumulator = new CovarianceAccumulator(data.d);
          accumulator.update(data.rows, data.count);
          const spectrum = symmetricSpectrum(accumulator.covariance(), data.d);
          let previous = 1;
          for (const { threshold, idim, saturation: share } of explainedAt(
            spectrum,
            at.sort((a, b) => a - b),
            rule,
          )) {
            expect(idim).toBe(intrinsicDimensionality(spectrum, threshold, rule));
            expect(idim).toBeGreaterThanOrEqual(previous);
            expect(idim).toBeLessThanOrEqual(data.d);
            expect(share).toBe(idim / data.d);
            previous = idim;
          }
          for (const measure of [effectiveRank(spectrum), participationRatio(spectrum)]) {
            expect(measure === 0 || measure >= 1 - 1e-12).toBe(true);
            expect(measure).toBeLessThanOrEqual(data.d * (1 + 1e-12));
          }
        },
      ),
    );
  });

  it('is unchanged by rotation and scale, as are the other dimensionless measures', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: -300, max: 300 }),
        (eigenvalues, seed, exponent) => {
          const d = eigenvalues.length;
          const sorted = of(...eigenvalues.sort((a, b) => b - a));
          const q = orthogonal(d, seed);
          const stretched = q.map((x, k) => x * eigenvalues[k % d]! * 10 ** exponent);
          const rotated = symmetricSpectrum(timesTransposed(stretched, q, d), d);
          // Half-way between two shares: a threshold that stands on one is decided by rounding.
          const total = clampedTrace(sorted);
          let sum = 0;
          for (const value of sorted.values) {
            const threshold = (sum + value / 2) / total;
            expect(intrinsicDimensionality(rotated, threshold)).toBe(
              intrinsicDimensionality(sorted, threshold),
            );
            sum += value;
          }
          expect(effectiveRank(rotated)).toBeCloseTo(effectiveRank(sorted), 10);
          expect(participationRatio(rotated)).toBeCloseTo(participationRatio(sorted), 10);
        },
      ),
    );
  });
});

describe('determinant', () => {
  it('does not overflow on the way to a number that float64 holds', () => {
    const spectrum = of(1e200, 1e200, 1e-200, 1e-200);
    expect(determinant(spectrum)).toBeCloseTo(1, 12);
    expect(logDeterminant(spectrum)).toBeCloseTo(0, 10);
    expect(determinant(of(2 ** -1000, 2 ** -74))).toBe(2 ** -1074);
    expect(determinant(of(2, 1, -3))).toBe(-6);
  });

  it('leaves the range of wide layers, where its logarithm does not', () => {
    const wide = of(...new Array<number>(4096).fill(0.001));
    expect(determinant(wide)).toBe(0);
    expect(logDeterminant(wide)).toBeCloseTo(4096 * Math.log(0.001), 6);
    expect(determinant(of(...new Array<number>(2000).fill(100)))).toBe(Number.POSITIVE_INFINITY);
    expect(logDeterminant(of(1, 0))).toBe(Number.NEGATIVE_INFINITY);
    expect(determinant(of(1, 0))).toBe(0);
  });
});

describe('STATISTICS', () => {
  it('gives NaN for a matrix that holds NaN, and numbers for a zero one', () => {
    const broken = symmetricSpectrum(new Float64Array(9).fill(Number.NaN), 3);
    const zero = symmetricSpectrum(new Float64Array(9), 3);
    const ofZero: Record<string, number> = {};
    for (const name of statisticNames()) {
      const { compute } = STATISTICS[name];
      if (!compute) continue;
      expect(compute(broken, 0.99, 'delve')).toBe(Number.NaN);
      ofZero[name] = compute(zero, 0.99, 'delve');
    }
    expect(ofZero).toEqual({
      idim: 1,
      lsat: 1 / 3,
      det: 0,
      logdet: Number.NEGATIVE_INFINITY,
      trc: 0,
      dtrc: 0,
      erank: 0,
      pr: 0,
    });
  });

  it('knows the names that users type', () => {
    expect(isStatisticName('lsat')).toBe(true);
    expect(isStatisticName('toString')).toBe(false);
  });
});

it('shares do not change with the scale, up to the ends of the range of float64', () => {
  const values = Array.from({ length: 300 }, (_, i) => 2 ** -(i % 7));
  const plain = of(...values);
  const huge = of(...values.map((value) => value * 2 ** 1023));
  expect(trace(huge)).toBe(Number.POSITIVE_INFINITY);
  expect(explainedAt(huge, [0.5, 0.9, 0.99])).toEqual(explainedAt(plain, [0.5, 0.9, 0.99]));
  expect([effectiveRank(huge), participationRatio(huge)]).toEqual([
    effectiveRank(plain),
    participationRatio(plain),
  ]);
});
