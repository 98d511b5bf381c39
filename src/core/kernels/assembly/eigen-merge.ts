// The step of Cuppen's divide and conquer (1981), in the stable form of Gu and Eisenstat (1995): from the eigenvectors of two halves of a
// tridiagonal matrix, from whose corners |b| was taken, to those of the whole, which is their union + |b| v v^T.
//
// Eigenvectors are rows. A row belongs to the first half, to the second, or (after a rotation) to both: where it has zeros, nothing
// is multiplied.

import { hypotenuse, rotateRows } from './eigen-leaf';
import { ADD, multiplyTileTo, STORE } from './eigen-products';
import { componentsOf, secularRoot, vectorsOfGroup } from './eigen-secular';
import { MERGE_COMPONENTS, MERGE_GATHER, MERGE_PRODUCT, MERGE_ROOTS, MERGE_VECTORS } from './eigen-tasks';
import { share } from './eigen-team';
import { get, set } from './eigen-vectors';

/** What is moved by no more than this many times the norm need not be told from rounding. */
const TOLERANCE: f64 = 8.881784197001252e-16;
const FIRST: u32 = 1;
const BOTH: u32 = 2;
const SECOND: u32 = 3;

/** Roots, or columns, of a task. */
const PART: usize = 32;
/** Rows of the product of a task. */
const PRODUCT_ROWS: usize = 64;
/** Numbers of a row that are multiplied one after another, so that they stay in the caches. */
const DEPTH: usize = 256;

/** What threads know of the merging of rows start to start + order; arrays begin at `start`. Indices are those of rows. */
@unmanaged
class Merge {
  order: usize;
  /** Rows of the first half, a multiple of 4. */
  middle: usize;
  /** Those start, in memory and as an index. */
  rows: usize;
  rowBytes: usize;
  /** A row that nobody reads. */
  spare: usize;
  values: usize;
  /** Indices by rising value. */
  sorted: usize;
  /** Per row: which halves it belongs to, and its component of v. */
  kinds: usize;
  components: usize;

  /** Rows that take part, by rising value. */
  count: usize;
  taking: usize;
  poles: usize;
  weights: usize;
  /** Where among the columns each has its place: first those of the first half, then of both, then of the second. */
  places: usize;
  /** And back. */
  own: usize;
  polesOfColumns: usize;
  /** The components of w as the roots have them. */
  exact: usize;
  products: usize;
  inFirst: usize;
  inSecond: usize;
  /** Rows that do not, and are left as they are. */
  resting: usize;
  restingCount: usize;
  /** Groups of 4 of the eigenvectors of D + w w^T. */
  secular: usize;
  /** Rows as slabs: `inFirst` rows of the first half's columns, then `inSecond` of the second's. */
  slabs: usize;
}

/** What is known of a merging, at an address. */
export function mergeAt(address: usize): Merge {
  return changetype<Merge>(address);
}

/** Merges two halves whose corners lack |corner|. */
export function merge(the: Merge, corner: f64, norm: f64): void {
  const context = changetype<usize>(the);
  deflate(the, corner, norm * TOLERANCE);
  const count = the.count;
  if (count > 1) {
    assignPlaces(the);
    const parts = <i32>((count + PART - 1) / PART);
    share(MERGE_GATHER, gatherTasks(the), context);
    share(MERGE_ROOTS, parts, context);
    share(MERGE_COMPONENTS, parts, context);
    share(MERGE_VECTORS, parts, context);
    share(MERGE_PRODUCT, 2 * <i32>((count + PRODUCT_ROWS - 1) / PRODUCT_ROWS), context);
  } else if (count === 1) {
    const row = <usize>load<u32>(the.taking);
    set(the.values, row, get(the.poles, 0) + get(the.weights, 0));
  }
  sortUnion(the);
}

/**
 * Sorts the rows into those that take part and those that rest: whose component of v is nothing, or can be made so by a rotation with one
 * of nearly the same value.
 */
function deflate(the: Merge, corner: f64, tolerance: f64): void {
  const order = the.order;
  const middle = the.middle;
  const z = the.components;
  const values = the.values;
  const kinds = the.kinds;
  // v has two ones.
  const rho = 2 * abs(corner);
  for (let i: usize = 0; i < order; i++) {
    const isFirst = i < middle;
    const component = get(the.rows + i * the.rowBytes, isFirst ? middle - 1 : middle) * Math.SQRT1_2;
    set(z, i, !isFirst && corner < 0 ? -component : component);
    store<u32>(kinds + (i << 2), isFirst ? FIRST : SECOND);
  }
  the.count = 0;
  the.restingCount = 0;
  let last: usize = 0;
  let hasLast = false;
  let i: usize = 0;
  let j = middle;
  while (i < middle || j < order) {
    // The halves' own orders, merged.
    const a = <usize>load<u32>(the.sorted + (i << 2));
    const b = <usize>load<u32>(the.sorted + (j << 2));
    let row = a;
    if (i >= middle || (j < order && get(values, b) < get(values, a))) {
      row = b;
      j++;
    } else {
      i++;
    }
    if (rho * abs(get(z, row)) <= tolerance) {
      rest(the, row);
      continue;
    }
    if (hasLast && !rotateAway(the, last, row, tolerance)) take(the, last, rho);
    last = row;
    hasLast = true;
  }
  if (hasLast) take(the, last, rho);
}

function take(the: Merge, row: usize, rho: f64): void {
  const k = the.count++;
  const component = get(the.components, row);
  store<u32>(the.taking + (k << 2), <u32>row);
  set(the.poles, k, get(the.values, row));
  set(the.weights, k, rho * component * component);
}

/** Into the resting rows by rising value. */
function rest(the: Merge, row: usize): void {
  let k = the.restingCount++;
  const value = get(the.values, row);
  for (; k > 0; k--) {
    const other = load<u32>(the.resting + ((k - 1) << 2));
    if (get(the.values, other) <= value) break;
    store<u32>(the.resting + (k << 2), other);
  }
  store<u32>(the.resting + (k << 2), <u32>row);
}

/** Lets row x rest, rotated so that only y takes part, if that moves no entry by more than the tolerance. */
function rotateAway(the: Merge, x: usize, y: usize, tolerance: f64): bool {
  const zx = get(the.components, x);
  const zy = get(the.components, y);
  const length = hypotenuse(zx, zy);
  const dx = get(the.values, x);
  const dy = get(the.values, y);
  const c = zy / length;
  const s = -zx / length;
  if (abs((dy - dx) * c * s) > tolerance) return false;
  set(the.components, y, length);
  set(the.components, x, 0);
  set(the.values, x, dx * c * c + dy * s * s);
  set(the.values, y, dx * s * s + dy * c * c);
  if (load<u32>(the.kinds + (x << 2)) !== load<u32>(the.kinds + (y << 2))) {
    store<u32>(the.kinds + (y << 2), BOTH);
  }
  rotateRows(the.rows + x * the.rowBytes, the.rows + y * the.rowBytes, the.order, c, s);
  rest(the, x);
  return true;
}

function assignPlaces(the: Merge): void {
  let place: usize = 0;
  for (let kind: u32 = FIRST; kind <= SECOND; kind++) {
    if (kind === BOTH) the.inSecond = the.count - place;
    for (let k: usize = 0; k < the.count; k++) {
      const row = <usize>load<u32>(the.taking + (k << 2));
      if (load<u32>(the.kinds + (row << 2)) !== kind) continue;
      store<u32>(the.places + (k << 2), <u32>place);
      store<u32>(the.own + (place << 2), <u32>k);
      set(the.polesOfColumns, place, get(the.poles, k));
      place++;
    }
    if (kind === BOTH) the.inFirst = place;
  }
}

function sortUnion(the: Merge): void {
  let i: usize = 0;
  let j: usize = 0;
  for (let k: usize = 0; k < the.order; k++) {
    const a = load<u32>(the.taking + (i << 2));
    const b = load<u32>(the.resting + (j << 2));
    const isTaking = j >= the.restingCount || (i < the.count && get(the.values, a) <= get(the.values, b));
    store<u32>(the.sorted + (k << 2), isTaking ? a : b);
    if (isTaking) i++;
    else j++;
  }
}

/** Columns of the slabs of a task. */
const GATHERED: usize = 64;

function slabColumns(columns: usize): usize {
  return (columns + 3) & ~3;
}

function gatherTasks(the: Merge): i32 {
  const second = the.order - the.middle;
  return <i32>((the.middle + GATHERED - 1) / GATHERED + (second + GATHERED - 1) / GATHERED);
}

/** Copies some columns of the rows that take part into slabs. */
export function gatherTask(context: usize, task: usize): void {
  const the = changetype<Merge>(context);
  const firstTasks = (the.middle + GATHERED - 1) / GATHERED;
  const isFirst = task < firstTasks;
  const column = (isFirst ? task : task - firstTasks) * GATHERED;
  const columns = isFirst ? the.middle : slabColumns(the.order - the.middle);
  const count = isFirst ? the.inFirst : the.inSecond;
  const place = isFirst ? 0 : the.count - the.inSecond;
  const slabs = isFirst ? the.slabs : the.slabs + ((the.middle * the.inFirst) << 3);
  const from = the.rows + ((isFirst ? 0 : the.middle) << 3);
  const end = min(column + GATHERED, columns);
  for (let l: usize = 0; l < count; l++) {
    const k = <usize>load<u32>(the.own + ((place + l) << 2));
    const row = from + <usize>load<u32>(the.taking + (k << 2)) * the.rowBytes;
    copyToSlabs(row + (column << 3), end - column, slabs + ((column * count + 4 * l) << 3), count << 5);
  }
}

export function copyToSlabs(row: usize, columns: usize, slab: usize, slabBytes: usize): void {
  for (const end = row + (columns << 3); row < end; row += 32, slab += slabBytes) {
    v128.store(slab, v128.load(row));
    v128.store(slab, v128.load(row, 16), 16);
  }
}

export function rootsTask(context: usize, task: usize): void {
  const the = changetype<Merge>(context);
  const count = the.count;
  const end = min((task + 1) * PART, count);
  for (let root = task * PART; root < ((end + 3) & ~3); root++) {
    const differences = the.secular + (((root & ~3) * count + (root & 3)) << 3);
    if (root < count) {
      const row = <usize>load<u32>(the.taking + (root << 2));
      set(the.values, row, secularRoot(the.poles, the.weights, count, root, the.places, differences));
    } else {
      // Its vector is zero.
      for (let l: usize = 0; l < count; l++) store<f64>(differences + (l << 5), Infinity);
    }
  }
}

export function componentsTask(context: usize, task: usize): void {
  const the = changetype<Merge>(context);
  const first = task * PART;
  const end = min(first + PART, the.count);
  const products = the.products + (first << 4);
  componentsOf(
    the.secular,
    the.count,
    the.poles,
    the.polesOfColumns,
    the.own,
    first,
    end,
    the.exact,
    products,
  );
  for (let column = first; column < end; column++) {
    const k = <usize>load<u32>(the.own + (column << 2));
    const row = <usize>load<u32>(the.taking + (k << 2));
    const size = Math.sqrt(max(0, -get(the.exact, column)));
    set(the.exact, column, get(the.components, row) < 0 ? -size : size);
  }
}

export function vectorsOfRootsTask(context: usize, task: usize): void {
  const the = changetype<Merge>(context);
  const end = min((task + 1) * PART, the.count);
  for (let root = task * PART; root < end; root += 4) {
    vectorsOfGroup(the.secular + ((root * the.count) << 3), the.count, the.exact);
  }
}

/** Rows of the product of the eigenvectors of D + w w^T with those of one half, in the place of the rows that took part. */
export function productOfHalfTask(context: usize, task: usize): void {
  const the = changetype<Merge>(context);
  const isFirst = (task & 1) === 0;
  const first = (task >> 1) * PRODUCT_ROWS;
  const end = min(first + PRODUCT_ROWS, the.count);
  const depth = isFirst ? the.inFirst : the.inSecond;
  const place = isFirst ? 0 : the.count - the.inSecond;
  const columns = isFirst ? the.middle : slabColumns(the.order - the.middle);
  const slabs = isFirst ? the.slabs : the.slabs + ((the.middle * the.inFirst) << 3);
  const to = isFirst ? 0 : the.middle << 3;
  for (let start: usize = 0; start < depth; start += DEPTH) {
    const count = min(DEPTH, depth - start);
    for (let column: usize = 0; column < columns; column += 4) {
      const slab = slabs + ((column * depth + 4 * start) << 3);
      for (let root = first; root < end; root += 4) {
        const group = the.secular + ((root * the.count + 4 * (place + start)) << 3);
        multiplyIntoRows(the, group, slab, count, root, to + (column << 3), start > 0);
      }
    }
  }
}

function multiplyIntoRows(
  the: Merge,
  group: usize,
  slab: usize,
  count: usize,
  root: usize,
  offset: usize,
  adds: bool,
): void {
  multiplyTileTo(
    group,
    32,
    slab,
    32,
    count,
    rowOf(the, root) + offset,
    rowOf(the, root + 1) + offset,
    rowOf(the, root + 2) + offset,
    rowOf(the, root + 3) + offset,
    adds ? ADD : STORE,
  );
}

function rowOf(the: Merge, root: usize): usize {
  if (root >= the.count) return the.spare;
  return the.rows + <usize>load<u32>(the.taking + (root << 2)) * the.rowBytes;
}
