// Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer.

import { diagonaliseLeaf } from './eigen-leaf';
import { merge, mergeAt } from './eigen-merge';
import { DIVIDE_PART } from './eigen-tasks';
import { share } from './eigen-team';
import { get, set } from './eigen-vectors';

/** Up to this order QL is faster. */
const LEAF: usize = 32;
/** Up to this order a part is one thread's. */
const PART: usize = 160;
/** Of a merge, and of the whole: more than their fields take. */
const CONTEXT_BYTES: usize = 256;
/** Parts are at least this wide, so that each can have a context of its own. */
const SMALLEST: usize = 16;

/** What threads know of the whole. */
@unmanaged
class Division {
  order: usize;
  /** Becomes the eigenvalues, of which that of row i is at i. */
  diagonal: usize;
  offDiagonal: usize;
  /** Eigenvectors, and a row that nobody reads; room for 3 numbers more at the end of each. */
  rows: usize;
  rowBytes: usize;
  /** Rows by rising value, 32-bit. */
  sorted: usize;
  norm: f64;
  slabs: usize;
  secular: usize;
  arrays: usize;
  parts: usize;
  partCount: i32;
  hasFailed: i32;
}

/** Numbers of an array of one per row, whole cache lines. */
function arrayBytes(order: usize): usize {
  return ((order + 16) << 3) & ~63;
}

/** Arrays of a merge: 12 of one number per row, of which `products` takes two. */
const ARRAYS: usize = 12;

/** Bytes that `divideAndConquer` needs besides rows, slabs and secular. */
export function divideWorkBytes(order: usize): usize {
  return CONTEXT_BYTES * (2 + order / SMALLEST) + (ARRAYS + 2) * arrayBytes(order);
}

/** Bytes of a matrix of eigenvectors of D + w w^T in groups, or of rows in slabs. */
export function groupsBytes(order: usize): usize {
  return ((order + 4) * (order + 4)) << 3;
}

export function prepareDivision(work: usize, order: usize): Division {
  memory.fill(work, 0, divideWorkBytes(order));
  const the = changetype<Division>(work);
  the.order = order;
  the.arrays = work + CONTEXT_BYTES * (2 + order / SMALLEST);
  the.sorted = the.arrays + ARRAYS * arrayBytes(order);
  the.parts = the.sorted + arrayBytes(order);
  return the;
}

/** False if the iteration did not converge. */
export function divideAndConquer(the: Division): bool {
  const order = the.order;
  let norm: f64 = 0;
  for (let i: usize = 0; i < order; i++) {
    norm = max(norm, abs(get(the.diagonal, i)));
    if (i > 0) norm = max(norm, abs(get(the.offDiagonal, i - 1)));
  }
  the.norm = norm;
  memory.fill(the.rows, 0, the.rowBytes * (order + 1));
  divide(the, 0, order);
  share(DIVIDE_PART, the.partCount, changetype<usize>(the));
  conquer(the, 0, order);
  return the.hasFailed === 0;
}

/** Rows of the first of two parts. */
function middleOf(order: usize): usize {
  return ((order >> 1) + 3) & ~3;
}

function tear(the: Division, middle: usize): void {
  const corner = abs(get(the.offDiagonal, middle - 1));
  set(the.diagonal, middle - 1, get(the.diagonal, middle - 1) - corner);
  set(the.diagonal, middle, get(the.diagonal, middle) - corner);
}

/** Tears the matrix into parts, which are listed. */
function divide(the: Division, start: usize, order: usize): void {
  if (order <= PART) {
    const part = the.parts + ((<usize>the.partCount) << 3);
    store<u32>(part, <u32>start);
    store<u32>(part, <u32>order, 4);
    the.partCount++;
    return;
  }
  const middle = middleOf(order);
  tear(the, start + middle);
  divide(the, start, middle);
  divide(the, start + middle, order - middle);
}

/** Joins the parts. */
function conquer(the: Division, start: usize, order: usize): void {
  if (order <= PART) return;
  const middle = middleOf(order);
  conquer(the, start, middle);
  conquer(the, start + middle, order - middle);
  mergeHalves(the, start, middle, order);
}

export function partTask(context: usize, task: usize): void {
  const the = changetype<Division>(context);
  const part = the.parts + (task << 3);
  solvePart(the, load<u32>(part), load<u32>(part, 4));
}

function solvePart(the: Division, start: usize, order: usize): void {
  if (order <= LEAF) {
    solveLeaf(the, start, order);
    return;
  }
  const middle = middleOf(order);
  tear(the, start + middle);
  solvePart(the, start, middle);
  solvePart(the, start + middle, order - middle);
  mergeHalves(the, start, middle, order);
}

function solveLeaf(the: Division, start: usize, order: usize): void {
  const rows = the.rows + start * the.rowBytes + (start << 3);
  const diagonal = the.diagonal + (start << 3);
  for (let i: usize = 0; i < order; i++) set(rows + i * the.rowBytes, i, 1);
  // The entry that couples the leaf to the next is that of a merge: QL writes over it.
  const last = the.offDiagonal + ((start + order - 1) << 3);
  const corner = load<f64>(last);
  if (!diagonaliseLeaf(diagonal, the.offDiagonal + (start << 3), order, rows, the.rowBytes))
    the.hasFailed = 1;
  store<f64>(last, corner);
  const sorted = the.sorted + (start << 2);
  for (let i: usize = 0; i < order; i++) {
    let k = i;
    for (; k > 0; k--) {
      const other = load<u32>(sorted + ((k - 1) << 2));
      if (get(diagonal, other) <= get(diagonal, i)) break;
      store<u32>(sorted + (k << 2), other);
    }
    store<u32>(sorted + (k << 2), <u32>i);
  }
}

function mergeHalves(the: Division, start: usize, middle: usize, order: usize): void {
  const step = mergeAt(changetype<usize>(the) + CONTEXT_BYTES * (1 + start / SMALLEST));
  const bytes = arrayBytes(the.order);
  const arrays = the.arrays + (start << 3);
  step.order = order;
  step.middle = middle;
  step.rows = the.rows + start * the.rowBytes + (start << 3);
  step.rowBytes = the.rowBytes;
  step.spare = the.rows + the.order * the.rowBytes;
  step.values = the.diagonal + (start << 3);
  step.sorted = the.sorted + (start << 2);
  step.components = arrays;
  step.poles = arrays + bytes;
  step.weights = arrays + 2 * bytes;
  step.polesOfColumns = arrays + 3 * bytes;
  step.exact = arrays + 4 * bytes;
  step.products = arrays + 5 * bytes + (start << 3);
  step.kinds = arrays + 7 * bytes;
  step.taking = arrays + 8 * bytes;
  step.places = arrays + 9 * bytes;
  step.own = arrays + 10 * bytes;
  step.resting = arrays + 11 * bytes;
  // A part's share of both: as wide as the whole, as high as the part.
  step.slabs = the.slabs + ((start * (the.order + 4)) << 3);
  step.secular = the.secular + ((start * (the.order + 4)) << 3);
  // Indices of the second half begin at its start.
  for (let i = middle; i < order; i++) {
    const at = step.sorted + (i << 2);
    store<u32>(at, load<u32>(at) + <u32>middle);
  }
  merge(step, get(the.offDiagonal, start + middle - 1), the.norm);
}
