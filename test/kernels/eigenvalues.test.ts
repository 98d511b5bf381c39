import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel as build } from '../../scripts/build-kernels.mjs';
import { compileKernel } from '../../src/core/kernels/compile.js';
import type { EigenvaluesKernel, Stages } from '../../src/core/kernels/eigenvalues.js';
import { eigenvaluesImports } from '../../src/core/kernels/eigenvalues-imports.mjs';
import * as eigenvalues from '../../src/core/kernels/eigenvalues-wasm.js';
import { symmetricSpectrum } from '../../src/core/spectrum.js';
import { fastestKernel } from '../../src/fastest-kernel.js';
import { largest, largestDifference, normals } from '../core/arbitraries.js';
import { measures, readSquare } from '../core/fixtures.js';
import { covarianceOf, exactMatrix, hardMatrices, type Square } from './matrices.js';

const START = 65536;
/** What memory holds where nobody should read or write. */
const UNTOUCHED = -123.25;

/** Runs the kernel in memory full of other things, and checks that it stays within its part of it. */
function solverOf(module: WebAssembly.Module, stages: Stages) {
  const memory = new WebAssembly.Memory({ initial: 192, maximum: 192, shared: true });
  const { exports: kernel } = new WebAssembly.Instance<EigenvaluesKernel>(module, eigenvaluesImports(memory));
  const numbers = new Float64Array(memory.buffer);
  return ({ d, matrix }: Square) => {
    const stride = kernel.rowBytes(d) / 8;
    const first = START / 8;
    const end = first + kernel.workBytes(d, stages) / 8;
    numbers.fill(UNTOUCHED, first - 64, end + 64);
    for (let i = 0; i < d; i++) numbers.set(matrix.subarray(i * d, i * d + i + 1), first + i * stride);
    const status = kernel.eigenvalues(START, d, stages, 0);
    expect(numbers.subarray(first - 64, first).every((x) => x === UNTOUCHED)).toBe(true);
    expect(numbers.subarray(end, end + 64).every((x) => x === UNTOUCHED)).toBe(true);
    return {
      status,
      values: numbers
        .slice(first, first + d)
        .sort()
        .reverse(),
    };
  };
}

it('the committed kernels are what the source compiles to', async () => {
  const [plain, fused] = [eigenvalues.PLAIN, eigenvalues.FUSED].map((text) => Buffer.from(text, 'base64'));
  expect((await build('eigenvalues', { fused: false })).equals(plain!)).toBe(true);
  expect((await build('eigenvalues', { fused: true })).equals(fused!)).toBe(true);
});

describe.each([
  ['plain', 1, compileKernel(eigenvalues, { fused: false })],
  ['plain', 2, compileKernel(eigenvalues, { fused: false })],
  ['fastest', 1, fastestKernel(eigenvalues)],
  ['fastest', 2, fastestKernel(eigenvalues)],
] as const)('the %s kernel, stages: %i', (_, stages, module) => {
  const solve = solverOf(module, stages);

  function expectValues(square: Square, expected: ArrayLike<number>, tolerance = 1e-14): void {
    const { status, values } = solve(square);
    expect(status).toBe(0);
    expect(largestDifference(values, expected)).toBeLessThanOrEqual(tolerance * largest(expected));
  }

  it.each(Object.entries(measures()))('%s: eigenvalues are those of NumPy', (name, golden) => {
    expectValues(readSquare(name), golden.eigenvalues);
  });

  it.each(Object.entries(hardMatrices()))('%s: eigenvalues are those of the plain twin', (_name, square) => {
    expectValues(square, symmetricSpectrum(square.matrix, square.d).values);
  });

  // Rounding adds up like a random walk: the error grows like the root of the dimension.
  it.each([2, 8, 64, 256, 1024])('finds the exact eigenvalues of a matrix of dimension %i', (d) => {
    const square = exactMatrix(d);
    expectValues(square, square.values, 1e-14 * Math.max(1, Math.sqrt(d / 256)));
  });

  it('does so for every small dimension', () => {
    for (let d = 1; d <= 100; d++) {
      const square = covarianceOf(d, 2 * d);
      expectValues(square, symmetricSpectrum(square.matrix, d).values);
    }
  });

  it('diagonalises whatever is symmetric and finite', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.integer(),
        fc.array(fc.integer({ min: -300, max: 100 }), { minLength: 24, maxLength: 24 }),
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
          expectValues({ d, matrix }, symmetricSpectrum(matrix, d).values, 1e-14);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('reports %d anywhere', (bad) => {
    const { d, matrix } = covarianceOf(9, 20);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        const broken = matrix.slice();
        broken[i * d + j] = bad;
        expect(solve({ d, matrix: broken }).status).toBe(1);
      }
    }
  });
});
