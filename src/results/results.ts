import type { IdimRule } from '../core/metrics.js';
import type { Spectrum } from '../core/spectrum.js';
import type { StatisticName } from '../core/statistics.js';
import type { EmbeddedLayer } from '../dump/embed-table.js';
import type { Mode } from '../dump/stored.js';
import type { RecordedWith } from './recorded-with.js';

/** The results of one run, as figures, comparisons and screens read them: whether they come from a csv or from a dump. */
export interface Results {
  /** What the user called the run, for legends and columns of tables: `runs/mnist`, `runs/mnist@3`. */
  label: string;
  /** The file or folder that was read. */
  path: string;
  /** The epochs that were asked for, ascending. */
  epochs: number[];
  /** In execution order, train before eval. A layer of both modes stands here twice. */
  layers: ResultLayer[];
  /** Numbers that are no layer's, by name (`average-eval-sat`, a metric of the user's own), then by epoch. */
  scalars: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Points of layers in the plane of their leading eigendirections, where they were asked for. */
  points?: readonly EmbeddedLayer[];
  /** What the stored statistics were recorded with, where the run tells: dumps that delve wrote do. */
  recordedWith: RecordedWith | undefined;
}

/** A layer in a mode. */
export interface ResultLayer {
  layer: string;
  mode: Mode;
  /**
   * By the statistic's long name (`saturation`), then by epoch. Numbers that are missing or NaN in the source are absent, statistics that
   * it neither holds nor lets compute are so, too.
   */
  statistics: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Eigenvalues by epoch, where they were asked for. Empty for a csv. */
  spectra: ReadonlyMap<number, Spectrum>;
  /** Points that the covariance was computed from, by epoch, where eigenvalues were read and the run tells. */
  n?: ReadonlyMap<number, number>;
}

/** Which results to read, and what to compute of them. */
export interface ResultsOptions {
  /** Statistics that are needed; those that neither are stored nor can be computed are absent in the layers. */
  stats: readonly StatisticName[];
  /**
   * Compute the statistics from the covariances at this share of the variance. undefined: as they are stored, and those that are
   * not stored at the recording's own threshold, or 0.99 where that is not known.
   */
  threshold: number | undefined;
  /** `delve` is also that of the package's recordings; with `textbook` nothing that depends on it is taken as it is stored. */
  rule: IdimRule;
  /** Globs; none: all layers. */
  layers: readonly string[];
  mode: Mode | undefined;
  /** An epoch of the run (-1 the last one, -2 the one before); an epoch in the run's own name (`runs/mnist@3`) wins. */
  epoch: number | 'all';
  /** Whether eigenvalues are needed; a csv has none, which is an error then. */
  spectra: boolean;
  /** Whether the points that a recording with `embed` left are needed. */
  points?: boolean;
  threads: number;
  /** Where spectra of dumps that keep none are kept; undefined: nowhere. */
  cache: string | undefined;
}

/** What reading results tells meanwhile. */
export interface ResultsEvents {
  /** Something for the user to know. */
  note?(message: string): void;
  /** Eigenvalues of `done` of so many matrices have been computed. */
  spectra?(done: number, matrices: number): void;
}
