import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../src/core/kernels/compile.js';
import type { EigenvaluesKernel } from '../../src/core/kernels/eigenvalues.js';
import { eigenvaluesImports } from '../../src/core/kernels/eigenvalues-imports.mjs';
import * as eigenvalues from '../../src/core/kernels/eigenvalues-wasm.js';
import { symmetricSpectrum } from '../../src/core/spectrum.js';
import { fastestKernel } from '../../src/fastest-kernel.js';
import { largest, largestDifference, normals } from '../core/arbitraries.js';
import { measures, readSquare } from '../core/fixtures.js';
import { errorsOf } from './eigensystem.js';
import { covarianceOf, exactMatrix, hardMatrices, type Square, withSpectrum } from './matrices.js';

const START = 65536;
/** What memory holds where nobody should read or write. */
const UNTOUCHED = -123.25;

/** Runs the kernel in memory that is not a number where it should not be read, and checks that it stays within its part of it. */
function solverOf(module: WebAssembly.Module) {
  const memory = new WebAssembly.Memory({ initial: 800, maximum: 800, shared: true });
  const { exports: kernel } = new WebAssembly.Instance<EigenvaluesKernel>(module, eigenvaluesImports(memory));
  const numbers = new Float64Array(memory.buffer);
  return ({ d, matrix }: Square) => {
    const stride = kernel.rowBytes(d) / 8;
    const first = START / 8;
    const end = first + kernel.vectorsWorkBytes(d) / 8;
    numbers.fill(UNTOUCHED, first - 64, first);
    numbers.fill(Number.NaN, first, end);
    numbers.fill(UNTOUCHED, end, end + 64);
    for (let i = 0; i < d; i++) numbers.set(matrix.subarray(i * d, i * d + i + 1), first + i * stride);
    const status = kernel.eigenvectors(START, d, 0);
    expect(numbers.subarray(first - 64, first).every((x) => x === UNTOUCHED)).toBe(true);
    expect(numbers.subarray(end, end + 64).every((x) => x === UNTOUCHED)).toBe(true);
    const vectorsEnd = first + d * d;
    return {
      status,
      vectors: numbers.slice(first, vectorsEnd),
      values: numbers.slice(vectorsEnd, vectorsEnd + d),
    };
  };
}

/** The same matrix, all entries times a power of two. */
function scaled({ d, matrix }: Square, factor: number): Square {
  return { d, matrix: matrix.map((x) => x * factor) };
}

describe.each([
  ['plain', compileKernel(eigenvalues, { fused: false })],
  ['fastest', fastestKernel(eigenvalues)],
] as const)('eigenvectors of the %s kernel', (_, module) => {
  const solve = solverOf(module);

  function expectSystem(square: Square, values: ArrayLike<number>, tolerance = 1e-14): void {
    const system = solve(square);
    expect(system.status).toBe(0);
    expect(system.values.every((value, k) => k === 0 || value <= system.values[k - 1]!)).toBe(true);
    expect(largestDifference(system.values, values)).toBeLessThanOrEqual(tolerance * largest(values));
    const { residual, departure } = errorsOf(square, system);
    expect(residual).toBeLessThanOrEqual(tolerance);
    expect(departure).toBeLessThanOrEqual(tolerance);
  }

  const normal = Object.entries(measures()).filter(([name]) => name !== 'denormal');
  it.each(normal)('%s: values are those of NumPy', (name, golden) => {
    expectSystem(readSquare(name), golden.eigenvalues);
  });

  const hard = Object.entries(hardMatrices()).filter(
    ([name]) => !['denormal', 'the smallest number'].includes(name),
  );
  it.each(hard)('%s: A V = V D, V^T V = I', (_name, square) => {
    expectSystem(square, symmetricSpectrum(square.matrix, square.d).values);
  });

  it.each([
    ['denormal', 2 ** 1000],
    ['near 1e-300', 2 ** 900],
    ['near 1e300', 2 ** -1000],
  ] as const)('%s: the same vectors as of the matrix times a power of two', (name, factor) => {
    const square = hardMatrices()[name]!;
    const system = solve(square);
    const large = solve(scaled(square, factor));
    expect(system.vectors).toEqual(large.vectors);
    expect(system.values).toEqual(large.values.map((x) => x / factor));
    const { residual, departure } = errorsOf(scaled(square, factor), large);
    expect(Math.max(residual, departure)).toBeLessThan(1e-14);
  });

  // Halves of which many values are equal, all, or none, so that what is merged takes part, rests, or is rotated away.
  it.each([
    ['few different values', (k: number) => k % 7],
    ['clusters', (k: number) => (k % 9) + 1e-15 * k],
    ['clusters wider than rounding', (k: number) => (k % 9) + 1e-12 * k],
    ['graded by 30 orders', (k: number) => 10 ** (-k / 8)],
    ['one value apart', (k: number) => (k === 17 ? 1 : 1e-3)],
    ['both signs', (k: number) => (k % 2 ? 1 : -1) * 1.1 ** (k % 40)],
  ] as const)('%s: A V = V D, V^T V = I', (_name, value) => {
    const values = Array.from({ length: 239 }, (_unused, k) => value(k));
    expectSystem(withSpectrum(values), Float64Array.from(values).sort().reverse(), 2e-14);
  });

  it('takes tridiagonal matrices that fall apart, repeat or glue together', () => {
    for (const coupling of [0, 1e-16, 1e-14, 1e-8, 1]) {
      // Wilkinson's matrices, glued: pairs of values that agree to all digits, over and over.
      const d = 21 * 8;
      const matrix = new Float64Array(d * d);
      for (let i = 0; i < d; i++) {
        matrix[i * d + i] = Math.abs((i % 21) - 10);
        if (i > 0) matrix[i * d + i - 1] = i % 21 === 0 ? coupling : 1;
      }
      expectSystem({ d, matrix }, symmetricSpectrum(matrix, d).values);
    }
  });

  it('does so for every small dimension', () => {
    for (let d = 1; d <= 100; d++) {
      const square = covarianceOf(d, 2 * d);
      const twin = symmetricSpectrum(square.matrix, d, { vectors: true });
      expectSystem(square, twin.values);
      // Where values are apart, vectors are the same, and so are their signs.
      if (d > 1) expect(largestDifference(solve(square).vectors, twin.vectors)).toBeLessThan(1e-10);
    }
  });

  it.each([161, 300, 333, 515])('does so for dimension %i', (d) => {
    const square = covarianceOf(d, d + 10);
    expectSystem(square, symmetricSpectrum(square.matrix, d).values, 2e-14);
    const deficient = covarianceOf(d, d >> 2);
    expectSystem(deficient, symmetricSpectrum(deficient.matrix, d).values, 2e-14);
  });

  it('finds the exact eigenvalues of a wide matrix', () => {
    const square = exactMatrix(1024);
    const system = solve(square);
    expect(largestDifference(system.values, square.values)).toBeLessThan(1e-14 * largest(square.values));
    const { residual, departure } = errorsOf(square, system, 31);
    expect(Math.max(residual, departure)).toBeLessThan(2e-14);
  });

  it('diagonalises whatever is symmetric and finite', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer(),
        fc.array(fc.integer({ min: -300, max: 100 }), { minLength: 80, maxLength: 80 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (d, seed, exponents, zeros) => {
          const random = normals(seed);
          const matrix = new Float64Array(d * d);
          for (let i = 0; i < d; i++) {
            for (let j = 0; j <= i; j++) {
              const zero = Math.abs(Math.sin(seed + i * 31 + j * 17)) < zeros;
              matrix[i * d + j] = zero ? 0 : random() * 10 ** ((exponents[i]! + exponents[j]!) / 2);
            }
          }
          expectSystem({ d, matrix }, symmetricSpectrum(matrix, d).values, 1e-14);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('reports %d', (bad) => {
    const { d, matrix } = covarianceOf(50, 20);
    matrix[30 * d + 20] = bad;
    expect(solve({ d, matrix }).status).toBe(1);
  });
});
