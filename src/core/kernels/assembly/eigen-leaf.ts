// Eigenvalues and eigenvectors of small symmetric tridiagonal matrices by QL with implicit Wilkinson shifts.

import { get, multiplyAdd, set } from './eigen-vectors';

const EPSILON: f64 = 2.220446049250313e-16;
/** Of a matrix whose norm is about 1, an off-diagonal this small is rounding, whatever stands beside it. */
const NEGLIGIBLE: f64 = EPSILON * EPSILON;
/** QL needs one or two sweeps an eigenvalue; this many mean that something is wrong. */
const SWEEPS_PER_VALUE: i32 = 60;

/**
 * The diagonal becomes the eigenvalues, unsorted, the off-diagonal is destroyed; row j of `vectors`, which are those of the unit matrix
 * before, becomes the eigenvector of value j. False if the iteration did not converge.
 */
export function diagonaliseLeaf(
  diagonal: usize,
  offDiagonal: usize,
  order: usize,
  vectors: usize,
  rowBytes: usize,
): bool {
  for (let low: usize = 0; low < order; low++) {
    for (let sweeps: i32 = 0; ; sweeps++) {
      const high = endOfLeafBlock(diagonal, offDiagonal, low, order);
      if (high === low) break;
      if (sweeps === SWEEPS_PER_VALUE) return false;
      sweepLeaf(diagonal, offDiagonal, low, high, order, vectors, rowBytes);
    }
  }
  return true;
}

/** The last index of the block that starts at `low`. */
function endOfLeafBlock(diagonal: usize, offDiagonal: usize, low: usize, order: usize): usize {
  for (; low + 1 < order; low++) {
    const size = abs(get(diagonal, low)) + abs(get(diagonal, low + 1));
    if (abs(get(offDiagonal, low)) <= EPSILON * size + NEGLIGIBLE) break;
  }
  return low;
}

function sweepLeaf(
  diagonal: usize,
  offDiagonal: usize,
  low: usize,
  high: usize,
  order: usize,
  vectors: usize,
  rowBytes: usize,
): void {
  const first = get(offDiagonal, low);
  const gap = (get(diagonal, low + 1) - get(diagonal, low)) / (2 * first);
  const root = hypotenuse(gap, 1);
  let g = get(diagonal, high) - get(diagonal, low) + first / (gap + (gap < 0 ? -root : root));
  let sine: f64 = 1;
  let cosine: f64 = 1;
  let shift: f64 = 0;
  for (let i = high; i-- > low; ) {
    const entry = get(offDiagonal, i);
    const f = sine * entry;
    const b = cosine * entry;
    const r = hypotenuse(f, g);
    set(offDiagonal, i + 1, r);
    if (r === 0) {
      // The block fell apart inside the sweep: what was done so far is a similarity, the rest is left as it is.
      set(diagonal, i + 1, get(diagonal, i + 1) - shift);
      set(offDiagonal, high, 0);
      return;
    }
    sine = f / r;
    cosine = g / r;
    const pivot = get(diagonal, i + 1) - shift;
    const t = (get(diagonal, i) - pivot) * sine + 2 * cosine * b;
    shift = sine * t;
    set(diagonal, i + 1, pivot + shift);
    g = cosine * t - b;
    const row = vectors + i * rowBytes;
    rotateRows(row, row + rowBytes, order, cosine, -sine);
  }
  set(diagonal, low, get(diagonal, low) - shift);
  set(offDiagonal, low, g);
  set(offDiagonal, high, 0);
}

/** Rows x and y become c x + s y and c y - s x. `length` is rounded up to an even number. */
export function rotateRows(x: usize, y: usize, length: usize, c: f64, s: f64): void {
  const cc = f64x2.splat(c);
  const ss = f64x2.splat(s);
  const minus = f64x2.splat(-s);
  for (const end = x + (((length + 1) & ~1) << 3); x < end; x += 16, y += 16) {
    const xk = v128.load(x);
    const yk = v128.load(y);
    v128.store(x, multiplyAdd(cc, xk, f64x2.mul(ss, yk)));
    v128.store(y, multiplyAdd(cc, yk, f64x2.mul(minus, xk)));
  }
}

/** sqrt(x^2 + y^2), also where the squares leave float64's range. */
export function hypotenuse(x: f64, y: f64): f64 {
  const squares = x * x + y * y;
  if (squares > 1e-280 && squares < 1e280) return Math.sqrt(squares);
  const larger = max(abs(x), abs(y));
  if (larger === 0) return 0;
  const ratio = min(abs(x), abs(y)) / larger;
  return larger * Math.sqrt(1 + ratio * ratio);
}
