import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CovarianceAccumulator } from '../../src/core/covariance.js';
import { largest, largestDifference, normals, rowsOf } from './arbitraries.js';
import { covariances, readMatrix } from './fixtures.js';

function accumulated(rows: Float32Array | Float64Array, d: number, batch: number): CovarianceAccumulator {
  const accumulator = new CovarianceAccumulator(d);
  const count = rows.length / d;
  for (let start = 0; start < count; start += batch) {
    const end = Math.min(start + batch, count);
    accumulator.update(rows.subarray(start * d, end * d), end - start);
  }
  return accumulator;
}

/** Largest difference of two covariances, each entry relative to the two features' standard deviations. */
function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>, d: number): number {
  let most = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const scale = Math.sqrt(b[i * d + i]! * b[j * d + j]!) || 1;
      most = Math.max(most, Math.abs(a[i * d + j]! - b[i * d + j]!) / scale);
    }
  }
  return most;
}

describe('CovarianceAccumulator', () => {
  describe.each(Object.entries(covariances()))('%s: agrees with 80-bit arithmetic', (name, exact) => {
    const { columns: d, data } = readMatrix(`rows-${name}`);
    it.each([1, 7, 256, 100_000])('in batches of %i', (batch) => {
      const accumulator = accumulated(data, d, batch);
      expect(accumulator.n).toBe(data.length / d);
      const mean = accumulator.mean();
      for (let i = 0; i < d; i++) {
        const deviation = Math.sqrt(exact.covariance[i * d + i]!);
        expect(Math.abs(mean[i]! - exact.mean[i]!)).toBeLessThanOrEqual(
          1e-15 * (deviation + Math.abs(exact.mean[i]!)),
        );
      }
      expect(relativeDifference(accumulator.covariance(), exact.covariance, d)).toBeLessThan(1e-12);
      const secondMoment = accumulator.covariance({ center: false });
      expect(relativeDifference(secondMoment, exact.secondMoment, d)).toBeLessThan(1e-14);
    });
  });

  it('is exactly symmetric', () => {
    const d = 13;
    const rows = Float64Array.from({ length: 300 * d }, normals(3));
    const covariance = accumulated(rows, d, 50).covariance();
    for (let i = 0; i < d; i++)
      for (let j = 0; j < i; j++) expect(covariance[i * d + j]).toBe(covariance[j * d + i]);
  });

  it('gives the same for any cutting and order of the rows', () => {
    fc.assert(
      fc.property(rowsOf(700, 6), fc.integer({ min: 1, max: 300 }), ({ d, count, rows }, batch) => {
        const whole = accumulated(rows, d, count);
        expect(
          relativeDifference(accumulated(rows, d, batch).covariance(), whole.covariance(), d),
        ).toBeLessThan(1e-12);
        const backwards = new Float64Array(rows.length);
        for (let k = 0; k < count; k++) backwards.set(rows.subarray(k * d, (k + 1) * d), (count - 1 - k) * d);
        expect(
          relativeDifference(accumulated(backwards, d, batch).covariance(), whole.covariance(), d),
        ).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('merges parts as if their rows had come in one', () => {
    fc.assert(
      fc.property(rowsOf(600, 5), fc.double({ min: 0, max: 1, noNaN: true }), ({ d, count, rows }, share) => {
        const cut = Math.floor(share * count);
        const a = accumulated(rows.subarray(0, cut * d), d, 64);
        const b = accumulated(rows.subarray(cut * d), d, 64);
        a.merge(b.part());
        const whole = accumulated(rows, d, 64);
        expect(a.n).toBe(count);
        expect(relativeDifference(a.covariance(), whole.covariance(), d)).toBeLessThan(1e-12);
        expect(largestDifference(a.mean(), whole.mean())).toBeLessThanOrEqual(1e-15 * largest(rows));
      }),
      { numRuns: 60 },
    );
  });

  it('goes on after it was read, after parts and rows alike', () => {
    const d = 4;
    const rows = Float64Array.from({ length: 90 * d }, normals(11));
    const accumulator = new CovarianceAccumulator(d);
    accumulator.merge(accumulated(rows.subarray(0, 30 * d), d, 30).part());
    accumulator.update(rows.subarray(30 * d, 60 * d), 30);
    accumulator.covariance();
    accumulator.update(rows.subarray(60 * d), 30);
    expect(
      relativeDifference(accumulator.covariance(), accumulated(rows, d, 90).covariance(), d),
    ).toBeLessThan(1e-14);
  });

  it('knows one row (no variance) and none (NaN)', () => {
    const accumulator = new CovarianceAccumulator(2);
    expect(Array.from(accumulator.covariance())).toEqual(new Array(4).fill(Number.NaN));
    expect(Array.from(accumulator.mean())).toEqual([Number.NaN, Number.NaN]);
    accumulator.merge(new CovarianceAccumulator(2).part());
    expect(accumulator.n).toBe(0);
    accumulator.update(Float32Array.of(3, -1e30), 1);
    expect(Array.from(accumulator.covariance())).toEqual([0, 0, 0, 0]);
    expect(accumulator.mean()[0]).toBe(3);
  });

  it('confines a NaN to the feature that holds it', () => {
    const accumulator = new CovarianceAccumulator(2);
    accumulator.update(Float64Array.of(1, 2, Number.NaN, 4, 5, 6), 3);
    const [a, b, c, e] = accumulator.covariance();
    expect([a, b, c]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(e).toBeCloseTo(8 / 3, 14);
  });

  it('refuses rows and parts of another size', () => {
    const accumulator = new CovarianceAccumulator(3);
    expect(() => accumulator.update(new Float32Array(8), 3)).toThrow(RangeError);
    expect(() => accumulator.merge(new CovarianceAccumulator(2).part())).toThrow(RangeError);
    expect(() => new CovarianceAccumulator(0)).toThrow(RangeError);
  });
});
