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
    const left = min(4, order - first - j);
    for (let lane: usize = 0; lane < left; lane++) {
      writeColumn(slab + (lane << 3), order, the.to + ((first + j + lane) << 3));
    }
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
 * One column of a slab, with the sign that makes its largest component positive, the first of them where several are equally large: within a
 * tolerance, which keeps the choice out of rounding's hands.
 */
export function writeColumn(column: usize, order: usize, to: usize): void {
  let largest: f64 = 0;
  for (let i: usize = 0; i < order; i++) largest = max(largest, abs(load<f64>(column + (i << 5))));
  const least = largest * (1 - 1e-8);
  let leading: usize = 0;
  while (abs(load<f64>(column + (leading << 5))) < least) leading++;
  const sign: f64 = load<f64>(column + (leading << 5)) < 0 ? -1 : 1;
  const bytes = order << 3;
  for (let i: usize = 0; i < order; i++, to += bytes) store<f64>(to, sign * load<f64>(column + (i << 5)));
}
