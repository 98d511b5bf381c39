import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Eigensystem, symmetricSpectrum } from '../../src/core/spectrum.js';
import { createSpectra, type Spectra, type SpectraOptions } from '../../src/spectra/spectra.js';
import { largest, largestDifference } from '../core/arbitraries.js';
import { measures, readSquare } from '../core/fixtures.js';
import { errorsOf } from '../kernels/eigensystem.js';
import { covarianceOf, exactMatrix, hardMatrices } from '../kernels/matrices.js';

async function using<T>(options: SpectraOptions, work: (spectra: Spectra) => Promise<T>): Promise<T> {
  const spectra = createSpectra(options);
  try {
    return await work(spectra);
  } finally {
    await spectra.close();
  }
}

/** Widths as in a network, some of them too narrow for the kernel. */
const LAYERS = [3, 16, 47, 48, 49, 64, 64, 100, 130, 200, 64, 256, 10].map((d, k) => covarianceOf(d, d + k));

function valuesOfLayers(options: SpectraOptions): Promise<Float64Array[]> {
  return using(options, async (spectra) => {
    const all = await Promise.all(LAYERS.map(({ matrix, d }) => spectra.values(matrix, d)));
    return all.map(({ values }) => values);
  });
}

describe('createSpectra', () => {
  it('gives the eigenvalues of NumPy and of the plain twin', async () => {
    await using({ threads: 2 }, async (spectra) => {
      for (const [name, { eigenvalues }] of Object.entries(measures())) {
        const { matrix, d } = readSquare(name);
        const { values } = await spectra.values(matrix, d);
        expect(largestDifference(values, eigenvalues)).toBeLessThanOrEqual(1e-14 * largest(eigenvalues));
      }
      for (const { matrix, d } of Object.values(hardMatrices())) {
        const before = matrix.slice();
        const spectrum = await spectra.values(matrix, d);
        const twin = symmetricSpectrum(matrix, d).values;
        expect(spectrum.d).toBe(d);
        expect(largestDifference(spectrum.values, twin)).toBeLessThanOrEqual(1e-14 * largest(twin));
        expect(spectrum.values).toEqual(spectrum.values.slice().sort().reverse());
        expect(matrix).toEqual(before);
      }
    });
  });

  it('gives the same bits on any number of threads, with room for all matrices, some or none', async () => {
    const expected = await valuesOfLayers({ threads: 1 });
    expect(expected.map((values) => values.length)).toEqual(LAYERS.map(({ d }) => d));
    for (const [k, { matrix, d }] of LAYERS.entries()) {
      const twin = symmetricSpectrum(matrix, d).values;
      expect(largestDifference(expected[k]!, twin)).toBeLessThanOrEqual(1e-14 * largest(twin));
    }
    for (const threads of [1, 2, 3]) {
      for (const workingBytes of [0, 3e5, 1e7]) {
        expect(await valuesOfLayers({ threads, workingBytes })).toEqual(expected);
      }
    }
  });

  it('finds the exact eigenvalues of wide matrices, several at once', async () => {
    const { matrix, d, values } = exactMatrix(1024);
    for (const threads of [1, 2]) {
      const found = await using({ threads, workingBytes: 1e7 }, (spectra) =>
        Promise.all([spectra.values(matrix, d), spectra.values(matrix, d), spectra.values(matrix, d)]),
      );
      for (const spectrum of found) {
        expect(largestDifference(spectrum.values, values)).toBeLessThan(2e-14 * values[0]!);
        expect(spectrum.values).toEqual(found[0].values);
      }
    }
  });

  it.each([1, 2])('takes more matrices when others are done, on %i threads', async (threads) => {
    await using({ threads, workingBytes: 0 }, async (spectra) => {
      for (const { matrix, d } of [...LAYERS, ...LAYERS]) {
        const { values } = await spectra.values(matrix, d);
        expect(values[0]).toBeCloseTo(symmetricSpectrum(matrix, d).values[0]!, 10);
      }
    });
  });

  it('gives eigenvectors, the same bits on any number of threads, whoever helps', async () => {
    const squares = [500, 390, 20, 150, 384, 60].map((d) => covarianceOf(d, d > 450 ? 100 : d + 5));
    const onThreads = (options: SpectraOptions) =>
      using(options, (spectra) => Promise.all(squares.map(({ matrix, d }) => spectra.vectors(matrix, d))));
    const expected = await onThreads({ threads: 1 });
    for (const [k, square] of squares.entries()) {
      const { d, values } = expected[k]!;
      expect(d).toBe(square.d);
      expect(values).toEqual(values.slice().sort().reverse());
      const { residual, departure } = errorsOf(square, expected[k]!, 7);
      expect(residual).toBeLessThan(2e-14);
      expect(departure).toBeLessThan(2e-14);
    }
    for (const threads of [2, 3, 5]) {
      for (const workingBytes of [0, 1e7, 1e8]) {
        const systems = await onThreads({ threads, workingBytes });
        // Comparing numbers one by one would take longer than computing them.
        const bytesOf = ({ values, vectors }: Eigensystem) =>
          Buffer.concat([new Uint8Array(values.buffer), new Uint8Array(vectors.buffer)]);
        for (const [k, system] of systems.entries()) {
          expect(bytesOf(system).equals(bytesOf(expected[k]!))).toBe(true);
        }
      }
    }
  });

  it('lets threads help with a wide matrix, and come back for others', { timeout: 120_000 }, async () => {
    const wide = covarianceOf(1100, 40);
    const small = covarianceOf(130, 200);
    const alone = await using({ threads: 1 }, async (spectra) => [
      await spectra.values(wide.matrix, wide.d),
      await spectra.values(small.matrix, small.d),
    ]);
    for (const threads of [2, 3, 4]) {
      await using({ threads }, async (spectra) => {
        for (const pause of [0, 5, 20, 50]) {
          const first = spectra.values(wide.matrix, wide.d);
          await setTimeout(pause);
          const others = Array.from({ length: 9 }, () => spectra.values(small.matrix, small.d));
          for (const spectrum of await Promise.all(others)) expect(spectrum).toEqual(alone[1]);
          expect(await first).toEqual(alone[0]);
        }
      });
    }
    expect(largest(alone[0]!.values.slice(40))).toBeLessThan(1e-14 * alone[0]!.values[0]!);
  });

  it('ends a wide matrix that several threads work on when it is closed', async () => {
    const { matrix, d } = exactMatrix(1024);
    for (const pause of [10, 60]) {
      const spectra = createSpectra({ threads: 3 });
      const settled = Promise.allSettled([spectra.vectors(matrix, d), spectra.values(matrix, d)]);
      await setTimeout(pause);
      await spectra.close();
      expect((await settled).map(({ status }) => status)).toContain('rejected');
    }
  });

  it.each([1, 2])('gives NaN for a matrix that is not finite, on %i threads', async (threads) => {
    await using({ threads }, async (spectra) => {
      for (const d of [2, 60]) {
        const broken = new Float64Array(d * d);
        broken[d] = Number.NaN;
        const [bad, good] = await Promise.all([
          spectra.values(broken, d),
          spectra.values(new Float64Array(d * d), d),
        ]);
        expect(bad.values).toEqual(new Float64Array(d).fill(Number.NaN));
        const system = await spectra.vectors(broken, d);
        expect(system.values).toEqual(bad.values);
        expect(system.vectors).toEqual(new Float64Array(d * d).fill(Number.NaN));
        expect(good.values).toEqual(new Float64Array(d));
      }
    });
  });

  it('refuses a matrix that is not d x d', async () => {
    await using({ threads: 2 }, async (spectra) => {
      for (const [length, d] of [
        [0, 0],
        [5, 2],
        [2500, 49],
        [1, 0.5],
        [9, Number.NaN],
      ] as const) {
        await expect(spectra.values(new Float64Array(length), d)).rejects.toThrow(RangeError);
        await expect(spectra.vectors(new Float64Array(length), d)).rejects.toThrow(RangeError);
      }
    });
  });

  it('leaves other events their turn between matrices on one thread', async () => {
    await using({ threads: 1 }, async (spectra) => {
      let done = 0;
      const seen = new Set<number>();
      const watch = setInterval(() => seen.add(done), 0);
      const { matrix, d } = covarianceOf(200, 300);
      await Promise.all(Array.from({ length: 8 }, () => spectra.values(matrix, d).then(() => done++)));
      clearInterval(watch);
      expect(seen.size).toBeGreaterThan(3);
    });
  });

  it.each([1, 2])('ends what it does when it is closed, on %i threads', async (threads) => {
    const spectra = createSpectra({ threads });
    const { matrix, d } = covarianceOf(300, 300);
    const results = Array.from({ length: 9 }, () => spectra.values(matrix, d));
    const settled = Promise.allSettled(results);
    await spectra.close();
    expect((await settled).filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(7);
    await expect(spectra.values(matrix, d)).rejects.toThrow('closed');
    await spectra.close();
  });
});
