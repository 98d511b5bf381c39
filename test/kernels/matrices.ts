import { normals, orthogonal } from '../core/arbitraries.js';

/** Lower triangles matter; both are filled, row-major. */
export interface Square {
  d: number;
  matrix: Float64Array;
}

function symmetric(d: number, entry: (i: number, j: number) => number): Square {
  const matrix = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) matrix[i * d + j] = matrix[j * d + i] = entry(i, j);
  return { d, matrix };
}

/** Covariance of n rows of normal numbers, feature f scaled by scale(f). */
export function covarianceOf(d: number, n: number, scale: (f: number) => number = () => 1): Square {
  const random = normals(d * 1000 + n);
  const rows = Float64Array.from({ length: d * n }, random);
  return symmetric(d, (i, j) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += rows[i * n + k]! * rows[j * n + k]!;
    return scale(i) * (sum / n) * scale(j);
  });
}

/** Q diag(values) Q^T, Q random. */
export function withSpectrum(values: readonly number[]): Square {
  const d = values.length;
  const q = orthogonal(d, d);
  return symmetric(d, (i, j) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += q[i * d + k]! * values[k]! * q[j * d + k]!;
    return sum;
  });
}

/**
 * A full matrix of d x d, d a power of two, whose entries and eigenvalues are exact: H diag(values) H / d with the Hadamard
 * matrix H and integer values, rows and columns shuffled. As H(i, k) H(j, k) = H(i xor j, k), an entry depends on i xor j alone.
 */
export function exactMatrix(d: number): Square & { values: Float64Array } {
  const values = Float64Array.from({ length: d }, (_, k) => (k * k * 7919 + k * 104729) % 1000);
  const hadamard = (i: number, k: number) => {
    let sign = 1;
    for (let bits = i & k; bits; bits &= bits - 1) sign = -sign;
    return sign;
  };
  const entries = values.map((_, x) => values.reduce((sum, value, k) => sum + hadamard(x, k) * value, 0) / d);
  const shuffled = (i: number) => (i * 37 + 11) % d;
  const square = symmetric(d, (i, j) => entries[shuffled(i) ^ shuffled(j)]!);
  return { ...square, values: values.sort().reverse() };
}

/** What makes eigenvalue programs fail. */
export function hardMatrices(): Record<string, Square> {
  const random = normals(5);
  const graded = Array.from({ length: 90 }, (_, k) => 10 ** (-12 + k / 5));
  const scaled = (factor: number) => covarianceOf(70, 150, () => Math.sqrt(factor));
  const diagonal = Array.from({ length: 60 }, random);
  return {
    'fewer rows than features': covarianceOf(120, 15),
    'rank one': symmetric(65, () => 1),
    graded: withSpectrum(graded),
    'features of rising size': covarianceOf(80, 200, (f) => 10 ** (-6 + f / 9)),
    'features of falling size': covarianceOf(80, 200, (f) => 10 ** (3 - f / 9)),
    'features of all sizes': covarianceOf(75, 200, (f) => 10 ** (-2 * f)),
    'features of all sizes, smallest first': covarianceOf(75, 200, (f) => 10 ** (2 * f - 148)),
    repeated: withSpectrum(Array.from({ length: 96 }, (_, k) => [1, 2, 5, 5, 7, 0, 0, 3][k % 8]!)),
    'near 1e-300': scaled(1e-300),
    'near 1e-200': scaled(1e-200),
    'near 1e200': scaled(1e200),
    'near 1e300': scaled(1e300),
    denormal: symmetric(50, (i, j) => Number.MIN_VALUE * (i === j ? 2000 + i : (i * j) % 40)),
    'the smallest number': symmetric(3, () => Number.MIN_VALUE),
    identity: symmetric(100, (i, j) => Number(i === j)),
    diagonal: symmetric(60, (i, j) => (i === j ? diagonal[i]! : 0)),
    zero: symmetric(50, () => 0),
    negative: withSpectrum(Array.from({ length: 60 }, (_, k) => -k)),
    indefinite: symmetric(129, random),
    'zero diagonal': symmetric(90, (i, j) => (i === j ? 0 : random())),
    tridiagonal: symmetric(101, (i, j) => (i === j ? Math.abs(i - 50) : Number(i === j + 1))),
    'tridiagonal, zero diagonal': symmetric(100, (i, j) => Number(i === j + 1)),
    'two blocks': symmetric(110, (i, j) => (i < 55 === j < 55 ? random() : 0)),
    'two features, a hair apart': symmetric(2, (i, j) => (i === j ? 1 : 1e-17)),
    'entries whose squares vanish': symmetric(3, (i, j) => (i === j ? 10 ** (-150 * i) : 1e-155)),
  };
}
