import fc from 'fast-check';

export interface Rows {
  d: number;
  count: number;
  rows: Float64Array;
}

/** Rows of numbers of very different sizes, some features constant, some repeated. */
export const rowsOf = (maxRows = 40, maxFeatures = 9): fc.Arbitrary<Rows> =>
  fc
    .record({
      d: fc.integer({ min: 1, max: maxFeatures }),
      count: fc.integer({ min: 1, max: maxRows }),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      exponents: fc.array(fc.integer({ min: -6, max: 6 }), {
        minLength: maxFeatures,
        maxLength: maxFeatures,
      }),
      offsets: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: maxFeatures, maxLength: maxFeatures }),
    })
    .map(({ d, count, seed, exponents, offsets }) => {
      const random = normals(seed);
      const rows = Float64Array.from({ length: count * d }, (_, k) => {
        const exponent = exponents[k % d]!;
        return (random() * (exponent < -4 ? 0 : 1) + offsets[k % d]!) * 10 ** exponent;
      });
      return { d, count, rows };
    });

/** Standard normal numbers of a seed (xorshift32, Box-Muller). */
export function normals(seed: number): () => number {
  let state = seed >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A d x d orthogonal matrix, row-major: a product of d random reflections. */
export function orthogonal(d: number, seed: number): Float64Array {
  const random = normals(seed);
  const q = Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0));
  for (let r = 0; r < d; r++) {
    const u = Float64Array.from({ length: d }, random);
    const squares = u.reduce((sum, x) => sum + x * x, 0);
    for (let i = 0; i < d; i++) {
      let product = 0;
      for (let k = 0; k < d; k++) product += q[i * d + k]! * u[k]!;
      for (let k = 0; k < d; k++) q[i * d + k]! -= ((2 * product) / squares) * u[k]!;
    }
  }
  return q;
}

/** a b^T of two d x d matrices, row-major. */
export function timesTransposed(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const product = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += a[i * d + k]! * b[j * d + k]!;
      product[i * d + j] = sum;
    }
  }
  return product;
}

export function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers beside ${b.length}`);
  // Math.max would let a NaN through as NaN, which compares false with everything: that is what fails the test then.
  return Array.from(a).reduce((most, x, k) => Math.max(most, Math.abs(x - b[k]!)), 0);
}
