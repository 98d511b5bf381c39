import { clampedTrace, determinant, intrinsicDimensionality } from '../core/metrics.js';
import { type Spectrum, symmetricSpectrum } from '../core/spectrum.js';

// Functions of a covariance matrix under the names of the Python package. Each computes the spectrum anew: who wants several measures
// of one matrix computes it once, with `symmetricSpectrum`, and hands it to the functions of core/metrics.ts.

/**
 * `compute_intrinsic_dimensionality`: how many of the leading eigendirections hold the share `thresh` of the variance, by the
 * package's count, at least 1.
 *
 * @param cov the covariance, d x d, row-major, symmetric
 * @param thresh share of the variance, 0 to 1
 * @returns a whole number from 1 to d; NaN where `cov` has NaN or infinite entries
 * @throws RangeError if `cov` is not a square matrix
 */
export function computeIntrinsicDimensionality(cov: Float64Array, thresh = 0.99): number {
  return intrinsicDimensionality(spectrumOf(cov), thresh);
}

/**
 * `compute_saturation`: the intrinsic dimensionality at `thresh` as a share of d, above 0 and at most 1.
 * @throws RangeError if `cov` (d x d, row-major, symmetric) is not a square matrix
 */
export function computeSaturation(cov: Float64Array, thresh = 0.99): number {
  return computeIntrinsicDimensionality(cov, thresh) / dimensionOf(cov);
}

/**
 * `compute_cov_determinant`: the determinant of the covariance (generalized variance), the product of its eigenvalues. 0 or Infinity where
 * it leaves float64's range.
 * @throws RangeError if `cov` (d x d, row-major, symmetric) is not a square matrix
 */
export function computeCovDeterminant(cov: Float64Array): number {
  return determinant(spectrumOf(cov));
}

/**
 * `compute_cov_trace`: the trace of the covariance (total variance), the sum of its diagonal.
 * @throws RangeError if `cov` (d x d, row-major) is not a square matrix
 */
export function computeCovTrace(cov: Float64Array): number {
  const d = dimensionOf(cov);
  let trace = 0;
  for (let i = 0; i < d; i++) trace += cov[i * d + i]!;
  return trace;
}

/**
 * `compute_diag_trace`: the trace of the diagonalised covariance, the sum of its eigenvalues without negative ones.
 * @throws RangeError if `cov` (d x d, row-major, symmetric) is not a square matrix
 */
export function computeDiagTrace(cov: Float64Array): number {
  return clampedTrace(spectrumOf(cov));
}

function spectrumOf(cov: Float64Array): Spectrum {
  return symmetricSpectrum(cov, dimensionOf(cov));
}

function dimensionOf(cov: Float64Array): number {
  const d = Math.sqrt(cov.length);
  if (Number.isInteger(d) && d > 0) return d;
  throw new RangeError(`a covariance is d x d numbers, and ${cov.length} are no square`);
}
