// First of two stages for wide matrices: to a band, with products of matrices, which do not wait for memory.

import {
  BAND,
  BLOCK,
  GROUP_BYTES,
  groupsOfSlabs,
  groupsOfVectors,
  halfProduct,
  multiplyGroups,
  multiplySymmetric,
  SMALL_BYTES,
  STORE,
  SUBTRACT,
  subtractProduct,
} from './eigen-products';
import { BAND_FACTOR, BAND_PRODUCT, BAND_UPDATE, BAND_VECTORS } from './eigen-tasks';
import { share } from './eigen-team';
import { reflector } from './eigen-tridiagonal';
import { dot, get, multiplyAdd, set, sumOfLanes } from './eigen-vectors';

/** Of a context: more than its fields take. */
const CONTEXT_BYTES: usize = 64;

/** Rows r of 4: r -= tau (r^T v) v. v is zero where `length` is rounded up to an even number. */
export function reflectRows(row0: usize, rowBytes: usize, v: usize, length: usize, tau: f64): void {
  const row1 = row0 + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  const bytes = ((length + 1) & ~1) << 3;
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  let k: usize = 0;
  do {
    const x = v128.load(v + k);
    s0 = multiplyAdd(x, v128.load(row0 + k), s0);
    s1 = multiplyAdd(x, v128.load(row1 + k), s1);
    s2 = multiplyAdd(x, v128.load(row2 + k), s2);
    s3 = multiplyAdd(x, v128.load(row3 + k), s3);
    k += 16;
  } while (k < bytes);
  s0 = f64x2.splat(-tau * sumOfLanes(s0));
  s1 = f64x2.splat(-tau * sumOfLanes(s1));
  s2 = f64x2.splat(-tau * sumOfLanes(s2));
  s3 = f64x2.splat(-tau * sumOfLanes(s3));
  k = 0;
  do {
    const x = v128.load(v + k);
    v128.store(row0 + k, multiplyAdd(x, s0, v128.load(row0 + k)));
    v128.store(row1 + k, multiplyAdd(x, s1, v128.load(row1 + k)));
    v128.store(row2 + k, multiplyAdd(x, s2, v128.load(row2 + k)));
    v128.store(row3 + k, multiplyAdd(x, s3, v128.load(row3 + k)));
    k += 16;
  } while (k < bytes);
}

/**
 * The last BAND rows of the leading m x m matrix, last row first: reflections of the first `order` = m - BAND columns that leave of row
 * i only what is in the band. Their vectors become the rows of v, their factors `taus`.
 */
function reducePanel(a: usize, rowBytes: usize, order: usize, v: usize, taus: usize): void {
  for (let k: usize = 0; k < BAND; k++) {
    const above = BAND - 1 - k;
    const row = a + (order + above) * rowBytes;
    const length = order - k;
    const vector = v + k * rowBytes;
    memory.copy(vector, row, length << 3);
    memory.fill(vector + (length << 3), 0, (k + 2) << 3);
    const tau = reflector(vector, length, row + ((length - 1) << 3));
    set(taus, k, tau);
    let r = a + order * rowBytes;
    for (const end = r + (above & ~3) * rowBytes; r < end; r += 4 * rowBytes) {
      reflectRows(r, rowBytes, vector, length, tau);
    }
    for (; r < row; r += rowBytes) reflectRow(r, vector, length, tau);
  }
}

export function reflectRow(row: usize, v: usize, length: usize, tau: f64): void {
  const factor = f64x2.splat(-tau * dot(row, v, length));
  for (let k: usize = 0; k < length << 3; k += 16) {
    v128.store(row + k, multiplyAdd(factor, v128.load(v + k), v128.load(row + k)));
  }
}

/** T, upper triangular, of H_0 H_1 ... = I - V T V^T (Schreiber & Van Loan, 1989). */
function blockFactor(v: usize, rowBytes: usize, order: usize, taus: usize, t: usize): void {
  memory.fill(t, 0, BAND * SMALL_BYTES);
  for (let k: usize = 0; k < BAND; k++) {
    const tau = get(taus, k);
    const row = t + k * SMALL_BYTES;
    set(row, k, tau);
    // Column k of V^T V, for a moment in what is the lower triangle of T.
    for (let i: usize = 0; i < k; i++) set(row, i, dot(v + i * rowBytes, v + k * rowBytes, order));
    for (let i: usize = 0; i < k; i++) {
      let sum: f64 = 0;
      for (let l = i; l < k; l++) sum += get(t + i * SMALL_BYTES, l) * get(row, l);
      set(t + i * SMALL_BYTES, k, -tau * sum);
    }
    memory.fill(row, 0, k << 3);
  }
}

/** What threads know of a reduction to a band. */
@unmanaged
class Reduction {
  a: usize;
  rowBytes: usize;
  /** Rows that are not in the band yet, without those of the panel. */
  rest: usize;
  v: usize;
  taus: usize;
  t: usize;
  /** (V T)^T X / 2 */
  z: usize;
  vt: usize;
  x: usize;
  p: usize;
  q: usize;
  /** Of BLOCK rows of 4 numbers for every block of rows. */
  packed: usize;
}

function blocksOf(rows: usize): i32 {
  return <i32>((rows + BLOCK - 1) / BLOCK);
}

/** Bytes that `reduceToBand` needs at `work` for a matrix of `order` rows, a multiple of BAND. */
export function bandWorkBytes(rowBytes: usize, order: usize): usize {
  return (
    CONTEXT_BYTES +
    BAND * rowBytes +
    SMALL_BYTES +
    2 * BAND * SMALL_BYTES +
    2 * ((order * BAND) << 3) +
    2 * (order >> 2) * GROUP_BYTES +
    blocksOf(order) * (BLOCK << 5)
  );
}

/**
 * Reduces the lower triangle of `a` to a band by congruence with orthogonal matrices, last rows first; `order` is a multiple of BAND. What
 * is below the band is left over.
 *
 * With the reflections of BAND rows, Q = I - V T V^T, and X = A V T, Q^T A Q = A - V W^T - W V^T where
 * W = X - V (V T)^T X / 2 (Dongarra, Hammarling & Sorensen, 1989, for blocks as Bischof, Lang & Sun, 2000, have them).
 */
export function reduceToBand(a: usize, rowBytes: usize, order: usize, work: usize): void {
  const the = changetype<Reduction>(work);
  the.a = a;
  the.rowBytes = rowBytes;
  the.v = work + CONTEXT_BYTES;
  the.taus = the.v + BAND * rowBytes;
  the.t = the.taus + SMALL_BYTES;
  the.z = the.t + BAND * SMALL_BYTES;
  the.vt = the.z + BAND * SMALL_BYTES;
  the.x = the.vt + ((order * BAND) << 3);
  the.p = the.x + ((order * BAND) << 3);
  the.q = the.p + (order >> 2) * GROUP_BYTES;
  the.packed = the.q + (order >> 2) * GROUP_BYTES;
  if (order <= BAND) return;
  the.rest = order - BAND;
  factorPanel(the, the.rest);
  for (; the.rest > 0; the.rest -= BAND) {
    const blocks = blocksOf(the.rest);
    share(BAND_VECTORS, blocks, work);
    share(BAND_PRODUCT, blocks, work);
    halfProduct(the.vt, the.x, the.rest, the.z);
    share(BAND_FACTOR, blocks, work);
    share(BAND_UPDATE, 1 + blocksOf(the.rest - BAND), work);
  }
}

function factorPanel(the: Reduction, rest: usize): void {
  reducePanel(the.a, the.rowBytes, rest, the.v, the.taus);
  blockFactor(the.v, the.rowBytes, rest, the.taus, the.t);
}

/** Rows of V T, and of V in groups. */
export function vectorsTask(context: usize, block: usize): void {
  const the = changetype<Reduction>(context);
  const row = block * BLOCK;
  const count = min(BLOCK, the.rest - row);
  const groups = the.p + (row >> 2) * GROUP_BYTES;
  groupsOfVectors(the.v + (row << 3), the.rowBytes, count, groups);
  multiplyGroups(groups, the.t, true, count, the.rest, the.vt + (row << 5), STORE);
}

/** Rows of X = A V T. */
export function productTask(context: usize, block: usize): void {
  const the = changetype<Reduction>(context);
  const packed = the.packed + block * (BLOCK << 5);
  multiplySymmetric(the.a, the.rowBytes, the.rest, block * BLOCK, the.vt, the.x, packed);
}

/** Rows of W, and then of P = [V, W] and Q = [W, V]. */
export function factorTask(context: usize, block: usize): void {
  const the = changetype<Reduction>(context);
  const row = block * BLOCK;
  const count = min(BLOCK, the.rest - row);
  const offset = (row >> 2) * GROUP_BYTES;
  const x = the.x + (row << 5);
  multiplyGroups(the.p + offset, the.z, false, count, the.rest, x, SUBTRACT);
  groupsOfSlabs(x, the.rest, count, the.p + offset + (GROUP_BYTES >> 1));
  groupsOfSlabs(x, the.rest, count, the.q + offset);
  groupsOfVectors(the.v + (row << 3), the.rowBytes, count, the.q + offset + (GROUP_BYTES >> 1));
}

/** Rows of A -= V W^T + W V^T; those of the next panel first, whose reflections are then found while others do the rest. */
export function updateTask(context: usize, task: usize): void {
  const the = changetype<Reduction>(context);
  const rest = the.rest - BAND;
  if (task === 0) {
    subtractProduct(the.a, the.rowBytes, rest, the.rest, the.p, the.q);
    if (rest > 0) factorPanel(the, rest);
    return;
  }
  // Longest rows first: what is left for the end should be short.
  const end = rest - (task - 1) * BLOCK;
  subtractProduct(the.a, the.rowBytes, end > BLOCK ? end - BLOCK : 0, end, the.p, the.q);
}
