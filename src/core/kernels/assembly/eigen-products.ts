// Products of matrices of which one dimension is the width of the band.

import { get, multiplyAdd, set } from './eigen-vectors';

// A matrix of `order` rows and BAND columns is kept in one of two forms, each read in order by a kernel:
// slabs    for every 4 columns all rows one after another, 4 numbers each
// groups   for every 4 rows all columns one after another, 4 numbers each

/** Width of the band: off-diagonals on each side. */
export const BAND: usize = 32;
/** Rows and columns of the parts of the matrix that are multiplied one after another: a few fit into the second-level cache. */
export const BLOCK: usize = 128;
/** Bytes of a row of a BAND x BAND matrix. */
export const SMALL_BYTES: usize = BAND << 3;
/** Bytes from a group to the next: those of two matrices, side by side. */
export const GROUP_BYTES: usize = BAND << 6;

export const ADD: i32 = 0;
export const SUBTRACT: i32 = 1;
export const STORE: i32 = 2;

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
  multiplyTileTo(a, aBytes, b, bBytes, count, c, c + cBytes, c + 2 * cBytes, c + 3 * cBytes, mode);
}

/** The same for rows at c0 to c3. */
export function multiplyTileTo(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  count: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
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
  finish(c0, s00, s01, mode);
  finish(c1, s10, s11, mode);
  finish(c2, s20, s21, mode);
  finish(c3, s30, s31, mode);
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

/** The first `count` rows of slabs of `order` rows to groups: 4 x 4 transpositions. */
export function groupsOfSlabs(slabs: usize, order: usize, count: usize, groups: usize): void {
  for (let s: usize = 0; s < BAND; s += 4) {
    let from = slabs + ((s * order) << 3);
    let to = groups + (s << 5);
    for (const end = from + (count << 5); from < end; from += 128, to += GROUP_BYTES) {
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

/** The first `rows` rows of slabs C of `order` rows = (or -=) A B, A in groups, B a BAND x BAND matrix, upper triangular if so said. */
export function multiplyGroups(
  groups: usize,
  b: usize,
  upper: bool,
  rows: usize,
  order: usize,
  c: usize,
  mode: i32,
): void {
  for (let i: usize = 0; i < rows; i += 4) {
    for (let s: usize = 0; s < BAND; s += 4) {
      const count = upper ? s + 4 : BAND;
      const to = c + ((s * order + 4 * i) << 3);
      multiplyTile(groups + (i >> 2) * GROUP_BYTES, 32, b + (s << 3), SMALL_BYTES, count, to, 32, mode);
    }
  }
}

/**
 * Rows `i` to i + BLOCK of X = A V for slabs V and X of `order` rows and the lower triangle of A, whose upper triangle is overwritten on
 * the diagonal. `packed` has room for BLOCK rows of 4 numbers.
 */
export function multiplySymmetric(
  a: usize,
  rowBytes: usize,
  order: usize,
  i: usize,
  v: usize,
  x: usize,
  packed: usize,
): void {
  const count = min(BLOCK, order - i);
  const to = x + (i << 5);
  for (let s: usize = 0; s < BAND; s += 4) memory.fill(to + ((s * order) << 3), 0, count << 5);
  for (let j: usize = 0; j < i; j += BLOCK) {
    const block = a + i * rowBytes + (j << 3);
    for (let r: usize = 0; r < count; r += 4) {
      const row = block + r * rowBytes;
      packRows(row, row + rowBytes, row + 2 * rowBytes, row + 3 * rowBytes, BLOCK, packed);
      multiplyPacked(packed, BLOCK, order, v + (j << 5), to + (r << 5));
    }
  }
  mirror(a + i * rowBytes + (i << 3), rowBytes, count);
  for (let j = i; j < order; j += BLOCK) {
    const rows = min(BLOCK, order - j);
    const block = a + j * rowBytes + (i << 3);
    for (let r: usize = 0; r < count; r += 4) {
      packColumns(block + (r << 3), rowBytes, rows, packed);
      multiplyPacked(packed, rows, order, v + (j << 5), to + (r << 5));
    }
  }
}

/** 4 rows of `count` numbers, an even count, transposed. */
export function packRows(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  count: usize,
  packed: usize,
): void {
  const bytes = count << 3;
  let k: usize = 0;
  do {
    const x0 = v128.load(row0 + k);
    const x1 = v128.load(row1 + k);
    const x2 = v128.load(row2 + k);
    const x3 = v128.load(row3 + k);
    v128.store(packed, v128.shuffle<f64>(x0, x1, 0, 2));
    v128.store(packed, v128.shuffle<f64>(x2, x3, 0, 2), 16);
    v128.store(packed, v128.shuffle<f64>(x0, x1, 1, 3), 32);
    v128.store(packed, v128.shuffle<f64>(x2, x3, 1, 3), 48);
    packed += 64;
    k += 16;
  } while (k < bytes);
}

/** 4 columns of `count` rows. */
export function packColumns(column: usize, rowBytes: usize, count: usize, packed: usize): void {
  do {
    v128.store(packed, v128.load(column));
    v128.store(packed, v128.load(column, 16), 16);
    packed += 32;
    column += rowBytes;
  } while (--count);
}

/** 4 rows of slabs X += A^T V, for `count` packed rows of A and rows of slabs V. */
export function multiplyPacked(packed: usize, count: usize, order: usize, v: usize, x: usize): void {
  for (let s: usize = 0; s < BAND; s += 4) {
    const slab = (s * order) << 3;
    multiplyTile(packed, 32, v + slab, 32, count, x + slab, 32, ADD);
  }
}

/** Copies the lower triangle of a block to its upper one. */
export function mirror(a: usize, rowBytes: usize, order: usize): void {
  for (let i: usize = 1; i < order; i++) {
    for (let j: usize = 0; j < i; j++) set(a + j * rowBytes, i, get(a + i * rowBytes, j));
  }
}

/** C = A^T B / 2, a BAND x BAND matrix, for slabs A and B. */
export function halfProduct(a: usize, b: usize, order: usize, c: usize): void {
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

/** Rows `first` to `end` of the lower triangle of A -= P^T Q, for groups of 2 BAND columns each. */
export function subtractProduct(
  a: usize,
  rowBytes: usize,
  first: usize,
  end: usize,
  p: usize,
  q: usize,
): void {
  for (let start: usize = 0; start < end; start += BLOCK) {
    for (let i = max(first, start); i < end; i += 4) {
      subtractRows(a, rowBytes, i, start, min(start + BLOCK, i + 4), p, q);
    }
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
