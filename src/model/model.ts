import type { InputSpec } from '../data/dataset.js';
import type { Dim } from '../tensor.js';
import type { GraphOutput } from './graph.js';
import type { Layer, SkippedLayer } from './layer.js';
import type { FilledProjection, Projection } from './projection.js';
import type { ModelProto } from './proto/onnx_pb.js';
import type { TapRequest, TensorflowProgram } from './tensorflow/program.js';

/** A trained network, opened: what it is made of, and how an engine gets at it. */
export interface Model {
  /** As the user gave it. */
  path: string;
  /** The format's name: `savedmodel`, `onnx`. */
  format: string;
  inputs: InputSpec[];
  /** What the network gives: its key, and the value in its graph. */
  outputs: GraphOutput[];
  /** In execution order. */
  layers: Layer[];
  skipped: SkippedLayer[];
  /** SHA-256 of the file that holds the graph. */
  hash(): Promise<string>;
  /** The network as ONNX, with the values that are to be tapped. Throws UserError for operations that ONNX lacks. */
  toOnnx(taps: readonly string[]): OnnxProgram;
  /**
   * The network rewritten for TensorFlow itself; absent for formats that it does not run.
   * @param padded whether batches may be filled up with samples that do not count
   * @param projections put behind values, which the taps of others see
   */
  toTensorflow?(
    taps: readonly TapRequest[],
    padded: boolean,
    projections?: readonly Projection[],
  ): TensorflowProgram;
  /** A saved_model.pb of the network with projections in it, for the model's own variables and assets; absent as `toTensorflow` is. */
  toSavedModel?(projections: readonly FilledProjection[]): Uint8Array;
}

/** A network as onnxruntime takes it. */
export interface OnnxProgram {
  proto: ModelProto;
  /** Folder of the external data, if there is any. */
  folder: string | undefined;
  /** Where each tapped value is found. */
  taps: Map<string, OnnxTap>;
  /** Whether series are sure to have samples along their first axis, and steps along the second. */
  batchFirst: boolean;
  /** What the user should know of the translation: types computed in another precision. */
  notes: string[];
}

export interface OnnxTap {
  name: string;
  /** The value's axis 1 holds the channels that the model itself keeps last. */
  channelsFirst: boolean;
  /** As far as the translation knows it, in the model's own layout. */
  shape?: readonly Dim[] | undefined;
}

/** How a model is opened. */
export interface ModelOptions {
  /** The SavedModel's signature. */
  signature?: string | undefined;
}

/** A format that models come in: one file and one line in the registry. */
export interface ModelFormat {
  name: string;
  matches(path: string, isFolder: boolean): boolean;
  open(path: string, options: ModelOptions): Promise<Model>;
}
