import type { Matrix } from '../dump/read-arrays.js';

/** Covariances that were computed in float32 are symmetric to so much of their largest entry. */
export const TOLERATED_ASYMMETRY = 1e-5;
/** Rounding in eigenvalues is far below, another matrix far above. */
const SAME = 1e-10;

/** Largest |a_ij - a_ji| over the largest |a_ij|; NaN for a matrix with NaN or infinite entries. */
export function asymmetryOf({ d, data }: Matrix): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const lower = data[i * d + j]!;
      const upper = data[j * d + i]!;
      largest = Math.max(largest, Math.abs(lower), Math.abs(upper));
      difference = Math.max(difference, Math.abs(lower - upper));
    }
    largest = Math.max(largest, Math.abs(data[i * d + i]!));
  }
  if (!Number.isFinite(largest)) return Number.NaN;
  return largest > 0 ? difference / largest : 0;
}

/** Writes the upper triangle over the lower one. */
export function mirrorUpper({ d, data }: Matrix): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) data[i * d + j] = data[j * d + i]!;
  }
}

/** Whether a matrix has the trace and the Frobenius norm that its eigenvalues would give it. */
export function haveSameMoments({ d, data }: Matrix, eigenvalues: Float64Array): boolean {
  let trace = 0;
  for (let i = 0; i < d; i++) trace += data[i * d + i]!;
  const sum = eigenvalues.reduce((total, value) => total + value, 0);
  return near(trace, sum) && near(sumOfSquares(data), sumOfSquares(eigenvalues));
}

// A loop: a call for each entry of a wide matrix takes several times as long.
function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

function near(found: number, expected: number): boolean {
  // NaN is near NaN: a matrix that is not finite has no eigenvalues.
  if (Number.isNaN(expected)) return !Number.isFinite(found);
  return Math.abs(found - expected) <= SAME * Math.max(Math.abs(found), Math.abs(expected));
}
