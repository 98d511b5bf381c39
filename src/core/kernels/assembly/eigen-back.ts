// From eigenvectors of the tridiagonal matrix to those of the one it was made from: blocks of reflections are products of matrices, which
// are applied to a few eigenvectors at a time, so that those stay in a cache.

import { ADD, multiplyTile, packRows, STORE, SUBTRACT } from './eigen-products';
import { BACK_FACTOR, BACK_STRIPE } from './eigen-tasks';
import { share } from './eigen-team';
import { get, set } from './eigen-vectors';

/** Reflections of a block. */
const BLOCK: usize = 64;
const SMALL_BYTES: usize = BLOCK << 3;
/** Eigenvectors that a task works on. */
const STRIPE: usize = 32;
/** Coordinates that are multiplied one after another, so that they stay in the caches. */
const DEPTH: usize = 256;
/** More than the fields take. */
const CONTEXT_BYTES: usize = 64;

/** What threads know of a back-transformation. */
@unmanaged
class Back {
  order: usize;
  /** Row i begins with the vector of reflection i, which has i numbers. */
  reflections: usize;
  reflectionBytes: usize;
  taus: usize;
  /** Eigenvectors of the tridiagonal matrix, and their indices by rising value. */
  rows: usize;
  rowBytes: usize;
  sorted: usize;
  /** Of every block V in groups of 4 reflections and V T in groups of 4 coordinates. */
  factors: usize;
  /** T and its Gram matrix of every block, or products of every stripe. */
  small: usize;
  slabs: usize;
  /** The eigenvectors as columns of an order x order matrix, by falling value. */
  to: usize;
}

function blocksOf(order: usize): usize {
  return (order - 1 + BLOCK - 1) / BLOCK;
}

function stripesOf(order: usize): usize {
  return (order + STRIPE - 1) / STRIPE;
}

/** Coordinates that the reflections of a block change, a multiple of 4. */
function lengthOf(order: usize, block: usize): usize {
  return (min((block + 1) * BLOCK, order - 1) + 3) & ~3;
}

function factorBytes(length: usize): usize {
  return (length * BLOCK) << 3;
}

export function factorsBytes(order: usize): usize {
  let bytes: usize = 0;
  for (let block: usize = 0; block < blocksOf(order); block++)
    bytes += 2 * factorBytes(lengthOf(order, block));
  return bytes;
}

/** Bytes of the slabs of all stripes. */
export function stripesBytes(order: usize): usize {
  return (stripesOf(order) * STRIPE * ((order + 3) & ~3)) << 3;
}

/** Bytes of the small matrices and of a context. */
export function backWorkBytes(order: usize): usize {
  return CONTEXT_BYTES + max(2 * blocksOf(order) * BLOCK, stripesOf(order) * STRIPE) * SMALL_BYTES;
}

export function prepareBack(work: usize): Back {
  const the = changetype<Back>(work);
  the.small = work + CONTEXT_BYTES;
  return the;
}

/** The reflections are destroyed when all are in blocks: `to` may be where they were. */
export function transformBack(the: Back): void {
  share(BACK_FACTOR, <i32>blocksOf(the.order), changetype<usize>(the));
  share(BACK_STRIPE, <i32>stripesOf(the.order), changetype<usize>(the));
}

function factorsOf(the: Back, block: usize): usize {
  let at = the.factors;
  for (let b: usize = 0; b < block; b++) at += 2 * factorBytes(lengthOf(the.order, b));
  return at;
}

/** With H_1 first, ... H_2 H_1 = I - V T V^T, T lower triangular. */
export function backFactorTask(context: usize, block: usize): void {
  const the = changetype<Back>(context);
  const bytes = the.reflectionBytes;
  const first = 1 + block * BLOCK;
  const count = min(BLOCK, the.order - first);
  const length = lengthOf(the.order, block);
  const vectors = the.reflections + first * bytes;
  const v = factorsOf(the, block);
  const vt = v + factorBytes(length);
  const gram = the.small + 2 * block * BLOCK * SMALL_BYTES;
  const t = gram + BLOCK * SMALL_BYTES;

  for (let k: usize = 0; k < count; k++) {
    const row = vectors + k * bytes;
    memory.fill(row + ((first + k) << 3), 0, (length - first - k) << 3);
  }
  memory.fill(v, 0, factorBytes(length));
  for (let k: usize = 0; k < count; k += 4) {
    // The last block may have fewer: rows that are not there are the first one's, and their factors are zero.
    const row = vectors + k * bytes;
    const row1 = k + 1 < count ? row + bytes : row;
    const row2 = k + 2 < count ? row + 2 * bytes : row;
    const row3 = k + 3 < count ? row + 3 * bytes : row;
    packRows(row, row1, row2, row3, length, v + ((k * length) << 3));
  }
  for (let k: usize = 0; k < count; k += 4) {
    for (let l: usize = 0; l <= k; l += 4) {
      const to = gram + k * SMALL_BYTES + (l << 3);
      multiplyTile(v + ((k * length) << 3), 32, v + ((l * length) << 3), 32, length, to, SMALL_BYTES, STORE);
    }
  }
  memory.fill(t, 0, BLOCK * SMALL_BYTES);
  for (let k: usize = 0; k < count; k++) {
    const tau = get(the.taus, first + k);
    const row = t + k * SMALL_BYTES;
    for (let l: usize = 0; l < k; l++) {
      let sum: f64 = 0;
      for (let m = l; m < k; m++) sum += get(gram + k * SMALL_BYTES, m) * get(t + m * SMALL_BYTES, l);
      set(row, l, -tau * sum);
    }
    set(row, k, tau);
  }
  for (let i: usize = 0; i < length; i += 4)
    multiplyFactor(vectors + (i << 3), bytes, count, t, vt + ((i * BLOCK) << 3));
}

/** 4 coordinates of V T. */
export function multiplyFactor(v: usize, bytes: usize, count: usize, t: usize, to: usize): void {
  memory.fill(to, 0, BLOCK << 5);
  for (let k: usize = 0; k < count; k += 4) {
    multiplyTile(
      t + k * SMALL_BYTES + (k << 3),
      SMALL_BYTES,
      v + k * bytes,
      bytes,
      count - k,
      to + (k << 5),
      32,
      STORE,
    );
  }
}

/** Takes some eigenvectors, applies all blocks of reflections, and writes them as columns, their signs chosen. */
export function backStripeTask(context: usize, stripe: usize): void {
  const the = changetype<Back>(context);
  const order = the.order;
  const whole = (order + 3) & ~3;
  const slabBytes = whole << 5;
  const first = stripe * STRIPE;
  const slabs = the.slabs + ((stripe * STRIPE * whole) << 3);
  const columns = min(STRIPE, (order - first + 3) & ~3);
  for (let j: usize = 0; j < columns; j += 4) {
    const slab = slabs + (j >> 2) * slabBytes;
    packRows(
      rowOf(the, first + j),
      rowOf(the, first + j + 1),
      rowOf(the, first + j + 2),
      rowOf(the, first + j + 3),
      whole,
      slab,
    );
    memory.fill(slab + (order << 5), 0, (whole - order) << 5);
  }
  const products = the.small + stripe * STRIPE * SMALL_BYTES;
  for (let block: usize = 0; block < blocksOf(order); block++) {
    const length = lengthOf(order, block);
    const v = factorsOf(the, block);
    applyBlock(v, v + factorBytes(length), length, slabs, slabBytes, columns, products);
  }
  for (let j: usize = 0; j < columns; j += 4) {
    const slab = slabs + (j >> 2) * slabBytes;
    writeColumns(slab, min(4, order - first - j), order, the.to + ((first + j) << 3));
  }
}

/** Eigenvector number `index` by falling value, or any where there are not so many. */
function rowOf(the: Back, index: usize): usize {
  const last = the.order - 1;
  return the.rows + <usize>load<u32>(the.sorted + ((index < last ? last - index : 0) << 2)) * the.rowBytes;
}

/** Slabs Z -= (V T) (V^T Z) */
export function applyBlock(
  v: usize,
  vt: usize,
  length: usize,
  slabs: usize,
  slabBytes: usize,
  columns: usize,
  products: usize,
): void {
  for (let start: usize = 0; start < length; start += DEPTH) {
    const count = min(DEPTH, length - start);
    for (let k: usize = 0; k < BLOCK; k += 4) {
      const group = v + ((k * length + 4 * start) << 3);
      for (let j: usize = 0; j < columns; j += 4) {
        const slab = slabs + (j >> 2) * slabBytes + (start << 5);
        const to = products + j * SMALL_BYTES + (k << 5);
        multiplyTile(group, 32, slab, 32, count, to, 32, start === 0 ? STORE : ADD);
      }
    }
  }
  for (let i: usize = 0; i < length; i += 4) {
    for (let j: usize = 0; j < columns; j += 4) {
      const to = slabs + (j >> 2) * slabBytes + (i << 5);
      multiplyTile(vt + ((i * BLOCK) << 3), 32, products + j * SMALL_BYTES, 32, BLOCK, to, 32, SUBTRACT);
    }
  }
}

/**
 * Up to 4 columns of a slab, with the signs that make their largest components positive, the first of them where several are equally
 * large: within a tolerance, which keeps the choice out of rounding's hands.
 */
export function writeColumns(slab: usize, columns: usize, order: usize, to: usize): void {
  let largest0 = f64x2.splat(0);
  let largest1 = f64x2.splat(0);
  for (let i: usize = 0; i < order << 5; i += 32) {
    largest0 = f64x2.max(largest0, f64x2.abs(v128.load(slab + i)));
    largest1 = f64x2.max(largest1, f64x2.abs(v128.load(slab + i, 16)));
  }
  const sign0 = f64x2(
    signOf(slab, f64x2.extract_lane(largest0, 0)),
    signOf(slab + 8, f64x2.extract_lane(largest0, 1)),
  );
  const sign1 = f64x2(
    signOf(slab + 16, f64x2.extract_lane(largest1, 0)),
    signOf(slab + 24, f64x2.extract_lane(largest1, 1)),
  );
  const bytes = order << 3;
  for (const end = slab + (order << 5); slab < end; slab += 32, to += bytes) {
    const x = f64x2.mul(sign0, v128.load(slab));
    const y = f64x2.mul(sign1, v128.load(slab, 16));
    if (columns === 4) {
      v128.store(to, x);
      v128.store(to, y, 16);
    } else {
      store<f64>(to, f64x2.extract_lane(x, 0));
      if (columns > 1) store<f64>(to, f64x2.extract_lane(x, 1), 8);
      if (columns > 2) store<f64>(to, f64x2.extract_lane(y, 0), 16);
    }
  }
}

function signOf(column: usize, largest: f64): f64 {
  const least = largest * (1 - 1e-8);
  while (abs(load<f64>(column)) < least) column += 32;
  return load<f64>(column) < 0 ? -1 : 1;
}
