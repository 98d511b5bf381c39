import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HistogramProtoSchema } from '../../model/proto/tensorboard_pb.js';

/** As many as TensorBoard shows. */
const BUCKETS = 30;

/**
 * Histogram of log10 of a covariance's eigenvalues (descending), as they span many decades. Eigenvalues below
 * λ_1 · d · 2^-52 are rounding errors of zero, and counted there. undefined if none is positive and finite.
 */
export function spectrumHistogram(
  eigenvalues: Float64Array,
): MessageInitShape<typeof HistogramProtoSchema> | undefined {
  const largest = eigenvalues[0] ?? 0;
  if (!(largest > 0) || !eigenvalues.every(Number.isFinite)) return undefined;
  const least = largest * eigenvalues.length * Number.EPSILON;
  return histogram(eigenvalues.map((value) => Math.log10(Math.max(value, least))));
}

/** Of buckets of equal width, right edges belonging to the bucket on their left. */
function histogram(values: Float64Array): MessageInitShape<typeof HistogramProtoSchema> {
  const min = values.reduce((a, b) => Math.min(a, b));
  const max = values.reduce((a, b) => Math.max(a, b));
  const count = max > min ? BUCKETS : 1;
  const width = (max - min) / count;
  const bucket = new Array<number>(count).fill(0);
  for (const value of values) {
    const place = max > min ? Math.ceil((value - min) / width) - 1 : 0;
    bucket[Math.min(Math.max(place, 0), count - 1)]! += 1;
  }
  return {
    min,
    max,
    num: values.length,
    sum: values.reduce((a, b) => a + b),
    sumSquares: values.reduce((a, b) => a + b * b, 0),
    bucketLimit: bucket.map((_, i) => (i === count - 1 ? max : min + (i + 1) * width)),
    bucket,
  };
}
