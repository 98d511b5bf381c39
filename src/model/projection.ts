import type { PointAxes } from '../core/points-axes.js';
import type { DType } from '../tensor.js';

/**
 * A value of a network that a projection stands in place of, for all that reads it: each of its points v becomes
 * mean + (v - mean) E^T E, the rows of E (k x d, orthonormal) being the directions that are kept. Mean (d) and E are inputs of
 * the network, of float32, so that one session serves all projections.
 */
export interface Projection {
  /** As the graph of the model names it. */
  value: string;
  rank: number;
  axes: PointAxes;
  /** The points' dimension. */
  d: number;
  /** The value's type in the engine. */
  dtype: DType;
  /** What the names of its operations begin with: nothing in the network has such a name. */
  id: string;
  /** Names of the inputs. */
  mean: string;
  basis: string;
}

/** A projection with what it projects onto: it needs no inputs. */
export interface FilledProjection extends Projection {
  /** d numbers. */
  meanData: Float32Array;
  /** k x d. */
  basisData: Float32Array;
}

/** Why values cannot be projected, by value. */
export type Unprojected = ReadonlyMap<string, string>;

export const READ_BY_NOTHING = 'nothing in the network reads its output as it is recorded';
export const MADE_INSIDE = 'it is computed inside of a loop or a branch';
