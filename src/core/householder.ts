/** A symmetric tridiagonal matrix T, and the orthogonal Q with A = Q T Q^T if it was asked for. */
export interface Tridiagonal {
  diagonal: Float64Array;
  /** offDiagonal[i] stands between i and i + 1; the last entry is 0. */
  offDiagonal: Float64Array;
  /** Q transposed, d x d, row-major: row j is column j of Q. */
  basis?: Float64Array;
}

/**
 * Reduces a symmetric matrix to tridiagonal form by d - 2 reflections H = I - tau u u^T, last row first.
 * `a` is d x d, row-major; its lower triangle is read and overwritten.
 *
 * The rank-two update A -= v w^T + w v^T that a reflection asks for is put off to the pass that multiplies
 * the next one's vector, so that each reflection reads the remaining triangle once instead of twice.
 */
export function tridiagonalise(a: Float64Array, d: number, withBasis: boolean): Tridiagonal {
  const diagonal = new Float64Array(d);
  const offDiagonal = new Float64Array(d);
  const taus = new Float64Array(d);
  let v = new Float64Array(d);
  const w = new Float64Array(d);
  let u = new Float64Array(d);
  const p = new Float64Array(d);

  for (let i = d - 1; i > 0; i--) {
    const row = i * d;
    updateRow(a, row, i, v, w);
    diagonal[i] = a[row + i]!;
    u.set(a.subarray(row, row + i));
    const { tau, alpha } = reflector(u, i);
    offDiagonal[i - 1] = alpha;
    taus[i] = tau;
    a.set(u.subarray(0, i), row);

    updateAndMultiply(a, d, i, v, w, u, p);
    // w = tau p - (tau^2 / 2) (p^T u) u makes H A H = A - u w^T - w u^T.
    let projection = 0;
    for (let k = 0; k < i; k++) projection += p[k]! * u[k]!;
    const half = (tau * tau * projection) / 2;
    for (let k = 0; k < i; k++) w[k] = tau * p[k]! - half * u[k]!;
    [u, v] = [v, u];
  }
  updateRow(a, 0, 0, v, w);
  diagonal[0] = a[0]!;
  return withBasis ? { diagonal, offDiagonal, basis: accumulate(a, taus, d) } : { diagonal, offDiagonal };
}

/** Applies the pending update to row i of the lower triangle, which starts at `row`. */
function updateRow(a: Float64Array, row: number, i: number, v: Float64Array, w: Float64Array): void {
  const vi = v[i]!;
  const wi = w[i]!;
  for (let k = 0; k <= i; k++) a[row + k] = a[row + k]! - vi * w[k]! - wi * v[k]!;
}

/**
 * Turns the first n entries of x into the vector u of the reflection that maps x to (0, ..., 0, alpha).
 * tau is 0 where x has that form already.
 */
function reflector(x: Float64Array, n: number): { tau: number; alpha: number } {
  const last = x[n - 1]!;
  let largest = 0;
  for (let k = 0; k < n - 1; k++) largest = Math.max(largest, Math.abs(x[k]!));
  if (largest === 0) {
    x.fill(0, 0, n);
    return { tau: 0, alpha: last };
  }
  largest = Math.max(largest, Math.abs(last));
  let squares = 0;
  for (let k = 0; k < n; k++) {
    const scaled = x[k]! / largest;
    x[k] = scaled;
    squares += scaled * scaled;
  }
  const norm = Math.sqrt(squares);
  // The sign that adds magnitudes: subtracting nearly equal numbers would cost digits.
  const alpha = x[n - 1]! > 0 ? -norm : norm;
  const pivot = x[n - 1]! - alpha;
  for (let k = 0; k < n - 1; k++) x[k] = x[k]! / pivot;
  x[n - 1] = 1;
  return { tau: -pivot / alpha, alpha: alpha * largest };
}

/** A -= v w^T + w v^T on the leading n x n lower triangle, and p = A u with the updated A, in one pass. */
function updateAndMultiply(
  a: Float64Array,
  d: number,
  n: number,
  v: Float64Array,
  w: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  p.fill(0, 0, n);
  let j = 0;
  for (; j + 1 < n; j += 2) updateAndMultiplyRows(a, d, j, v, w, u, p);
  if (j < n) updateAndMultiplyRow(a, d, j, 0, v, w, u, p);
}

/** Rows j and j + 1 side by side: their vectors are loaded once for both. */
function updateAndMultiplyRows(
  a: Float64Array,
  d: number,
  j: number,
  v: Float64Array,
  w: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  const row0 = j * d;
  const row1 = row0 + d;
  const v0 = v[j]!;
  const v1 = v[j + 1]!;
  const w0 = w[j]!;
  const w1 = w[j + 1]!;
  const u0 = u[j]!;
  const u1 = u[j + 1]!;
  let sum0 = 0;
  let sum1 = 0;
  for (let k = 0; k < j; k++) {
    const vk = v[k]!;
    const wk = w[k]!;
    const uk = u[k]!;
    const a0 = a[row0 + k]! - v0 * wk - w0 * vk;
    const a1 = a[row1 + k]! - v1 * wk - w1 * vk;
    a[row0 + k] = a0;
    a[row1 + k] = a1;
    sum0 += a0 * uk;
    sum1 += a1 * uk;
    p[k] = p[k]! + a0 * u0 + a1 * u1;
  }
  p[j] = p[j]! + sum0;
  p[j + 1] = p[j + 1]! + sum1;
  updateAndMultiplyRow(a, d, j, j, v, w, u, p);
  updateAndMultiplyRow(a, d, j + 1, j, v, w, u, p);
}

/** Row j from column `start` to its diagonal. */
function updateAndMultiplyRow(
  a: Float64Array,
  d: number,
  j: number,
  start: number,
  v: Float64Array,
  w: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  const row = j * d;
  const uj = u[j]!;
  let sum = 0;
  for (let k = start; k <= j; k++) {
    const entry = a[row + k]! - v[j]! * w[k]! - w[j]! * v[k]!;
    a[row + k] = entry;
    sum += entry * u[k]!;
    if (k < j) p[k] = p[k]! + entry * uj;
  }
  p[j] = p[j]! + sum;
}

/** Q = H_{d-1} ... H_1, transposed, from the vectors kept in the rows of `a`. */
function accumulate(a: Float64Array, taus: Float64Array, d: number): Float64Array {
  const basis = new Float64Array(d * d);
  for (let i = 0; i < d; i++) basis[i * d + i] = 1;
  for (let i = 1; i < d; i++) {
    const tau = taus[i]!;
    if (tau !== 0) for (let column = 0; column < i; column++) reflect(basis, column * d, a, i * d, i, tau);
  }
  return basis;
}

/** x -= tau u (u^T x) for n entries. */
function reflect(
  x: Float64Array,
  xStart: number,
  u: Float64Array,
  uStart: number,
  n: number,
  tau: number,
): void {
  let product = 0;
  for (let k = 0; k < n; k++) product += u[uStart + k]! * x[xStart + k]!;
  product *= tau;
  for (let k = 0; k < n; k++) x[xStart + k] = x[xStart + k]! - product * u[uStart + k]!;
}
