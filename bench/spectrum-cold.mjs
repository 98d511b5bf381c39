/**
 * Spectra in fresh processes, where kernels are not yet optimised and threads just start: are they always the same?
 * Build first: `npm run build && node bench/spectrum-cold.mjs [processes, 1000 unless given]`.
 *
 * Every process computes its spectra twice on two threads: many narrow matrices side by side, then wide ones, values and vectors, each by both
 * threads together. All must agree to the last bit with each other. Narrow ones are compared with the plain TypeScript twin; of
 * wide ones the sums of the eigenvalues and of their squares with those of the matrix, and A V with V D. Everything has to be
 * within 1e-13 of the norm. Prints one line; exit code 1 if one is not. The processes leave their threads open, which must
 * not keep them from ending.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { symmetricSpectrum } from '../dist/core/spectrum.js';
import { createSpectra } from '../dist/spectra/spectra.js';

/** A matrix that is the same in every process. */
function matrixOf(d, seed) {
  const matrix = new Float64Array(d * d);
  let state = seed;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      matrix[i * d + j] = state / 2 ** 32 - 0.5;
    }
  }
  return matrix;
}

const matrices = [300, 64, 48, 130, 257, 90, 200].map((d, seed) => ({ d, matrix: matrixOf(d, seed + 1) }));

const wide = { d: 1024, matrix: matrixOf(1024, 8) };
const wideWithVectors = { d: 400, matrix: matrixOf(400, 9) };

const entry = ({ d, matrix }, i, j) => (i >= j ? matrix[i * d + j] : matrix[j * d + i]);
const normOf = (values) => Math.max(values[0], -values.at(-1));

/** How far values are from the twin's, relative to the norm. */
function besideTwin({ matrix, d }, { values }) {
  const twin = symmetricSpectrum(matrix, d).values;
  return Math.max(...values.map((value, i) => Math.abs(value - twin[i]) / normOf(twin)));
}

/** How far the root of the mean square and the mean of the eigenvalues are from those of the matrix. */
function besideSums({ matrix, d }, { values }) {
  let trace = 0;
  let squares = 0;
  for (let i = 0; i < d; i++) {
    trace += matrix[i * d + i];
    for (let j = 0; j <= i; j++) squares += (i === j ? 1 : 2) * matrix[i * d + j] ** 2;
  }
  const sum = values.reduce((total, value) => total + value, 0);
  const sumOfSquares = values.reduce((total, value) => total + value ** 2, 0);
  const rootMean = Math.abs(Math.sqrt(sumOfSquares / d) - Math.sqrt(squares / d));
  return Math.max(Math.abs(sum - trace) / d, rootMean) / normOf(values);
}

/** The largest entry of A V - V D and of V V^T - I, in some rows. */
function residual({ matrix, d }, { values, vectors }) {
  let worst = 0;
  for (let i = 0; i < d; i += 57) {
    const image = new Float64Array(d);
    for (let k = 0; k < d; k++) {
      const a = entry({ matrix, d }, i, k);
      let product = i === k ? -1 : 0;
      for (let j = 0; j < d; j++) {
        image[j] += a * vectors[k * d + j];
        product += vectors[i * d + j] * vectors[k * d + j];
      }
      worst = Math.max(worst, Math.abs(product));
    }
    for (let j = 0; j < d; j++) {
      worst = Math.max(worst, Math.abs(image[j] - vectors[i * d + j] * values[j]) / normOf(values));
    }
  }
  return worst;
}

/** The digest of all results, twice, and the largest error. */
async function child() {
  const spectra = createSpectra({ threads: 2 });
  const digests = [];
  const errors = [];
  for (let round = 0; round < 2; round++) {
    const hash = createHash('sha256');
    const narrow = await Promise.all(matrices.map(({ matrix, d }) => spectra.values(matrix, d)));
    for (const [k, spectrum] of narrow.entries()) {
      hash.update(spectrum.values);
      errors.push(besideTwin(matrices[k], spectrum));
    }
    const lone = await spectra.values(wide.matrix, wide.d);
    hash.update(lone.values);
    errors.push(besideSums(wide, lone));
    const system = await spectra.vectors(wideWithVectors.matrix, wideWithVectors.d);
    hash.update(system.values).update(system.vectors);
    errors.push(residual(wideWithVectors, system));
    digests.push(hash.digest('hex'));
  }
  return { digests, worst: Math.max(...errors) };
}

if (process.argv[2] === '--child') {
  console.log(JSON.stringify(await child()));
} else {
  const processes = Number(process.argv[2] ?? 1000);
  const seen = new Map();
  let worst = 0;
  for (let k = 0; k < processes; k++) {
    const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--child'], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    const result = JSON.parse(output);
    for (const digest of result.digests) seen.set(digest, (seen.get(digest) ?? 0) + 1);
    // JSON has no NaN: it arrives as null.
    worst = Math.max(worst, result.worst ?? Number.POSITIVE_INFINITY);
  }
  console.log(
    `${processes} processes, ${seen.size} different results, at most ${worst.toExponential(1)} of the norm off`,
  );
  process.exitCode = seen.size === 1 && worst <= 1e-13 ? 0 : 1;
}
