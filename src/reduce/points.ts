/**
 * A block of a layer's outputs seen as points in the space of its features.
 * - `rows`: (batch * positions, features), C order;
 * - `channels-first`: (batch, features, positions), C order; every position of every sample is a point.
 */
export interface Points {
  data: Float32Array | Float64Array;
  layout: 'rows' | 'channels-first';
  batch: number;
  features: number;
  positions: number;
}

/** Mean and covariance of the points seen so far. */
export interface Moments {
  /** Number of points. */
  n: number;
  /** d numbers. */
  mean: Float64Array;
  /** d x d, row-major, symmetric, divisor n. */
  covariance: Float64Array;
}
