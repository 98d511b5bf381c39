import type { Dim, DType, Tensor } from '../tensor.js';

/** Samples in slices, however they are stored. Axis 0 of every array counts the samples. */
export interface Dataset {
  /** What it was read from, for messages. */
  path: string;
  samples: number;
  /** One array a model input; a format that holds a single unnamed array has one, with key undefined. */
  arrays: DatasetArray[];
  /** What a user may want to know before the run: sentences such as that bytes follow the array. */
  notes: readonly string[];
  /** Samples start..end-1 (end <= samples) of every array, in the order of `arrays`, C order, native byte order; the caller's own to overwrite. */
  read(start: number, end: number): Promise<Tensor[]>;
  close(): Promise<void>;
}

export interface DatasetArray {
  key: string | undefined;
  dtype: DType;
  /** Shape of one sample, without the batch axis. */
  sampleShape: readonly number[];
}

/** What a model wants of its data. */
export interface InputSpec {
  key: string;
  dtype: DType;
  /** With the batch axis; undefined: any rank. */
  shape: readonly Dim[] | undefined;
}

/** A format that datasets come in: one file and one line in the registry. */
export interface DatasetReader {
  /** As users know it: `npy`. */
  name: string;
  /** File name endings, with the dot. */
  extensions: string[];
  /** Throws UserError for a file that is damaged or holds something else. */
  open(path: string): Promise<Dataset>;
}
