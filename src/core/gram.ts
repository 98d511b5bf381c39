/** Rows of `x` are read in groups of this many: the caller pads them to a multiple. */
export const TILE = 4;

/**
 * Adds the Gram matrix X X^T to the lower triangle of `sum` (d x d, row-major).
 * Row i of X (d x count, padded with zero rows to a multiple of TILE) starts at i * stride.
 *
 * The work is cut into tiles of 4 x 2 sums, as many as stay in registers.
 */
export function addGram(sum: Float64Array, d: number, x: Float64Array, stride: number, count: number): void {
  const tile = new Float64Array(TILE * 2);
  for (let i = 0; i < d; i += TILE) {
    for (let j = 0; j < i + TILE && j < d; j += 2) {
      multiplyTile(tile, x, i * stride, j * stride, stride, count);
      for (let a = 0; a < TILE; a++) {
        for (let b = 0; b < 2; b++) {
          const row = i + a;
          const column = j + b;
          if (row < d && column <= row) sum[row * d + column] = sum[row * d + column]! + tile[a * 2 + b]!;
        }
      }
    }
  }
}

/** The products of rows i..i+3 with rows j..j+1, which start at `i` and `j` in x. */
function multiplyTile(
  tile: Float64Array,
  x: Float64Array,
  i: number,
  j: number,
  stride: number,
  count: number,
): void {
  const i1 = i + stride;
  const i2 = i1 + stride;
  const i3 = i2 + stride;
  const j1 = j + stride;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let k = 0; k < count; k++) {
    const b0 = x[j + k]!;
    const b1 = x[j1 + k]!;
    const a0 = x[i + k]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    const a1 = x[i1 + k]!;
    s10 += a1 * b0;
    s11 += a1 * b1;
    const a2 = x[i2 + k]!;
    s20 += a2 * b0;
    s21 += a2 * b1;
    const a3 = x[i3 + k]!;
    s30 += a3 * b0;
    s31 += a3 * b1;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s10;
  tile[3] = s11;
  tile[4] = s20;
  tile[5] = s21;
  tile[6] = s30;
  tile[7] = s31;
}

/** Copies the lower triangle of a d x d matrix onto its upper one. */
export function mirrorLower(matrix: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) matrix[j * d + i] = matrix[i * d + j]!;
}
