/**
 * Spectra in fresh processes, where kernels are not yet optimised and threads just start: are they always the same?
 * Build first: `npm run build && node bench/spectrum-cold.mjs [processes, 1000 unless given]`.
 *
 * Every process computes its spectra twice on two threads and compares them with the plain TypeScript twin; all must
 * agree to the last bit with each other, and within 1e-13 of the norm with the twin. Prints one line; exit code 1 if one
 * differs. The processes leave their threads open, which must not keep them from ending.
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

/** The digest of all values, twice, and how far they are from the twin's, relative to the norm. */
async function child() {
  const spectra = createSpectra({ threads: 2 });
  const digests = [];
  let worst = 0;
  for (let round = 0; round < 2; round++) {
    const hash = createHash('sha256');
    const all = await Promise.all(matrices.map(({ matrix, d }) => spectra.values(matrix, d)));
    for (const [k, { values }] of all.entries()) {
      hash.update(values);
      const twin = symmetricSpectrum(matrices[k].matrix, matrices[k].d).values;
      const norm = Math.max(twin[0], -twin.at(-1));
      for (const [i, value] of values.entries()) worst = Math.max(worst, Math.abs(value - twin[i]) / norm);
    }
    digests.push(hash.digest('hex'));
  }
  return { digests, worst };
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
