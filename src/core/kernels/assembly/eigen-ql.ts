// Eigenvalues of a symmetric tridiagonal matrix by the root-free QL method of Pal, Walker and Kahan (Parlett, The
// Symmetric Eigenvalue Problem, 8.15; the iteration of LAPACK's dsterf). Off-diagonals are kept squared.

import { get, set } from './eigen-vectors';

/** Square of the unit roundoff: what an off-diagonal may be, squared, beside its neighbours on the diagonal. */
const ROUNDOFF_SQUARED: f64 = 1.232595164407831e-32;
/** Of a matrix whose norm is about 1, an off-diagonal whose square is this small is rounding, whatever stands beside it. */
const NEGLIGIBLE: f64 = ROUNDOFF_SQUARED * ROUNDOFF_SQUARED;
/** Below this the quotient of the recurrence could leave float64's range. */
const SMALLEST_COSINE: f64 = 1e-290;
/** QL needs one or two sweeps an eigenvalue; this many mean that something is wrong. */
const SWEEPS_PER_VALUE: usize = 60;

/**
 * The diagonal becomes the eigenvalues, unsorted; the off-diagonal is destroyed.
 * False if the iteration did not converge, which no finite matrix is known to do.
 */
export function rootFreeQl(diagonal: usize, offDiagonal: usize, order: usize): bool {
  for (let i: usize = 0; i + 1 < order; i++) {
    const entry = get(offDiagonal, i);
    set(offDiagonal, i, entry * entry);
  }
  let sweeps: usize = order * SWEEPS_PER_VALUE;
  for (let low: usize = 0; low < order; ) {
    const high = endOfBlock(diagonal, offDiagonal, low, order - 1);
    // Values converge at the block's start: the end with the smaller ones has to be there.
    if (abs(get(diagonal, high)) < abs(get(diagonal, low))) reverseBlock(diagonal, offDiagonal, low, high);
    while (low <= high) {
      const end = endOfBlock(diagonal, offDiagonal, low, high);
      if (end > low + 1) {
        if (sweeps-- === 0) return false;
        sweep(diagonal, offDiagonal, low, end);
        continue;
      }
      if (end > low) splitPair(diagonal, offDiagonal, low);
      low = end + 1;
    }
  }
  return true;
}

/** The last index of the block that starts at `low`: where the off-diagonal vanishes, `high` at the latest. */
export function endOfBlock(diagonal: usize, offDiagonal: usize, low: usize, high: usize): usize {
  let next = get(diagonal, low);
  for (; low < high; low++) {
    const here = next;
    next = get(diagonal, low + 1);
    if (get(offDiagonal, low) <= ROUNDOFF_SQUARED * abs(here * next) + NEGLIGIBLE) break;
  }
  return low;
}

function reverseBlock(diagonal: usize, offDiagonal: usize, low: usize, high: usize): void {
  reverse(diagonal, low, high);
  if (high > low) reverse(offDiagonal, low, high - 1);
}

function reverse(vector: usize, first: usize, last: usize): void {
  for (; first < last; first++, last--) {
    const x = get(vector, first);
    set(vector, first, get(vector, last));
    set(vector, last, x);
  }
}

/** Eigenvalues of the 2 x 2 block at `low`, without cancellation (LAPACK's dlae2). */
function splitPair(diagonal: usize, offDiagonal: usize, low: usize): void {
  const a = get(diagonal, low);
  const c = get(diagonal, low + 1);
  const squared = get(offDiagonal, low);
  const sum = a + c;
  const difference = a - c;
  const root = Math.sqrt(difference * difference + 4 * squared);
  let first: f64 = root / 2;
  let second: f64 = -first;
  if (sum !== 0) {
    const larger = abs(a) > abs(c) ? a : c;
    const smaller = abs(a) > abs(c) ? c : a;
    first = (sum < 0 ? sum - root : sum + root) / 2;
    second = (larger / first) * smaller - squared / first;
  }
  set(diagonal, low, first);
  set(diagonal, low + 1, second);
}

/** One QL sweep over the block low..high, with Wilkinson's shift. */
export function sweep(diagonal: usize, offDiagonal: usize, low: usize, high: usize): void {
  const first = get(diagonal, low);
  const root = Math.sqrt(get(offDiagonal, low));
  const gap = (get(diagonal, low + 1) - first) / (2 * root);
  const length = Math.sqrt(gap * gap + 1);
  const shift = first - root / (gap < 0 ? gap - length : gap + length);

  let cosine: f64 = 1;
  let sine: f64 = 0;
  let gamma = get(diagonal, high) - shift;
  let p = gamma * gamma;
  let d = diagonal + (high << 3);
  let e = offDiagonal + (high << 3);
  const end = offDiagonal + (low << 3);
  // The first pass would write beyond the block: `sine` is 0 then, and what is there has been split off.
  while (e > end) {
    const entry = load<f64>(e - 8);
    const r = p + entry;
    store<f64>(e, sine * r);
    // Both quotients start from p, side by side: a division each after the other would be the length of the loop.
    const inverse = 1 / r;
    const ratio = r / p;
    const before = cosine;
    cosine = p * inverse;
    sine = entry * inverse;
    const old = gamma;
    const alpha = load<f64>(d - 8);
    gamma = cosine * (alpha - shift) - sine * old;
    store<f64>(d, old + (alpha - gamma));
    p = cosine > SMALLEST_COSINE ? gamma * gamma * ratio : before * entry;
    d -= 8;
    e -= 8;
  }
  store<f64>(end, sine * p);
  store<f64>(d, shift + gamma);
}
