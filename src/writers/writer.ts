import type { Spectrum } from '../core/spectrum.js';
import type { Embedding } from '../dump/embed-table.js';
import type { NpyArray } from '../dump/npy.js';

/**
 * One layer's results for one epoch and mode. Where statistics alone are known (of values that came in by name), n and d are 0 and the
 * arrays empty.
 */
export interface LayerRecord {
  layer: string;
  kind: string;
  mode: 'train' | 'eval';
  /** Rows that entered the covariance. */
  n: number;
  /** Dimension of the feature space. */
  d: number;
  /** d numbers. */
  mean: Float64Array;
  /** d x d, row-major, symmetric, divisor n. */
  covariance: Float64Array;
  spectrum: Spectrum;
  /**
   * Values by statistic, in the user's order: for statistics of a threshold those of the first one.
   * `cov` stands in the order but holds no number.
   */
  stats: Map<string, number>;
  /** Values of threshold-dependent statistics for every threshold, in the order of `thresholds`. */
  byThreshold: { threshold: number; idim: number; saturation: number }[];
  /** Where it was asked for. */
  embedding?: Embedding;
  /** Time that the spectrum took. */
  seconds: number;
}

/** Everything recorded of one epoch (one model) over one or more modes. */
export interface EpochRecord {
  epoch: number;
  model: string;
  layers: LayerRecord[];
  /** Further scalars of the epoch, such as `average-eval-sat`. */
  scalars: Map<string, number>;
  /** Arrays that are no layer's covariance, by name. The npy writer stores them. */
  arrays?: ReadonlyMap<string, NpyArray>;
}

/** What the user set for a writer, by name: `npy:zip` sets zip to true, `./mine.js:level=3` sets level to '3'. */
export type WriterSettings = Readonly<Record<string, string | true>>;

/** What a writer is made with. */
export interface WriterOptions {
  /** SAVEFILE: writers add their ending, or make a folder of that name. */
  savefile: string;
  /** 0 replaces what was there; k continues after epoch k-1. */
  initialEpoch: number;
  settings: WriterSettings;
  /** Notes for the user (a run to continue that is not there). */
  note(message: string): void;
  /** Where `print` prints. */
  print(line: string): void;
}

/**
 * Where results go. `open` is called before the run starts and throws UserError if the place cannot be
 * written; it leaves no trace, and nothing that was there is touched before the first `write`. A file is complete at
 * every moment: it is written beside and renamed. A `write` that throws leaves what was there as it was. `close` ends a run
 * that went well; one that did not is simply dropped.
 */
export interface Writer {
  /** Called once, before the first epoch: fails if there is no place to write to. */
  open(): Promise<void>;
  /** Writes an epoch, whole or not at all. */
  write(epoch: EpochRecord): Promise<void>;
  /** `run` describes the run (tool version, model hash, dataset, options, layers) for run.json. */
  close(run: RunDescription): Promise<void>;
}

/** Makes a writer of a run; may throw UserError for settings that cannot be. */
export type WriterFactory = (options: WriterOptions) => Writer;

/** What made a run: the tool, its version, and whatever else there is to tell (model hash, dataset, options). */
export interface RunDescription {
  tool: string;
  version: string;
  [key: string]: unknown;
}
