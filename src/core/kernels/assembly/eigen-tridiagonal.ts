// Householder tridiagonalisation of a symmetric matrix whose entries are at most about 1.

import { dot, get, multiplyAdd, scale, set, sumOfLanes } from './eigen-vectors';

/** A sum of squares below this is that of numbers which are nothing beside a largest entry of 1. */
export const NEGLIGIBLE_SQUARES: f64 = 1e-290;

/**
 * Turns x into the vector u of the reflection H = I - tau u u^T that maps x to (0, ..., 0, alpha), where
 * u[length - 1] = 1. Returns tau, 0 where x has that form already, and writes alpha to `alphaAt`.
 */
export function reflector(x: usize, length: usize, alphaAt: usize): f64 {
  const last = get(x, length - 1);
  const squares = dot(x, x, length - 1);
  if (squares < NEGLIGIBLE_SQUARES) {
    memory.fill(x, 0, length << 3);
    store<f64>(alphaAt, last);
    return 0;
  }
  const norm = Math.sqrt(last * last + squares);
  // The sign that adds magnitudes: subtracting nearly equal numbers would cost digits.
  const alpha = last > 0 ? -norm : norm;
  scale(1 / (last - alpha), x, length - 1);
  set(x, length - 1, 1);
  store<f64>(alphaAt, alpha);
  return (alpha - last) / alpha;
}

/** Row i of the lower triangle -= v_i w + w_i v, up to its diagonal, or one number further. */
export function updateRow(row: usize, i: usize, v: usize, w: usize): void {
  const vi = f64x2.splat(-get(v, i));
  const wi = f64x2.splat(-get(w, i));
  const bytes = (i + 1) << 3;
  for (let k: usize = 0; k < bytes; k += 16) {
    const x = multiplyAdd(vi, v128.load(w + k), v128.load(row + k));
    v128.store(row + k, multiplyAdd(wi, v128.load(v + k), x));
  }
}

/**
 * A -= v w^T + w v^T in the first 4 [j / 4] columns of rows j and j + 1 of the lower triangle, and their part of p += A u with
 * the updated A.
 *
 * Two rows at a time: with their 6 factors and 2 sums they fill the 16 registers of x86-64. Two pairs of columns at
 * a time share the computing of addresses; four are slower. So is a loop with its condition at the top: V8 then
 * moves factors out of registers.
 */
export function updateAndMultiplyRows(
  row0: usize,
  row1: usize,
  j: usize,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
): void {
  const v0 = f64x2.splat(-get(v, j));
  const w0 = f64x2.splat(-get(w, j));
  const u0 = f64x2.splat(get(u, j));
  const v1 = f64x2.splat(-get(v, j + 1));
  const w1 = f64x2.splat(-get(w, j + 1));
  const u1 = f64x2.splat(get(u, j + 1));
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const bytes = (j & ~3) << 3;
  if (bytes === 0) return;
  let k: usize = 0;
  do {
    const a0 = row0 + k;
    const a1 = row1 + k;
    const vk = v + k;
    const wk = w + k;
    const uk = u + k;
    const pk = p + k;

    const va = v128.load(vk);
    const wa = v128.load(wk);
    const ua = v128.load(uk);
    const a0a = multiplyAdd(w0, va, multiplyAdd(v0, wa, v128.load(a0)));
    v128.store(a0, a0a);
    s0 = multiplyAdd(a0a, ua, s0);
    const a1a = multiplyAdd(w1, va, multiplyAdd(v1, wa, v128.load(a1)));
    v128.store(a1, a1a);
    s1 = multiplyAdd(a1a, ua, s1);
    v128.store(pk, multiplyAdd(a1a, u1, multiplyAdd(a0a, u0, v128.load(pk))));

    const vb = v128.load(vk, 16);
    const wb = v128.load(wk, 16);
    const ub = v128.load(uk, 16);
    const a0b = multiplyAdd(w0, vb, multiplyAdd(v0, wb, v128.load(a0, 16)));
    v128.store(a0, a0b, 16);
    s0 = multiplyAdd(a0b, ub, s0);
    const a1b = multiplyAdd(w1, vb, multiplyAdd(v1, wb, v128.load(a1, 16)));
    v128.store(a1, a1b, 16);
    s1 = multiplyAdd(a1b, ub, s1);
    v128.store(pk, multiplyAdd(a1b, u1, multiplyAdd(a0b, u0, v128.load(pk, 16))), 16);
    k += 32;
  } while (k < bytes);
  set(p, j, get(p, j) + sumOfLanes(s0));
  set(p, j + 1, get(p, j + 1) + sumOfLanes(s1));
}

/** The same for row j alone, in the columns from `start` to its diagonal. */
export function updateAndMultiplyRow(
  row: usize,
  j: usize,
  start: usize,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
): void {
  const vj = get(v, j);
  const wj = get(w, j);
  const uj = get(u, j);
  let sum: f64 = 0;
  for (let k = start; k < j; k++) {
    const entry = get(row, k) - vj * get(w, k) - wj * get(v, k);
    set(row, k, entry);
    sum += entry * get(u, k);
    set(p, k, get(p, k) + entry * uj);
  }
  const end = get(row, j) - 2 * vj * wj;
  set(row, j, end);
  set(p, j, get(p, j) + sum + end * uj);
}

/** A -= v w^T + w v^T and p = A u, for the leading `order` rows of the lower triangle. */
export function updateAndMultiply(
  a: usize,
  rowBytes: usize,
  order: usize,
  v: usize,
  w: usize,
  u: usize,
  p: usize,
): void {
  memory.fill(p, 0, order << 3);
  // Of an odd number of rows the shortest is the one without a partner.
  let j: usize = order & 1;
  if (j === 1) updateAndMultiplyRow(a, 0, 0, v, w, u, p);
  for (; j < order; j += 2) {
    const row0 = a + j * rowBytes;
    const row1 = row0 + rowBytes;
    updateAndMultiplyRows(row0, row1, j, v, w, u, p);
    updateAndMultiplyRow(row0, j, j & ~3, v, w, u, p);
    updateAndMultiplyRow(row1, j + 1, j & ~3, v, w, u, p);
  }
}

/** From p = A u the w of H A H = A - u w^T - w u^T: w = tau p - (tau^2 / 2) (p^T u) u, in place. */
export function updateVector(p: usize, u: usize, length: usize, tau: f64): void {
  const half = (tau * tau * dot(p, u, length)) / 2;
  const t = f64x2.splat(tau);
  const h = f64x2.splat(-half);
  for (let k: usize = 0; k < length << 3; k += 16) {
    v128.store(p + k, multiplyAdd(h, v128.load(u + k), f64x2.mul(t, v128.load(p + k))));
  }
}

/**
 * Reduces the lower triangle of `a` to a diagonal and an off-diagonal (whose entry i stands between i and i + 1), last
 * row first. `vectors` has room for 4 of `vectorBytes`, which are for at least two numbers more than the order. If `taus` is not 0, the vector
 * of reflection i is left in row i and its factor in entry i of `taus`.
 *
 * The rank-two update that a reflection asks for is put off to the pass that multiplies the next one's vector: each
 * reflection reads the remaining triangle once.
 */
export function tridiagonalise(
  a: usize,
  rowBytes: usize,
  order: usize,
  diagonal: usize,
  offDiagonal: usize,
  taus: usize,
  vectors: usize,
  vectorBytes: usize,
): void {
  let v = vectors;
  let w = v + vectorBytes;
  let u = w + vectorBytes;
  let p = u + vectorBytes;
  memory.fill(vectors, 0, 4 * vectorBytes);
  for (let i = order - 1; i > 0; i--) {
    const row = a + i * rowBytes;
    updateRow(row, i, v, w);
    set(diagonal, i, get(row, i));
    memory.copy(u, row, i << 3);
    const tau = reflector(u, i, offDiagonal + ((i - 1) << 3));
    if (taus !== 0) {
      memory.copy(row, u, i << 3);
      set(taus, i, tau);
    }
    updateAndMultiply(a, rowBytes, i, v, w, u, p);
    updateVector(p, u, i, tau);
    let other = v;
    v = u;
    u = other;
    other = w;
    w = p;
    p = other;
  }
  updateRow(a, 0, v, w);
  set(diagonal, 0, get(a, 0));
}
