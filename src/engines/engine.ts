import type { OutputView, PointOptions } from '../core/points.js';
import type { Model } from '../model/model.js';
import type { Projection, Unprojected } from '../model/projection.js';
import type { Moments } from '../reduce/reducer.js';
import type { Dim, DType, Tensor } from '../tensor.js';

/** What runs a network: one file and one line in the registry. */
export interface Engine {
  /** As users name it with `--engine`. */
  name: EngineName;
  /** Why the engine cannot be used here, and what would bring it; undefined where it can. */
  missing(): Promise<string | undefined>;
  /** Throws UserError where the device asked for is not there. */
  start(options: EngineOptions): Promise<RunningEngine>;
}

export type EngineName = 'onnx' | 'tensorflow';

export const DEVICES = ['auto', 'gpu', 'cpu'] as const;
export type Device = (typeof DEVICES)[number];

export interface EngineOptions {
  /** Threads of the engine's own kernels. */
  threads: number;
  /** `auto`: a GPU where the engine sees one that is known to serve it. */
  device: Device;
}

/** An engine with its libraries loaded, and the device that it runs on. */
export interface RunningEngine {
  name: EngineName;
  /** Of the library that computes. */
  version: string;
  /** For people to read: `CPU`, `GPU (WebGPU)`. */
  device: string;
  isGpu: boolean;
  /** Loads the model so that every run reads the tapped values of its graph. */
  load(model: Model, taps: readonly Tap[], options: LoadOptions): Promise<Session>;
  close(): Promise<void>;
}

/** A value of a model's graph that is read. */
export interface Tap {
  value: string;
  /** As far as the file tells it; undefined: not even the rank. */
  shape?: readonly Dim[] | undefined;
  /** Its points are wanted, not its output: an engine may reduce them to their moments where they are computed. */
  points?: { view: OutputView; options: PointOptions } | undefined;
}

export interface LoadOptions {
  /** false where only the shapes are asked for: loads faster, runs slower. */
  optimize: boolean;
  /** Whether batches may be filled up with samples that do not count. */
  padded: boolean;
  /** Whether the outputs themselves are wanted: none is reduced where it is computed. */
  handOut?: boolean;
  /** Put behind values of the network; their means and directions are inputs of every run. Taps see what is projected. */
  projections?: readonly Projection[];
}

/** A network, ready to run. */
export interface Session {
  /** The tapped values in the order asked for. */
  taps: TapInfo[];
  /** What the user should know; the first run may add to it. */
  notes: string[];
  /** Values that could not be projected. */
  unprojected: Unprojected;
  /**
   * Runs one batch, whole or not at all. The arrays may be overwritten by the next run.
   * @param kept samples from the front that count; undefined: all
   * @throws OutOfMemory where the batch is too large, UserError where the network does not take the data
   */
  run(inputs: Map<string, Tensor>, kept?: number): Promise<TapResult[]>;
  /** Moments of the points of a tap that is `reduced`; undefined where there were none. */
  moments(tap: number): Promise<Moments | undefined>;
  /** Forgets the points of all reduced taps. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** A batch does not fit into the memory of the device; what was gathered before is as it was. */
export class OutOfMemory extends Error {
  override name = 'OutOfMemory';
}

export interface TapInfo {
  /** As far as it is known without running; undefined: not even the rank. */
  shape: readonly Dim[] | undefined;
  dtype: DType;
  /** Axis 1 holds the channels although the model keeps them last. */
  channelsFirst: boolean;
  /** The axis that counts the samples: 1 for a time series whose steps come first. */
  batchAxis: number;
  /** The session reduces its points itself: a run tells how many there were. */
  reduced: boolean;
}

/** Of a tap that is reduced: how many; of others the output itself. */
export type TapResult = TapOutput | TapPoints;

export interface TapOutput {
  data: Float32Array | Float64Array;
  shape: readonly number[];
}

export interface TapPoints {
  points: number;
  features: number;
}

/** The output of a tap that is not reduced. */
export function outputOf(result: TapResult | undefined): TapOutput {
  if (!result || !('data' in result)) throw new Error('the tap is reduced: it has no output');
  return result;
}
