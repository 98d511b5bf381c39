import type { Dim, DType, Tensor } from '../tensor.js';
import type { PipedData } from './piped.js';

/** Samples in slices, however they are stored. Axis 0 of every array counts the samples. */
export interface Dataset {
  /** What it was read from, for messages. */
  path: string;
  samples: number;
  /** One array a model input; a format that holds a single unnamed array has one, with key undefined. */
  arrays: DatasetArray[];
  /** What a user may want to know before the run: sentences such as that bytes follow the array. */
  notes: readonly string[];
  /** What a description of the run says of it beside its path: format, columns, classes. */
  details?: Readonly<Record<string, unknown>>;
  /**
   * Where the stretches of samples begin within which reading here and there is cheap (the first one is 0), for a format that is
   * read piece by piece; absent: it is cheap everywhere.
   */
  blocks?: readonly number[];
  /** The class of each sample, where the format tells: images in folders. */
  labels?: readonly string[];
  /** Samples start..end-1 (end <= samples) of every array, in the order of `arrays`, C order, native byte order; the caller's own to overwrite. */
  read(start: number, end: number): Promise<Tensor[]>;
  /** Any samples, in the order given; absent where reading them one by one does as well. */
  readAt?(samples: ArrayLike<number>): Promise<Tensor[]>;
  close(): Promise<void>;
}

/** Blocks of `size` samples. */
export function blocksOf(samples: number, size: number): number[] {
  return Array.from({ length: Math.ceil(samples / size) }, (_, i) => i * size);
}

export interface DatasetArray {
  key: string | undefined;
  dtype: DType;
  /** Shape of one sample, without the batch axis. */
  sampleShape: readonly number[];
  /** Where the channels of a sample stand, if the format tells. */
  channels?: ChannelAxis;
}

/** Where images have their channels. */
export type ChannelAxis = 'first' | 'last';

/** What a model wants of its data. */
export interface InputSpec {
  key: string;
  dtype: DType;
  /** With the batch axis; undefined: any rank. */
  shape: readonly Dim[] | undefined;
}

export const IMAGE_RESIZES = ['fill', 'fit', 'center-crop'] as const;
export type ImageResize = (typeof IMAGE_RESIZES)[number];

/** How data is read, where its format leaves that open. */
export interface ReadingOptions {
  /** Columns of tables: names, numbers from 1, ranges, globs; undefined: all that hold numbers, or text where the model takes it. */
  columns?: readonly string[] | undefined;
  /** The column of a table that holds labels, which are no input. */
  labelColumn?: string | undefined;
  /** Whether the first row of a csv file holds the names of its columns; undefined: found out. */
  csvHeader?: 'yes' | 'no' | undefined;
  /** How an image gets the size that the model takes: stretched (`fill`, the default), whole with black bars, or cropped. */
  imageResize?: ImageResize | undefined;
  /** Whether pixels are averaged where an image is made smaller; true by default. */
  imageAntialias?: boolean | undefined;
  /** Height and width, for models that take any, or that take no images. */
  imageSize?: readonly [number, number] | undefined;
}

/** What a reader may want to know of what is done with the data. */
export interface OpenOptions extends ReadingOptions {
  inputs?: readonly InputSpec[] | undefined;
  /** Where the model's own channels stand. */
  channelAxis?: ChannelAxis | undefined;
  /** Samples are read in any order, by `readAt`. */
  anyOrder?: boolean | undefined;
  /** More samples than these are not read, unless in any order. */
  limit?: number | undefined;
  /** What `-` reads. */
  piped?: PipedData | undefined;
  /** Ends a long opening: Interrupted is thrown then. */
  signal?: AbortSignal | undefined;
}

/** A format that datasets come in: one file and one line in the registry. */
export interface DatasetReader {
  /** As users know it: `npy`. */
  name: string;
  /** File name endings, with the dot. */
  extensions: readonly string[];
  /** Takes folders as well. */
  folders?: boolean;
  /** The options that make a difference to it. */
  options?: readonly (keyof ReadingOptions)[];
  /** Throws UserError for a file that is damaged or holds something else. */
  open(path: string, options: OpenOptions): Promise<Dataset>;
}
