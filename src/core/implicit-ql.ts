import { RotationQueue } from './rotations.js';

/** Of a matrix whose norm is about 1, an off-diagonal entry this small is rounding, whatever stands beside it. */
const NEGLIGIBLE = Number.EPSILON ** 2;
/** QL needs one or two sweeps an eigenvalue; this many mean that something is wrong. */
const SWEEPS_PER_VALUE = 60;

/**
 * Eigenvalues of a symmetric tridiagonal matrix whose norm is about 1, by the QL method with implicit Wilkinson
 * shifts. `diagonal` becomes the eigenvalues, unsorted; `offDiagonal[i]` stands between i and i + 1 and is
 * destroyed. Row j of `basis` (d x d, row-major), if given, becomes the eigenvector of `diagonal[j]`.
 */
export function diagonalise(diagonal: Float64Array, offDiagonal: Float64Array, basis?: Float64Array): void {
  const d = diagonal.length;
  const rotations = basis ? new RotationQueue(basis, d) : undefined;
  for (let low = 0; low < d; low++) {
    for (let sweeps = 0; ; sweeps++) {
      const high = endOfBlock(diagonal, offDiagonal, low);
      if (high === low) break;
      if (sweeps === SWEEPS_PER_VALUE) throw new Error(`eigenvalue ${low} of ${d} did not converge`);
      sweep(diagonal, offDiagonal, low, high, rotations);
    }
  }
  rotations?.apply();
}

/** The last index of the block that starts at `low`: where the off-diagonal vanishes. */
function endOfBlock(diagonal: Float64Array, offDiagonal: Float64Array, low: number): number {
  let high = low;
  for (; high < diagonal.length - 1; high++) {
    const size = Math.abs(diagonal[high]!) + Math.abs(diagonal[high + 1]!);
    if (Math.abs(offDiagonal[high]!) <= Number.EPSILON * size + NEGLIGIBLE) break;
  }
  return high;
}

/** One QL sweep over the block low..high: chases the bulge of the shifted factorisation from its end to its start. */
function sweep(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  low: number,
  high: number,
  rotations: RotationQueue | undefined,
): void {
  const gap = (diagonal[low + 1]! - diagonal[low]!) / (2 * offDiagonal[low]!);
  const root = length(gap, 1);
  let g = diagonal[high]! - diagonal[low]! + offDiagonal[low]! / (gap + (gap < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * offDiagonal[i]!;
    const b = cosine * offDiagonal[i]!;
    const r = length(f, g);
    offDiagonal[i + 1] = r;
    if (r === 0) {
      // The block fell apart inside the sweep: what was done so far is a similarity, the rest is left as it is.
      diagonal[i + 1] = diagonal[i + 1]! - shift;
      offDiagonal[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const pivot = diagonal[i + 1]! - shift;
    const t = (diagonal[i]! - pivot) * sine + 2 * cosine * b;
    shift = sine * t;
    diagonal[i + 1] = pivot + shift;
    g = cosine * t - b;
    rotations?.push(i, cosine, sine);
  }
  diagonal[low] = diagonal[low]! - shift;
  offDiagonal[low] = g;
  offDiagonal[high] = 0;
}

/** sqrt(x^2 + y^2), also where the squares leave float64's range. */
function length(x: number, y: number): number {
  const squares = x * x + y * y;
  return squares > 1e-280 && squares < 1e280 ? Math.sqrt(squares) : Math.hypot(x, y);
}
