import type { Model } from '../model/model.js';
import type { Dim, DType, Tensor } from '../tensor.js';

/** What runs a network: one file and one line in the registry. */
export interface Engine {
  /** As users name it with `--engine`. */
  name: string;
  /** Why the engine cannot be used here, and what would bring it; undefined where it can. */
  missing(): Promise<string | undefined>;
  /** Loads the model so that every run gives the values `taps` of its graph. */
  load(model: Model, taps: readonly string[], options: SessionOptions): Promise<Session>;
}

export interface SessionOptions {
  /** Threads of the engine's own kernels. */
  threads: number;
  /** false where only the shapes are asked for: loads faster, runs slower. */
  optimize: boolean;
}

/** A network, ready to run. */
export interface Session {
  /** The tapped values in the order asked for. */
  taps: TapInfo[];
  notes: string[];
  /** What it runs on, for people to read: `CPU`. */
  device: string;
  /**
   * Runs one batch. The arrays stand for the taps, in their order, and may be overwritten by the next run.
   * Throws UserError where the network does not take the data.
   */
  run(inputs: Map<string, Tensor>): Promise<TapOutput[]>;
  close(): Promise<void>;
}

export interface TapInfo {
  /** As far as it is known without running; undefined: not even the rank. */
  shape: readonly Dim[] | undefined;
  dtype: DType;
  /** Axis 1 holds the channels although the model keeps them last. */
  channelsFirst: boolean;
  /** The axis that counts the samples: 1 for a time series whose steps come first. */
  batchAxis: number;
}

export interface TapOutput {
  data: Float32Array | Float64Array;
  shape: readonly number[];
}
