import type { Spectrum } from './spectrum.js';

/**
 * How the intrinsic dimensionality counts, with c_k the share of the variance that the k largest eigenvalues explain:
 * `delve`, as the Python package does, the number of c_k below the threshold, at least 1;
 * `textbook`, the number of directions that it takes to reach the threshold, which is one more unless it is met exactly.
 */
export type IdimRule = 'delve' | 'textbook';

export const IDIM_RULES: readonly IdimRule[] = ['delve', 'textbook'];

/** The statistics that depend on the threshold, for one of them. */
export interface Explained {
  threshold: number;
  idim: number;
  saturation: number;
}

// Every measure below is NaN for a matrix with NaN or infinite entries. Eigenvalues are clamped to 0 from below,
// rounding having made them negative, except where a comment says otherwise.

/**
 * Intrinsic dimensionality: how many of the leading eigendirections hold the share `threshold` of the variance.
 * 1 for a zero matrix, as in the Python package.
 */
export function intrinsicDimensionality(
  spectrum: Spectrum,
  threshold: number,
  rule: IdimRule = 'delve',
): number {
  const { d, values } = summable(spectrum);
  const total = clampedTrace({ d, values });
  if (Number.isNaN(total)) return Number.NaN;
  if (total === 0) return 1;
  let below = 0;
  let sum = 0;
  for (const value of values) {
    sum += Math.max(value, 0);
    if (sum / total < threshold) below++;
  }
  return rule === 'delve' ? Math.max(below, 1) : Math.min(below + 1, d);
}

/** Saturation: the intrinsic dimensionality as a share of the feature space's dimension d. */
export function saturation(spectrum: Spectrum, threshold: number, rule: IdimRule = 'delve'): number {
  return intrinsicDimensionality(spectrum, threshold, rule) / spectrum.d;
}

/** Intrinsic dimensionality and saturation at several thresholds, in their order. */
export function explainedAt(
  spectrum: Spectrum,
  thresholds: readonly number[],
  rule: IdimRule = 'delve',
): Explained[] {
  return thresholds.map((threshold) => {
    const idim = intrinsicDimensionality(spectrum, threshold, rule);
    return { threshold, idim, saturation: idim / spectrum.d };
  });
}

/**
 * Determinant: the product of the eigenvalues as computed, so that the noise of a singular matrix shows. Wide layers leave
 * float64's range, to 0 or Infinity; `logDeterminant` does not.
 */
export function determinant({ values }: Spectrum): number {
  // Kept as fraction * 2^exponent: the product of the first few may overflow where that of all does not.
  let fraction = 1;
  let exponent = 0;
  for (const value of values) {
    if (value === 0) return 0;
    if (!Number.isFinite(value)) return value * fraction;
    const shift = Math.floor(Math.log2(Math.abs(value)));
    fraction *= timesPowerOfTwo(value, -shift);
    exponent += shift;
    if (Math.abs(fraction) >= 2) {
      fraction /= 2;
      exponent++;
    }
  }
  return timesPowerOfTwo(fraction, exponent);
}

/** Natural logarithm of the determinant, the sum of the eigenvalues' logarithms; -Infinity for a singular matrix. */
export function logDeterminant({ values }: Spectrum): number {
  return values.reduce((sum, value) => sum + Math.log(Math.max(value, 0)), 0);
}

/** Trace, the total variance: the sum of the eigenvalues as computed, which is that of the diagonal. */
export function trace({ values }: Spectrum): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Trace of the diagonal matrix: the sum of the clamped eigenvalues. */
export function clampedTrace({ values }: Spectrum): number {
  return values.reduce((sum, value) => sum + Math.max(value, 0), 0);
}

/**
 * Effective rank exp(-sum p log p), p being the eigenvalues as shares of their sum (Roy & Vetterli, 2007): between 1 and d;
 * 0 for a zero matrix.
 */
export function effectiveRank(spectrum: Spectrum): number {
  const { d, values } = summable(spectrum);
  const total = clampedTrace({ d, values });
  if (total === 0) return 0;
  const entropy = values.reduce((sum, value) => {
    const share = Math.max(value, 0) / total;
    return share === 0 ? sum : sum - share * Math.log(share);
  }, 0);
  return Math.exp(entropy);
}

/** Participation ratio (sum l)^2 / sum l^2 of the eigenvalues l: between 1 and d; 0 for a zero matrix. */
export function participationRatio(spectrum: Spectrum): number {
  const { d, values } = summable(spectrum);
  const total = clampedTrace({ d, values });
  if (total === 0) return 0;
  return 1 / values.reduce((sum, value) => sum + (Math.max(value, 0) / total) ** 2, 0);
}

/** The spectrum, scaled down if its sum would leave float64's range: what depends on shares alone does not change. */
function summable(spectrum: Spectrum): Spectrum {
  if (clampedTrace(spectrum) !== Number.POSITIVE_INFINITY) return spectrum;
  return { d: spectrum.d, values: spectrum.values.map((value) => value * 2 ** -64) };
}

/** x * 2^exponent, in steps that do not leave float64's range before the result does. */
function timesPowerOfTwo(x: number, exponent: number): number {
  let result = x;
  let left = exponent;
  for (; left > 1000 && Number.isFinite(result); left -= 1000) result *= 2 ** 1000;
  for (; left < -1000 && result !== 0; left += 1000) result *= 2 ** -1000;
  return result * 2 ** left;
}
