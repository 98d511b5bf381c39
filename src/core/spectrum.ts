import { tridiagonalise } from './householder.js';
import { diagonalise } from './implicit-ql.js';

/** Eigenvalues of a symmetric matrix of dimension `d`. */
export interface Spectrum {
  d: number;
  /** d eigenvalues in descending order, as computed: rounding may leave those of a singular matrix below zero. */
  values: Float64Array;
}

/** Eigenvalues and eigenvectors. */
export interface Eigensystem extends Spectrum {
  /** d x d, row-major; column j is the unit eigenvector of `values[j]`. */
  vectors: Float64Array;
}

/** What to compute of a matrix besides its eigenvalues. */
export interface SpectrumOptions {
  /** Compute eigenvectors too (several times the work). */
  vectors?: boolean;
}

/**
 * The spectrum of a symmetric d x d matrix (row-major; only its lower triangle is read, and it is left as it is).
 *
 * Householder tridiagonalisation, then implicit QL (Golub & Van Loan, Matrix Computations, 8.3). The matrix is
 * scaled by a power of two first, so that norms near the ends of float64's range survive. Values are within a small
 * multiple of 1e-16 times the norm of the exact ones. Of the two directions of an eigenvector the one is taken
 * whose largest component is positive (the first of them, where several are equally large).
 *
 * A matrix with NaN or infinite entries has no spectrum: all values (and vectors) are NaN then, and so is
 * every measure made from them.
 *
 * @throws RangeError if d is not a positive integer or the matrix has not d x d entries.
 */
export function symmetricSpectrum(matrix: Float64Array, d: number, options: { vectors: true }): Eigensystem;
export function symmetricSpectrum(matrix: Float64Array, d: number, options?: SpectrumOptions): Spectrum;
export function symmetricSpectrum(
  matrix: Float64Array,
  d: number,
  options: SpectrumOptions = {},
): Spectrum | Eigensystem {
  if (!Number.isInteger(d) || d < 1 || matrix.length !== d * d) {
    throw new RangeError(`a matrix of ${matrix.length} entries is not ${d} x ${d}`);
  }
  const largest = largestMagnitude(matrix, d);
  if (!Number.isFinite(largest)) {
    const values = new Float64Array(d).fill(Number.NaN);
    return options.vectors ? { d, values, vectors: new Float64Array(d * d).fill(Number.NaN) } : { d, values };
  }
  const scale = powerOfTwoBelow(largest);
  const work = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) work[i * d + j] = matrix[i * d + j]! / scale;
  }
  const { diagonal, offDiagonal, basis } = tridiagonalise(work, d, options.vectors ?? false);
  diagonalise(diagonal, offDiagonal, basis);

  const order = Uint32Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const values = Float64Array.from(order, (index) => diagonal[index]! * scale);
  return basis ? { d, values, vectors: orientedColumns(basis, order) } : { d, values };
}

/** Largest absolute entry of the lower triangle; NaN if one of them is NaN. */
function largestMagnitude(matrix: Float64Array, d: number): number {
  let largest = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) largest = Math.max(largest, Math.abs(matrix[i * d + j]!));
  }
  return largest;
}

/** A power of two within a factor of two of `x`, so that dividing by it loses no digit; 1 for 0. */
function powerOfTwoBelow(x: number): number {
  return x === 0 ? 1 : 2 ** Math.max(-1074, Math.min(1023, Math.floor(Math.log2(x))));
}

/** Rows of `basis`, in the given order, as columns whose sign does not depend on how they were computed. */
function orientedColumns(basis: Float64Array, order: Uint32Array): Float64Array {
  const d = order.length;
  const columns = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    const row = basis.subarray(order[j]! * d, (order[j]! + 1) * d);
    let largest = 0;
    for (const component of row) largest = Math.max(largest, Math.abs(component));
    // The tolerance keeps the choice among equally large components out of rounding's hands.
    const leading = row.findIndex((component) => Math.abs(component) >= largest * (1 - 1e-8));
    const sign = row[leading]! < 0 ? -1 : 1;
    for (let i = 0; i < d; i++) columns[i * d + j] = sign * row[i]!;
  }
  return columns;
}
