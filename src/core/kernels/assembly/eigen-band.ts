// First of two stages for wide matrices: to a band, with products of matrices, which do not wait for memory.

import { reflector } from './eigen-tridiagonal';
import { dot, get, multiplyAdd, set, sumOfLanes } from './eigen-vectors';

// A matrix of `order` rows and BAND columns is kept in one of two forms, each read in order by a kernel:
// slabs    for every 4 columns all rows one after another, 4 numbers each
// groups   for every 4 rows all columns one after another, 4 numbers each

/** Width of the band: off-diagonals on each side. */
export const BAND: usize = 32;
/** Rows and columns of the parts of the matrix that are multiplied one after another: a few fit into the second-level cache. */
const BLOCK: usize = 128;
/** Bytes of a row of a BAND x BAND matrix. */
const SMALL_BYTES: usize = BAND << 3;
/** Bytes from a group to the next: those of two matrices, side by side. */
const GROUP_BYTES: usize = BAND << 6;

const ADD: i32 = 0;
const SUBTRACT: i32 = 1;
const STORE: i32 = 2;

function finish(c: usize, x: v128, y: v128, mode: i32): void {
  if (mode === ADD) {
    x = f64x2.add(v128.load(c), x);
    y = f64x2.add(v128.load(c, 16), y);
  } else if (mode === SUBTRACT) {
    x = f64x2.sub(v128.load(c), x);
    y = f64x2.sub(v128.load(c, 16), y);
  }
  v128.store(c, x);
  v128.store(c, y, 16);
}

/**
 * The 4 x 4 matrix A^T B, added to, subtracted from or stored at c: `count` rows of 4 numbers at a and b. The 8 sums and 3
 * operands are what V8 keeps in registers.
 */
export function multiplyTile(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  count: usize,
  c: usize,
  cBytes: usize,
  mode: i32,
): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = multiplyAdd(a0, b0, s00);
    s01 = multiplyAdd(a0, b1, s01);
    const a1 = v128.load64_splat(a, 8);
    s10 = multiplyAdd(a1, b0, s10);
    s11 = multiplyAdd(a1, b1, s11);
    const a2 = v128.load64_splat(a, 16);
    s20 = multiplyAdd(a2, b0, s20);
    s21 = multiplyAdd(a2, b1, s21);
    const a3 = v128.load64_splat(a, 24);
    s30 = multiplyAdd(a3, b0, s30);
    s31 = multiplyAdd(a3, b1, s31);
    a += aBytes;
    b += bBytes;
  } while (--count);
  finish(c, s00, s01, mode);
  finish(c + cBytes, s10, s11, mode);
  finish(c + 2 * cBytes, s20, s21, mode);
  finish(c + 3 * cBytes, s30, s31, mode);
}

/** C += A B, for 4 rows of A with `count` numbers, `count` rows of a slab B and 4 of a slab C. */
export function multiplyRows(a: usize, aBytes: usize, b: usize, count: usize, c: usize): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  let row1 = a + aBytes;
  let row2 = row1 + aBytes;
  let row3 = row2 + aBytes;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = multiplyAdd(a0, b0, s00);
    s01 = multiplyAdd(a0, b1, s01);
    const a1 = v128.load64_splat(row1);
    s10 = multiplyAdd(a1, b0, s10);
    s11 = multiplyAdd(a1, b1, s11);
    const a2 = v128.load64_splat(row2);
    s20 = multiplyAdd(a2, b0, s20);
    s21 = multiplyAdd(a2, b1, s21);
    const a3 = v128.load64_splat(row3);
    s30 = multiplyAdd(a3, b0, s30);
    s31 = multiplyAdd(a3, b1, s31);
    a += 8;
    row1 += 8;
    row2 += 8;
    row3 += 8;
    b += 32;
  } while (--count);
  finish(c, s00, s01, ADD);
  finish(c + 32, s10, s11, ADD);
  finish(c + 64, s20, s21, ADD);
  finish(c + 96, s30, s31, ADD);
}

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

/** Rows of BAND vectors to groups. */
export function groupsOfVectors(v: usize, rowBytes: usize, order: usize, groups: usize): void {
  for (let k: usize = 0; k < BAND; k++) {
    let from = v + k * rowBytes;
    let to = groups + (k << 5);
    for (const end = from + (order << 3); from < end; from += 32, to += GROUP_BYTES) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
  }
}

/** Slabs to groups: 4 x 4 transpositions. */
export function groupsOfSlabs(slabs: usize, order: usize, groups: usize): void {
  for (let s: usize = 0; s < BAND; s += 4) {
    let from = slabs + ((s * order) << 3);
    let to = groups + (s << 5);
    for (const end = from + (order << 5); from < end; from += 128, to += GROUP_BYTES) {
      for (let half: usize = 0; half < 32; half += 16) {
        const x0 = v128.load(from + half);
        const x1 = v128.load(from + half, 32);
        const x2 = v128.load(from + half, 64);
        const x3 = v128.load(from + half, 96);
        const at = to + 4 * half;
        v128.store(at, v128.shuffle<f64>(x0, x1, 0, 2));
        v128.store(at, v128.shuffle<f64>(x2, x3, 0, 2), 16);
        v128.store(at, v128.shuffle<f64>(x0, x1, 1, 3), 32);
        v128.store(at, v128.shuffle<f64>(x2, x3, 1, 3), 48);
      }
    }
  }
}

/** Slabs C = (or -=) A B, A in groups, B a BAND x BAND matrix, upper triangular if so said. */
function multiplyGroups(groups: usize, b: usize, upper: bool, order: usize, c: usize, mode: i32): void {
  for (let i: usize = 0; i < order; i += 4) {
    for (let s: usize = 0; s < BAND; s += 4) {
      const count = upper ? s + 4 : BAND;
      const to = c + ((s * order + 4 * i) << 3);
      multiplyTile(groups + (i >> 2) * GROUP_BYTES, 32, b + (s << 3), SMALL_BYTES, count, to, 32, mode);
    }
  }
}

/** X = A V for slabs V and X and the lower triangle of A, whose upper triangle is overwritten here and there. */
function multiplySymmetric(a: usize, rowBytes: usize, order: usize, v: usize, x: usize): void {
  memory.fill(x, 0, (order * BAND) << 3);
  for (let i: usize = 0; i < order; i += BLOCK) {
    const rows = min(BLOCK, order - i);
    for (let j: usize = 0; j < i; j += BLOCK) {
      multiplyBlock(a + i * rowBytes + (j << 3), rowBytes, rows, BLOCK, order, v + (j << 5), x + (i << 5));
      multiplyBlockTransposed(a + i * rowBytes + (j << 3), rowBytes, rows, order, v + (i << 5), x + (j << 5));
    }
    const corner = a + i * rowBytes + (i << 3);
    mirror(corner, rowBytes, rows);
    multiplyBlock(corner, rowBytes, rows, rows, order, v + (i << 5), x + (i << 5));
  }
}

export function multiplyBlock(
  a: usize,
  rowBytes: usize,
  rows: usize,
  columns: usize,
  order: usize,
  v: usize,
  x: usize,
): void {
  for (let i: usize = 0; i < rows; i += 4) {
    for (let s: usize = 0; s < BAND; s += 4) {
      const slab = (s * order) << 3;
      multiplyRows(a + i * rowBytes, rowBytes, v + slab, columns, x + slab + (i << 5));
    }
  }
}

export function multiplyBlockTransposed(
  a: usize,
  rowBytes: usize,
  rows: usize,
  order: usize,
  v: usize,
  x: usize,
): void {
  for (let j: usize = 0; j < BLOCK; j += 4) {
    for (let s: usize = 0; s < BAND; s += 4) {
      const slab = (s * order) << 3;
      multiplyTile(a + (j << 3), rowBytes, v + slab, 32, rows, x + slab + (j << 5), 32, ADD);
    }
  }
}

/** Copies the lower triangle of a block to its upper one. */
export function mirror(a: usize, rowBytes: usize, order: usize): void {
  for (let i: usize = 1; i < order; i++) {
    for (let j: usize = 0; j < i; j++) set(a + j * rowBytes, i, get(a + i * rowBytes, j));
  }
}

/** C = A^T B / 2, a BAND x BAND matrix, for slabs A and B. */
function halfProduct(a: usize, b: usize, order: usize, c: usize): void {
  for (let s: usize = 0; s < BAND; s += 4) {
    for (let t: usize = 0; t < BAND; t += 4) {
      const to = c + s * SMALL_BYTES + (t << 3);
      multiplyTile(a + ((s * order) << 3), 32, b + ((t * order) << 3), 32, order, to, SMALL_BYTES, STORE);
    }
  }
  const half = f64x2.splat(0.5);
  for (let k: usize = 0; k < BAND * SMALL_BYTES; k += 16)
    v128.store(c + k, f64x2.mul(half, v128.load(c + k)));
}

/** A -= P^T Q in the lower triangle, for groups of 2 BAND columns each. */
function subtractProduct(a: usize, rowBytes: usize, order: usize, p: usize, q: usize): void {
  for (let block: usize = 0; block < order; block += BAND) {
    for (let i = block; i < order; i += 4)
      subtractRows(a, rowBytes, i, block, min(block + BAND, i + 4), p, q);
  }
}

/** Of that, rows i to i + 3 in columns `start` to `end`. */
export function subtractRows(
  a: usize,
  rowBytes: usize,
  i: usize,
  start: usize,
  end: usize,
  p: usize,
  q: usize,
): void {
  for (let j = start; j < end; j += 4) {
    const to = a + i * rowBytes + (j << 3);
    const columns: usize = 2 * BAND;
    multiplyTile(
      p + (i >> 2) * GROUP_BYTES,
      32,
      q + (j >> 2) * GROUP_BYTES,
      32,
      columns,
      to,
      rowBytes,
      SUBTRACT,
    );
  }
}

/** Bytes that `reduceToBand` needs at `work` for a matrix of `order` rows, a multiple of BAND. */
export function bandWorkBytes(rowBytes: usize, order: usize): usize {
  return (
    BAND * rowBytes +
    SMALL_BYTES +
    2 * BAND * SMALL_BYTES +
    2 * ((order * BAND) << 3) +
    2 * (order >> 2) * GROUP_BYTES
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
  const v = work;
  const taus = v + BAND * rowBytes;
  const t = taus + SMALL_BYTES;
  const z = t + BAND * SMALL_BYTES;
  const vt = z + BAND * SMALL_BYTES;
  const x = vt + ((order * BAND) << 3);
  const p = x + ((order * BAND) << 3);
  const q = p + (order >> 2) * GROUP_BYTES;
  for (let rest = order - BAND; rest > 0; rest -= BAND) {
    reducePanel(a, rowBytes, rest, v, taus);
    blockFactor(v, rowBytes, rest, taus, t);
    groupsOfVectors(v, rowBytes, rest, p);
    multiplyGroups(p, t, true, rest, vt, STORE);
    multiplySymmetric(a, rowBytes, rest, vt, x);
    halfProduct(vt, x, rest, z);
    multiplyGroups(p, z, false, rest, x, SUBTRACT);
    // P = [V, W] and Q = [W, V].
    groupsOfSlabs(x, rest, p + (GROUP_BYTES >> 1));
    groupsOfSlabs(x, rest, q);
    groupsOfVectors(v, rowBytes, rest, q + (GROUP_BYTES >> 1));
    subtractProduct(a, rowBytes, rest, p, q);
  }
}
