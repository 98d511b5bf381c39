/** What is used of tfjs-node-gpu's native binding. Tensors are numbers that it knows; they stay until they are deleted. */
export interface TensorflowBinding {
  createTensor(shape: readonly number[], dtype: number, data: FedArray | Uint8Array[]): number;
  deleteTensor(tensor: number): void;
  tensorDataSync(tensor: number): FedArray;
  /** @returns the number of a session with the SavedModel's graph and variables */
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  /** Names of inputs and outputs are `node:index`, separated by commas. */
  runSavedModel(
    session: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): { id: number; shape: number[]; dtype: number }[];
  isUsingGpuDevice(): boolean;
  TF_FLOAT: number;
  TF_INT32: number;
  TF_UINT8: number;
  TF_BOOL: number;
  TF_STRING: number;
  /** Version of the TensorFlow library. */
  TF_Version: string;
}

export type FedArray = Float32Array | Int32Array | Uint8Array;

/** An input as the child process is given it; its numbers come as an array of the frame, strings in the header. */
export interface FedTensor {
  name: string;
  shape: readonly number[];
  dtype: 'float32' | 'int32' | 'uint8' | 'bool' | 'string';
  strings?: string[];
}

type Nothing = Record<string, never>;

/** What the child process is asked for. */
export interface Asks {
  start: Nothing;
  load: { folder: string };
  run: { session: number; inputs: FedTensor[]; fetch: string[] };
  unload: { session: number };
}

/** What it answers. */
export interface Answers {
  start: { library: string; gpu: boolean };
  load: { session: number };
  /** The outputs' numbers are the arrays of the frame. */
  run: { shapes: number[][] };
  unload: Nothing;
}
