// Tridiagonalisation of a matrix that caches do not hold (LAPACK's dlatrd): the updates of a panel of reflections are put off and then made
// at once, as a product of matrices. Until then each reflection reads the remaining triangle, but does not write it.

import { BAND, BLOCK, GROUP_BYTES, groupsOfVectors, subtractProduct } from './eigen-products';
import { PANEL_GROUPS, PANEL_PRODUCT, PANEL_UPDATE } from './eigen-tasks';
import { share } from './eigen-team';
import { reflector, updateRow, updateVector } from './eigen-tridiagonal';
import { dot, get, multiplyAdd, set, sumOfLanes } from './eigen-vectors';

/** Parts of a product with the triangle, each with a sum of its own. */
const PARTS: usize = 8;
/** More than the fields take. */
const CONTEXT_BYTES: usize = 64;

/** What threads know of a panel. */
@unmanaged
class Panel {
  a: usize;
  rowBytes: usize;
  /** Rows that the reflection at work, or the panel, leaves. */
  rest: usize;
  /** A -= V W^T + W V^T is due: BAND vectors each. */
  v: usize;
  w: usize;
  vectorBytes: usize;
  /** The vector that A is multiplied with, and the parts of the product. */
  u: usize;
  products: usize;
  /** [V, W] and [W, V], in groups. */
  p: usize;
  q: usize;
}

function groupsBytes(order: usize): usize {
  return ((order + 3) >> 2) * GROUP_BYTES;
}

/** Bytes that `reducePanels` needs at `work`. */
export function panelsWorkBytes(vectorBytes: usize, order: usize): usize {
  return CONTEXT_BYTES + (2 * BAND + PARTS) * vectorBytes + 2 * groupsBytes(order);
}

/**
 * Begins what `tridiagonalise` does, with its arguments, and leaves at most `enough` rows and columns, whose number is returned. Threads share
 * the work.
 */
export function reducePanels(
  a: usize,
  rowBytes: usize,
  order: usize,
  enough: usize,
  diagonal: usize,
  offDiagonal: usize,
  taus: usize,
  work: usize,
  vectorBytes: usize,
): usize {
  const the = changetype<Panel>(work);
  the.a = a;
  the.rowBytes = rowBytes;
  the.v = work + CONTEXT_BYTES;
  the.w = the.v + BAND * vectorBytes;
  the.vectorBytes = vectorBytes;
  the.products = the.w + BAND * vectorBytes;
  the.p = the.products + PARTS * vectorBytes;
  the.q = the.p + groupsBytes(order);
  while (order > enough) {
    memory.fill(the.v, 0, 2 * BAND * vectorBytes);
    // Groups have 4 rows: the first panel leaves a multiple of that.
    const reflections = BAND - ((4 - (order & 3)) & 3);
    for (let k: usize = 0; k < reflections; k++) {
      reduceRow(the, order - 1 - k, k, diagonal, offDiagonal, taus);
    }
    order -= reflections;
    the.rest = order;
    const blocks = <i32>((order + BLOCK - 1) / BLOCK);
    share(PANEL_GROUPS, blocks, work);
    share(PANEL_UPDATE, blocks, work);
  }
  return order;
}

/** Row i becomes reflection `k` of its panel. */
function reduceRow(the: Panel, i: usize, k: usize, diagonal: usize, offDiagonal: usize, taus: usize): void {
  const bytes = the.vectorBytes;
  const row = the.a + i * the.rowBytes;
  for (let l: usize = 0; l < k; l++) updateRow(row, i, the.v + l * bytes, the.w + l * bytes);
  set(diagonal, i, get(row, i));
  const u = the.v + k * bytes;
  const tau = reflector(row, i, offDiagonal + ((i - 1) << 3));
  memory.copy(u, row, i << 3);
  set(taus, i, tau);

  the.u = u;
  the.rest = i;
  share(PANEL_PRODUCT, <i32>PARTS, changetype<usize>(the));
  const p = the.w + k * bytes;
  for (let part: usize = 0; part < PARTS; part++) {
    addMultiple(1, the.products + part * bytes, rowsBefore(i, part + 1), p);
  }
  // What is due of A u.
  for (let l: usize = 0; l < k; l++) {
    const v = the.v + l * bytes;
    const w = the.w + l * bytes;
    addMultiples(-dot(w, u, i), v, -dot(v, u, i), w, i, p);
  }
  updateVector(p, u, i, tau);
  set(p, i, 0);
}

/** Rows before part `part`: every part has as many entries of the triangle. */
function rowsBefore(order: usize, part: usize): usize {
  if (part === PARTS) return order;
  return <usize>(<f64>order * Math.sqrt(<f64>part / <f64>PARTS)) & ~3;
}

/** The part of A u that comes from some rows of the lower triangle. */
export function panelProductTask(context: usize, task: usize): void {
  const the = changetype<Panel>(context);
  // The last part, whose rows are longest, first.
  const part = PARTS - 1 - task;
  const end = rowsBefore(the.rest, part + 1);
  const product = the.products + part * the.vectorBytes;
  memory.fill(product, 0, (end + 1) << 3);
  let r = rowsBefore(the.rest, part);
  for (; r + 4 <= end; r += 4) multiplyFourRows(the.a + r * the.rowBytes, the.rowBytes, r, the.u, product);
  for (; r < end; r++) {
    const row = the.a + r * the.rowBytes;
    const x = get(the.u, r);
    const sum = dot(row, the.u, r);
    addMultiple(x, row, r, product);
    set(product, r, get(product, r) + sum + get(row, r) * x);
  }
}

/** p += A u for rows r to r + 3 of the lower triangle, r a multiple of 4. */
export function multiplyFourRows(row0: usize, rowBytes: usize, r: usize, u: usize, p: usize): void {
  const row1 = row0 + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  const u0 = get(u, r);
  const u1 = get(u, r + 1);
  const u2 = get(u, r + 2);
  const u3 = get(u, r + 3);
  const x0 = f64x2.splat(u0);
  const x1 = f64x2.splat(u1);
  const x2 = f64x2.splat(u2);
  const x3 = f64x2.splat(u3);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const bytes = r << 3;
  let k: usize = 0;
  if (bytes !== 0) {
    do {
      const x = v128.load(u + k);
      const a0 = v128.load(row0 + k);
      const a1 = v128.load(row1 + k);
      s0 = multiplyAdd(x, a0, s0);
      s1 = multiplyAdd(x, a1, s1);
      const first = multiplyAdd(a1, x1, multiplyAdd(a0, x0, v128.load(p + k)));
      const a2 = v128.load(row2 + k);
      const a3 = v128.load(row3 + k);
      s2 = multiplyAdd(x, a2, s2);
      s3 = multiplyAdd(x, a3, s3);
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
  const at = p + (r << 3);
  set(at, 0, get(at, 0) + sumOfLanes(s0) + get(row0, r) * u0 + a10 * u1 + a20 * u2 + a30 * u3);
  set(at, 1, get(at, 1) + sumOfLanes(s1) + a10 * u0 + get(row1, r + 1) * u1 + a21 * u2 + a31 * u3);
  set(at, 2, get(at, 2) + sumOfLanes(s2) + a20 * u0 + a21 * u1 + get(row2, r + 2) * u2 + a32 * u3);
  set(at, 3, get(at, 3) + sumOfLanes(s3) + a30 * u0 + a31 * u1 + a32 * u2 + get(row3, r + 3) * u3);
}

/** y += a x */
export function addMultiple(a: f64, x: usize, length: usize, y: usize): void {
  const factor = f64x2.splat(a);
  for (const pairs = x + ((length & ~1) << 3); x < pairs; x += 16, y += 16) {
    v128.store(y, multiplyAdd(factor, v128.load(x), v128.load(y)));
  }
  if (length & 1) store<f64>(y, load<f64>(y) + a * load<f64>(x));
}

/** z += a x + b y */
export function addMultiples(a: f64, x: usize, b: f64, y: usize, length: usize, z: usize): void {
  const aa = f64x2.splat(a);
  const bb = f64x2.splat(b);
  for (const pairs = x + ((length & ~1) << 3); x < pairs; x += 16, y += 16, z += 16) {
    v128.store(z, multiplyAdd(bb, v128.load(y), multiplyAdd(aa, v128.load(x), v128.load(z))));
  }
  if (length & 1) store<f64>(z, load<f64>(z) + a * load<f64>(x) + b * load<f64>(y));
}

export function panelGroupsTask(context: usize, block: usize): void {
  const the = changetype<Panel>(context);
  const row = block * BLOCK;
  const count = min(BLOCK, the.rest - row);
  const bytes = the.vectorBytes;
  const p = the.p + (row >> 2) * GROUP_BYTES;
  const q = the.q + (row >> 2) * GROUP_BYTES;
  groupsOfVectors(the.v + (row << 3), bytes, count, p);
  groupsOfVectors(the.w + (row << 3), bytes, count, p + (GROUP_BYTES >> 1));
  groupsOfVectors(the.w + (row << 3), bytes, count, q);
  groupsOfVectors(the.v + (row << 3), bytes, count, q + (GROUP_BYTES >> 1));
}

export function panelUpdateTask(context: usize, task: usize): void {
  const the = changetype<Panel>(context);
  const end = the.rest - task * BLOCK;
  subtractProduct(the.a, the.rowBytes, end > BLOCK ? end - BLOCK : 0, end, the.p, the.q);
}
