import { type RandomSource, standardNormal } from './random.js';
import type { Eigensystem } from './spectrum.js';

/** A step of the explained variance past the threshold that is taken along, in PCA layers alone. */
const GAP = 0.02;

/**
 * How many leading eigendirections a PCA layer projects onto: as many as the intrinsic dimensionality counts, at least 1, and one more where
 * these explain a share of the variance that is more than 0.02 below the threshold. 1 for a zero matrix.
 *
 * @param values eigenvalues, descending; negative ones count as 0
 */
export function eigenspaceDimension(values: Float64Array, threshold: number): number {
  const total = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
  let sum = 0;
  let explained = 0;
  let count = 0;
  for (const value of values) {
    sum += Math.max(value, 0);
    if (!(sum / total < threshold)) break;
    explained = sum / total;
    count++;
  }
  if (count === 0) return 1;
  return threshold - explained > GAP ? Math.min(count + 1, values.length) : count;
}

/** The leading `count` eigenvectors as the columns of a d x count matrix, row-major. */
export function leadingBasis(
  { d, vectors }: Pick<Eigensystem, 'd' | 'vectors'>,
  count: number,
): Float64Array {
  const basis = new Float64Array(d * count);
  for (let i = 0; i < d; i++) basis.set(vectors.subarray(i * d, i * d + count), i * count);
  return basis;
}

/** E E^T, d x d: the projection onto what the columns of E (d x count, row-major, orthonormal) span. */
export function projectionOnto(basis: Float64Array, d: number): Float64Array {
  const count = basis.length / d;
  const projection = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += basis[i * count + k]! * basis[j * count + k]!;
      projection[i * d + j] = sum;
      projection[j * d + i] = sum;
    }
  }
  return projection;
}

/**
 * A random rotation: an orthogonal dim x dim matrix (row-major) of determinant +1, uniform on SO(dim). The Q of the QR decomposition of
 * a matrix of normal numbers, made of its Householder reflections alone (G. W. Stewart, SIAM Journal on Numerical Analysis
 * 17(3), 1980, pp. 403-409).
 *
 * @throws RangeError unless dim is a positive integer
 */
export function randomRotation(dim: number, random: RandomSource): Float64Array {
  if (!Number.isInteger(dim) || dim < 1) throw new RangeError(`there is no rotation of dimension ${dim}`);
  const rotation = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) rotation[i * dim + i] = 1;
  // Q = H_1 ... H_{dim-1} D: the signs D make the diagonal of R positive, which is what makes Q uniform.
  const signs = new Float64Array(dim).fill(1);
  let determinant = 1;
  for (let k = 0; k < dim - 1; k++) {
    const axis = Float64Array.from({ length: dim - k }, () => standardNormal(random));
    const length = Math.sqrt(axis.reduce((sum, value) => sum + value * value, 0));
    const sign = axis[0]! < 0 ? -1 : 1;
    axis[0] = axis[0]! + sign * length;
    reflectFromRight(rotation, dim, k, axis);
    signs[k] = -sign;
    determinant *= sign;
  }
  // The other signs' product is that of the reflections' determinants, but for this.
  signs[dim - 1] = determinant;
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < dim; j++) rotation[i * dim + j] = rotation[i * dim + j]! * signs[j]!;
  }
  return rotation;
}

/**
 * `count` orthonormal rows of d numbers, uniform on the Stiefel manifold: normal numbers, made orthogonal row by row (modified Gram-Schmidt, twice).
 * As the first rows of a random rotation, with count^2 d work instead of d^3.
 *
 * @throws RangeError unless 1 <= count <= d
 */
export function randomDirections(count: number, d: number, random: RandomSource): Float64Array {
  if (!(count >= 1 && count <= d))
    throw new RangeError(`there are no ${count} orthonormal rows of ${d} numbers`);
  const rows = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * d, (i + 1) * d);
    for (let at = 0; at < d; at++) row[at] = standardNormal(random);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = rows.subarray(j * d, (j + 1) * d);
        let dot = 0;
        for (let at = 0; at < d; at++) dot += row[at]! * other[at]!;
        for (let at = 0; at < d; at++) row[at] = row[at]! - dot * other[at]!;
      }
      const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      for (let at = 0; at < d; at++) row[at] = row[at]! / length;
    }
  }
  return rows;
}

/** Multiplies the columns from `first` on by I - 2 v v^T / v^T v. */
function reflectFromRight(matrix: Float64Array, dim: number, first: number, v: Float64Array): void {
  const factor = 2 / v.reduce((sum, value) => sum + value * value, 0);
  for (let i = 0; i < dim; i++) {
    const row = matrix.subarray(i * dim + first, (i + 1) * dim);
    let dot = 0;
    for (let j = 0; j < v.length; j++) dot += row[j]! * v[j]!;
    const weight = factor * dot;
    for (let j = 0; j < v.length; j++) row[j] = row[j]! - weight * v[j]!;
  }
}

/** Points (each of d numbers) in the plane of the two leading eigenvectors, about the mean; on a line where d is 1. */
export function embedInPlane(
  points: readonly Float64Array[],
  mean: Float64Array,
  { d, vectors }: Pick<Eigensystem, 'd' | 'vectors'>,
): [x: number, y: number][] {
  return points.map((point) => {
    let [x, y] = [0, 0];
    for (let i = 0; i < d; i++) {
      const centred = point[i]! - mean[i]!;
      x += centred * vectors[i * d]!;
      if (d > 1) y += centred * vectors[i * d + 1]!;
    }
    return [x, y];
  });
}
