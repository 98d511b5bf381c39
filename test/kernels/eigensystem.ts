import { largest } from '../core/arbitraries.js';
import type { Square } from './matrices.js';

/**
 * The largest entries of A V - V D, divided by the norm, and of V V^T - I; of the rows `step` apart, as a wide matrix's take long. NaN
 * where there is one.
 */
export function errorsOf(
  { d, matrix }: Square,
  { values, vectors }: { values: Float64Array; vectors: Float64Array },
  step = 1,
): { residual: number; departure: number } {
  const norm = largest(values) || 1;
  let residual = 0;
  let departure = 0;
  const worse = (worst: number, error: number) => (Math.abs(error) <= worst ? worst : Math.abs(error));
  for (let i = 0; i < d; i += step) {
    const image = new Float64Array(d);
    for (let k = 0; k < d; k++) {
      // Only the lower triangle counts.
      const entry = (i >= k ? matrix[i * d + k]! : matrix[k * d + i]!) / norm;
      let product = 0;
      for (let j = 0; j < d; j++) {
        image[j]! += entry * vectors[k * d + j]!;
        product += vectors[i * d + j]! * vectors[k * d + j]!;
      }
      departure = worse(departure, product - Number(i === k));
    }
    for (let j = 0; j < d; j++) {
      residual = worse(residual, image[j]! - vectors[i * d + j]! * (values[j]! / norm));
    }
  }
  return { residual, departure };
}
