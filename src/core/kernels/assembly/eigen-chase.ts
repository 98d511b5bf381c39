// Second of two stages: from a band to tridiagonal form, by chasing bulges (Lang, 1993; Haidar, Ltaief & Dongarra, 2011).
//
// Row i of the band starts one row's distance after row i - 1, a distance that is just what a band with its bulge is
// wide: entry (i, j) is at i * distance + j, as in a full matrix whose rows overlap. Code for full matrices works on it.

import { BAND } from './eigen-products';
import { CHASE } from './eigen-tasks';
import { share, waitFor } from './eigen-team';
import { NEGLIGIBLE_SQUARES, updateVector } from './eigen-tridiagonal';
import { dot, get, multiplyAdd, scale, set, sumOfLanes } from './eigen-vectors';

/** Bytes from a row to the next: twice the band, for the bulge, and room for what a tile writes beyond the diagonal. */
const ROW_BYTES: usize = (2 * BAND + 8) << 3;
const VECTOR_BYTES: usize = BAND << 3;

/** What threads know of a chase, and the columns that are begun one after another. */
@unmanaged
class Chase {
  band: usize;
  order: usize;
  /** For every column how many steps of its bulge are done. */
  progress: usize;
  /** Four for every column modulo RUNNERS. */
  vectors: usize;
}
/** More than the fields take. */
const CONTEXT_BYTES: usize = 64;
/** Columns whose bulges are under way at the same time, at most: one a thread. */
const RUNNERS: usize = 64;

function bandBytes(order: usize): usize {
  return ROW_BYTES * (order + 2 * BAND) + ((order + 2 * BAND) << 3);
}

/** Bytes that `chaseBulges` needs. */
export function chaseWorkBytes(order: usize): usize {
  return CONTEXT_BYTES + RUNNERS * 4 * VECTOR_BYTES + bandBytes(order) + (((order + 1) & ~1) << 2);
}

/** p = A v for a lower triangle of BAND rows. */
export function multiplyTriangle(a: usize, v: usize, p: usize): void {
  memory.fill(p, 0, VECTOR_BYTES);
  for (let r: usize = 0; r < BAND; r += 4) multiplyTriangleRows(a + r * ROW_BYTES, r, v, p);
}

/** Of that, rows r to r + 3. */
export function multiplyTriangleRows(row0: usize, r: usize, v: usize, p: usize): void {
  const row1 = row0 + ROW_BYTES;
  const row2 = row1 + ROW_BYTES;
  const row3 = row2 + ROW_BYTES;
  const v0 = get(v, r);
  const v1 = get(v, r + 1);
  const v2 = get(v, r + 2);
  const v3 = get(v, r + 3);
  const x0 = f64x2.splat(v0);
  const x1 = f64x2.splat(v1);
  const x2 = f64x2.splat(v2);
  const x3 = f64x2.splat(v3);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const bytes = r << 3;
  let k: usize = 0;
  if (bytes !== 0) {
    do {
      const x = v128.load(v + k);
      const a0 = v128.load(row0 + k);
      const a1 = v128.load(row1 + k);
      const a2 = v128.load(row2 + k);
      const a3 = v128.load(row3 + k);
      s0 = multiplyAdd(x, a0, s0);
      s1 = multiplyAdd(x, a1, s1);
      s2 = multiplyAdd(x, a2, s2);
      s3 = multiplyAdd(x, a3, s3);
      const first = multiplyAdd(a1, x1, multiplyAdd(a0, x0, v128.load(p + k)));
      v128.store(p + k, multiplyAdd(a3, x3, multiplyAdd(a2, x2, first)));
      k += 16;
    } while (k < bytes);
  }
  const a10 = get(row1, r);
  const a20 = get(row2, r);
  const a21 = get(row2, r + 1);
  const a30 = get(row3, r);
  const a31 = get(row3, r + 1);
  const a32 = get(row3, r + 2);
  set(p, r, sumOfLanes(s0) + get(row0, r) * v0 + a10 * v1 + a20 * v2 + a30 * v3);
  set(p, r + 1, sumOfLanes(s1) + a10 * v0 + get(row1, r + 1) * v1 + a21 * v2 + a31 * v3);
  set(p, r + 2, sumOfLanes(s2) + a20 * v0 + a21 * v1 + get(row2, r + 2) * v2 + a32 * v3);
  set(p, r + 3, sumOfLanes(s3) + a30 * v0 + a31 * v1 + a32 * v2 + get(row3, r + 3) * v3);
}

/** p = A v for a block of BAND rows, 4 at a time. */
export function multiplyBlockRows(a: usize, v: usize, p: usize): void {
  for (let r: usize = 0; r < VECTOR_BYTES; r += 32) {
    const row1 = a + ROW_BYTES;
    const row2 = row1 + ROW_BYTES;
    const row3 = row2 + ROW_BYTES;
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let k: usize = 0;
    do {
      const x = v128.load(v + k);
      s0 = multiplyAdd(x, v128.load(a + k), s0);
      s1 = multiplyAdd(x, v128.load(row1 + k), s1);
      s2 = multiplyAdd(x, v128.load(row2 + k), s2);
      s3 = multiplyAdd(x, v128.load(row3 + k), s3);
      k += 16;
    } while (k < VECTOR_BYTES);
    store<f64>(p + r, sumOfLanes(s0));
    store<f64>(p + r, sumOfLanes(s1), 8);
    store<f64>(p + r, sumOfLanes(s2), 16);
    store<f64>(p + r, sumOfLanes(s3), 24);
    a += 4 * ROW_BYTES;
  }
}

/** q = A^T v for a block of BAND rows, 4 at a time. */
export function multiplyBlockColumns(a: usize, v: usize, q: usize): void {
  memory.fill(q, 0, VECTOR_BYTES);
  for (let r: usize = 0; r < VECTOR_BYTES; r += 32) {
    const row1 = a + ROW_BYTES;
    const row2 = row1 + ROW_BYTES;
    const row3 = row2 + ROW_BYTES;
    const x0 = v128.load64_splat(v + r);
    const x1 = v128.load64_splat(v + r, 8);
    const x2 = v128.load64_splat(v + r, 16);
    const x3 = v128.load64_splat(v + r, 24);
    let k: usize = 0;
    do {
      const first = multiplyAdd(v128.load(row1 + k), x1, multiplyAdd(v128.load(a + k), x0, v128.load(q + k)));
      const both = multiplyAdd(v128.load(row2 + k), x2, first);
      v128.store(q + k, multiplyAdd(v128.load(row3 + k), x3, both));
      k += 16;
    } while (k < VECTOR_BYTES);
    a += 4 * ROW_BYTES;
  }
}

/** Rows r to r + 3 of A -= x y^T + z w^T, the first `bytes` of them. */
export function subtractOuterRows(
  row0: usize,
  r: usize,
  bytes: usize,
  x: usize,
  y: usize,
  z: usize,
  w: usize,
): void {
  const row1 = row0 + ROW_BYTES;
  const row2 = row1 + ROW_BYTES;
  const row3 = row2 + ROW_BYTES;
  const x0 = f64x2.splat(-get(x, r));
  const x1 = f64x2.splat(-get(x, r + 1));
  const x2 = f64x2.splat(-get(x, r + 2));
  const x3 = f64x2.splat(-get(x, r + 3));
  const z0 = f64x2.splat(-get(z, r));
  const z1 = f64x2.splat(-get(z, r + 1));
  const z2 = f64x2.splat(-get(z, r + 2));
  const z3 = f64x2.splat(-get(z, r + 3));
  let k: usize = 0;
  do {
    const yk = v128.load(y + k);
    const wk = v128.load(w + k);
    v128.store(row0 + k, multiplyAdd(z0, wk, multiplyAdd(x0, yk, v128.load(row0 + k))));
    v128.store(row1 + k, multiplyAdd(z1, wk, multiplyAdd(x1, yk, v128.load(row1 + k))));
    v128.store(row2 + k, multiplyAdd(z2, wk, multiplyAdd(x2, yk, v128.load(row2 + k))));
    v128.store(row3 + k, multiplyAdd(z3, wk, multiplyAdd(x3, yk, v128.load(row3 + k))));
    k += 16;
  } while (k < bytes);
}

/**
 * Turns x, of BAND numbers, into the vector v of the reflection I - tau v v^T that maps x to (alpha, 0, ..., 0), where
 * v[0] = 1. Writes alpha and zeros into the column of the band that x is a copy of. Returns tau.
 */
function reflectColumn(x: usize, column: usize): f64 {
  const first = load<f64>(x);
  const squares = dot(x + 8, x + 8, BAND - 1);
  for (let r: usize = 1; r < BAND; r++) store<f64>(column + r * ROW_BYTES, 0);
  if (squares < NEGLIGIBLE_SQUARES) {
    memory.fill(x, 0, VECTOR_BYTES);
    store<f64>(column, first);
    return 0;
  }
  const norm = Math.sqrt(first * first + squares);
  const alpha = first > 0 ? -norm : norm;
  scale(1 / (first - alpha), x, BAND);
  store<f64>(x, 1);
  store<f64>(column, alpha);
  return (alpha - first) / alpha;
}

/**
 * Applies the reflection of v from both sides to the block of BAND rows on the diagonal at `corner`; if there is a block below, from
 * the right to that, whose first column is then reflected, too, from the left. Returns the tau of that reflection, whose
 * vector is `next`. v is destroyed.
 */
export function chaseStep(
  corner: usize,
  v: usize,
  tau: f64,
  isLast: bool,
  next: usize,
  p: usize,
  q: usize,
): f64 {
  multiplyTriangle(corner, v, p);
  updateVector(p, v, BAND, tau);
  for (let r: usize = 0; r < BAND; r += 4) {
    subtractOuterRows(corner + r * ROW_BYTES, r, (r + 4) << 3, p, v, v, p);
  }
  if (isLast) return 0;

  // B H = B - p v^T with p = tau B v; then G B H = B - p v^T - u q^T, where q = tau' (B^T u - (p^T u) v).
  const below = corner + BAND * ROW_BYTES;
  multiplyBlockRows(below, v, p);
  scale(tau, p, BAND);
  for (let r: usize = 0; r < BAND; r++)
    set(next, r, load<f64>(below + r * ROW_BYTES) - get(p, r) * get(v, 0));
  const nextTau = reflectColumn(next, below);
  multiplyBlockColumns(below, next, q);
  const projection = f64x2.splat(-dot(p, next, BAND));
  const factor = f64x2.splat(nextTau);
  for (let k: usize = 0; k < VECTOR_BYTES; k += 16) {
    v128.store(q + k, f64x2.mul(factor, multiplyAdd(projection, v128.load(v + k), v128.load(q + k))));
  }
  // The first column is as it has to be already.
  set(v, 0, 0);
  set(q, 0, 0);
  for (let r: usize = 0; r < BAND; r += 4) {
    subtractOuterRows(below + r * ROW_BYTES, r, VECTOR_BYTES, p, v, next, q);
  }
  return nextTau;
}

/**
 * Makes a column of the band tridiagonal, and drives the bulge this causes out at the end, two steps behind the bulge of the column
 * before.
 */
export function chaseTask(context: usize, column: usize): void {
  const the = changetype<Chase>(context);
  const band = the.band;
  const order = the.order;
  let v = the.vectors + (column % RUNNERS) * 4 * VECTOR_BYTES;
  let next = v + VECTOR_BYTES;
  const p = next + VECTOR_BYTES;
  const q = p + VECTOR_BYTES;
  const progress = the.progress + (column << 2);
  let row = column + 1;
  let steps: i32 = 0;
  if (column > 0) waitFor(progress - 4, 2);
  const start = band + row * ROW_BYTES + (column << 3);
  for (let r: usize = 0; r < BAND; r++) set(v, r, load<f64>(start + r * ROW_BYTES));
  let tau = reflectColumn(v, start);
  for (; row < order; row += BAND) {
    if (column > 0) waitFor(progress - 4, steps + 2);
    tau = chaseStep(band + row * ROW_BYTES + (row << 3), v, tau, row + BAND >= order, next, p, q);
    atomic.store<i32>(progress, ++steps);
    const done = v;
    v = next;
    next = done;
  }
  atomic.store<i32>(progress, i32.MAX_VALUE);
}

/** Reduces the band in the lower triangle of `a` to a diagonal and an off-diagonal. */
export function chaseBulges(
  a: usize,
  rowBytes: usize,
  order: usize,
  diagonal: usize,
  offDiagonal: usize,
  work: usize,
): void {
  memory.fill(work, 0, chaseWorkBytes(order));
  const the = changetype<Chase>(work);
  const band = work + CONTEXT_BYTES + RUNNERS * 4 * VECTOR_BYTES;
  the.band = band;
  the.order = order;
  the.vectors = work + CONTEXT_BYTES;
  the.progress = band + bandBytes(order);
  for (let i: usize = 0; i < order; i++) {
    const first = i > BAND ? i - BAND : 0;
    memory.copy(band + i * ROW_BYTES + (first << 3), a + i * rowBytes + (first << 3), (i - first + 1) << 3);
  }
  if (order > 2) share(CHASE, <i32>order - 2, work);
  for (let i: usize = 0; i < order; i++) {
    const row = band + i * ROW_BYTES + (i << 3);
    set(diagonal, i, load<f64>(row));
    if (i > 0) set(offDiagonal, i - 1, load<f64>(row - 8));
  }
}
