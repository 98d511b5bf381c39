import type { IdimRule } from '../core/metrics.js';
import type { PointOptions } from '../core/points.js';
import type { RecordedStatistic } from '../core/statistics.js';
import type { DataOption } from '../data/data-option.js';
import type { ReadingOptions } from '../data/dataset.js';
import type { Preprocessing } from '../data/preprocess.js';
import type { Device } from '../engines/engine.js';
import type { WriterChoice } from '../writers/registry.js';
import type { SettlingSaturation } from './settling.js';

/** Everything that decides what `record` records and where it goes. */
export interface RecordOptions {
  /** SavedModel folders or .onnx files: one an epoch. */
  models: string[];
  data: DataOption[];
  signature?: string | undefined;

  /** In the order of the columns. */
  stats: RecordedStatistic[];
  /** The first one is that of the csv and npy files. */
  thresholds: number[];
  rule: IdimRule;
  points: PointOptions;
  tap: 'pre-activation' | 'activation';
  /** Points of each layer that `embed` keeps, a random sample where there are more. */
  embedSamples: number;
  /** Classes of the samples, which colour the points of `embed`; else those that the data brings. */
  labels?: DataOption[] | undefined;
  /** Globs; none: all layers. */
  layers: string[];
  ignoreLayers: string[];
  conv: boolean;

  /** How tables and images are read. */
  reading?: ReadingOptions | undefined;
  /** Where the channels of the data stand; undefined: as its shape tells. */
  inputLayout?: 'nhwc' | 'nchw' | undefined;
  /** Samples are run in an order that this number decides; undefined: as they stand. */
  shuffleSeed?: number | undefined;
  /** What the path `-` reads. */
  stdin?: NodeJS.ReadableStream | undefined;
  preprocessing: Omit<Preprocessing, 'channelAxis'>;
  /** undefined: as many samples as keep the layers' outputs in bounded memory, 64 at most. */
  batchSize?: number | undefined;
  /** Samples of each dataset that are run. */
  limit?: number | undefined;
  /** Batches k, 2k, 3k, ... are recorded. */
  logInterval: number;
  /** Samples of each dataset that are recorded. */
  maxSamples?: number | undefined;

  /** SAVEFILE: path without ending. */
  out: string;
  /** Names of writers with their settings (`npy:zip`), paths of modules of one's own, or writers themselves. */
  saveTo: WriterChoice[];
  /** false: covariances go to the writers alone, and are empty in what is returned, so that many epochs fit into memory. */
  keepCovariances: boolean;
  averageSat: boolean;
  initialEpoch: number;
  onNan: 'error' | 'skip';

  /** A name, or `auto`. */
  engine: string;
  device: Device;
  /** Threads of the network and of the reduction. */
  threads: number;
}

/** What runs a model. */
export interface EngineChoice {
  model: string;
  engine: string;
  version: string;
  device: string;
  /** Why this one, where it was not asked for. */
  why: string | undefined;
}

/** A run over a dataset that begins. */
export interface RunStart {
  epoch: number;
  /** How many this recording has. */
  epochs: number;
  model: string;
  mode: 'train' | 'eval';
  /** Samples that are run. */
  samples: number;
  engine: string;
  device: string;
  threads: number;
  /** In execution order; d is null where only running tells it. */
  layers: { name: string; d: number | null }[];
}

/** What `record` tells while it runs; whoever shows it decides how. */
export interface RecordEvents {
  /** A model was loaded. */
  engine?(choice: EngineChoice): void;
  /** A run over a dataset begins. */
  start?(event: RunStart): void;
  /** Samples of it that are done. */
  progress?(done: number): void;
  /** Listening to it makes layers be looked at now and then while points come in, within about a hundredth of the time. */
  saturation?(event: SettlingSaturation): void;
  /** `RecordControl` has paused the run, or it goes on. */
  paused?(isPaused: boolean): void;
  /** The network is done, spectra are being computed. */
  spectra?(done: number, layers: number): void;
  /** Something the user should know that is no error. */
  note?(message: string): void;
  /** A line of the `print` writer. */
  print?(line: string): void;
}
