import type { OutputView, PointOptions } from '../../core/points.js';
import type { DType } from '../../tensor.js';
import type { Unprojected } from '../projection.js';
import type { MomentReads } from './reading.js';

/** A value that is to be read while the network runs. */
export interface TapRequest {
  /** As the graph of the model names it. */
  value: string;
  /** How its points are taken; undefined: its output is handed out as it is. */
  points?: TapPointsRequest | undefined;
}

export interface TapPointsRequest {
  /** The value's. */
  rank: number;
  view: OutputView;
  options: PointOptions;
  /** The points' dimension, if it is known. */
  features: number | null;
}

/** A SavedModel rewritten so that its values can be read: what is written in its place, and what the nodes are called. */
export interface TensorflowProgram {
  /** The new saved_model.pb; variables and assets stay those of the model. */
  savedModel: Uint8Array;
  /** The model's folder. */
  folder: string;
  inputs: FedInput[];
  /** Scalars of int32 that say how many samples count, and how many there are; undefined where all do. */
  counts: { kept: string; size: string } | undefined;
  taps: WrittenTap[];
  /** Values that could not be projected. */
  unprojected: Unprojected;
  /** What to ask for beside the taps to run a batch: (reduced taps, 2) of int32, number of points and of features of each. */
  step: string;
  /** What to ask for once it is loaded, if anything. */
  restore: string | undefined;
  /** What to ask for to forget all points. */
  reset: string;
  /** How the moments of a reduced tap are read; undefined where no tap is. */
  reads: MomentReads | undefined;
}

/** How an input is fed. */
export interface FedInput {
  key: string;
  /** The placeholder. */
  name: string;
  /** The type of the model's own input. */
  dtype: DType;
  /** How its elements are handed over. */
  as: FeedForm;
}

/** The types that the binding feeds, and `bytes`: the bytes of every other number, in one more axis where they are several. */
export type FeedForm = 'float32' | 'int32' | 'uint8' | 'bool' | 'string' | 'bytes';

/** Where a tap is read. */
export type WrittenTap =
  /** As float32, or float64 in pairs of int32. */
  | { output: string; dtype: 'float32' | 'float64' }
  /** Among the reduced taps, by this number. */
  | { reduced: number };
