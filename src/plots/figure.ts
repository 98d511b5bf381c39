import type { IdimRule } from '../core/metrics.js';
import type { StatisticName } from '../core/statistics.js';
import type { Results } from '../results/results.js';

/**
 * A figure as data: everything that it shows and nothing of how it is drawn, so that one figure can become an SVG, a page or lines
 * of a terminal. Made from results by the kinds of figures.ts.
 */
export type Figure = LayersFigure | EpochsFigure | SpectrumFigure | ScatterFigure | ThresholdsFigure;

/** What can be plotted of a run; `embed` gives scatter figures. */
export type FigureKindName = Exclude<Figure['kind'], 'thresholds'> | 'embed';

interface AnyFigure {
  title: string;
  /** What the title leaves open: run, mode, epoch, threshold. '' if nothing. */
  subtitle: string;
  /** What tells the figure from others of the same runs, for names of files: `lsat_eval_epoch_3`. */
  name: string;
}

/** A scale of numbers. */
export interface ValueAxis {
  title: string;
  /** Its ends; undefined: as the values have it. */
  range: readonly [number, number] | undefined;
  /** Values are whole numbers. */
  integer: boolean;
  /** Logarithmic: values of 0 or less cannot be shown then, and are left out of the figure. */
  log: boolean;
}

/** A statistic over the layers: a point a layer, a line a series. */
export interface LayersFigure extends AnyFigure {
  kind: 'layers';
  /** Whole names in execution order, each once. */
  layers: readonly string[];
  series: readonly LayerSeries[];
  value: ValueAxis;
  /** A line of text within the figure, such as `accuracy: 0.93`; '' if none. */
  note: string;
}

/** A run, mode or threshold in a figure of layers. */
export interface LayerSeries {
  /** For the legend; '' where there is one series alone. */
  label: string;
  /** Finite numbers, one for each of the figure's layers; undefined where there is none. */
  values: readonly (number | undefined)[];
}

/** A statistic over layers and epochs: a heat map. */
export interface EpochsFigure extends AnyFigure {
  kind: 'epochs';
  /** Whole names in execution order, each once. */
  layers: readonly string[];
  /** Ascending. */
  epochs: readonly number[];
  /** A row a layer: finite numbers, one for each epoch; undefined where there is none. */
  values: readonly (readonly (number | undefined)[])[];
  value: ValueAxis;
}

/** Eigenvalues of layers (scree), what share of the variance the leading ones explain together, and where thresholds cut. */
export interface SpectrumFigure extends AnyFigure {
  kind: 'spectrum';
  series: readonly SpectrumSeries[];
  /** Ascending. */
  thresholds: readonly number[];
}

/** The spectrum of a layer (of a run, in a mode). */
export interface SpectrumSeries {
  label: string;
  /** d eigenvalues, descending, clamped to 0. */
  eigenvalues: Float64Array;
  /** d shares of the variance: what the 1, 2, ... d largest eigenvalues explain together. */
  explained: Float64Array;
  /** For each of the figure's thresholds. */
  cuts: readonly SpectrumCut[];
}

/** Where a threshold cuts a spectrum. */
export interface SpectrumCut {
  threshold: number;
  /** So many of the largest eigenvalues are counted. */
  idim: number;
  /** The share of the variance that they explain. */
  explained: number;
}

/** Points in the plane: a layer each (one statistic against another), or a sample each (in the leading eigendirections). */
export interface ScatterFigure extends AnyFigure {
  kind: 'scatter';
  x: ValueAxis;
  y: ValueAxis;
  points: readonly ScatterPoint[];
}

/** A point of a scatter figure. */
export interface ScatterPoint {
  x: number;
  y: number;
  /** What the point is: the name of a layer; '' if it has none. */
  label: string;
  /** The group that it belongs to (a run, a class of samples), for its colour; '' where there is one alone. */
  series: string;
}

/** What becomes of a network at several thresholds: a line a series. */
export interface ThresholdsFigure extends AnyFigure {
  kind: 'thresholds';
  /** Ascending. */
  thresholds: readonly number[];
  series: readonly ThresholdsSeries[];
  /** What the lines are compared with. */
  reference: { label: string; value: number } | undefined;
  value: ValueAxis;
}

/** A line of such a figure. */
export interface ThresholdsSeries {
  label: string;
  /** For each threshold the mean, and the ends of the band around it (the mean itself, where there is one value alone). */
  points: readonly { mean: number; low: number; high: number }[];
}

/** Results that take part in a figure. */
export interface FigureRun {
  results: Results;
  /** The share of the variance that the statistics are of; undefined: as the run stored them. */
  threshold: number | undefined;
}

/** What figures are to show. */
export interface FigureOptions {
  /** A figure each; a scatter figure takes the first two. */
  stats: readonly StatisticName[];
  /** Where spectra are cut. */
  thresholds: readonly number[];
  rule: IdimRule;
  /** Whether the layers of the results were chosen; of others a figure of spectra takes some alone. */
  layersChosen: boolean;
  /** A scalar of the run (`average-eval-sat`, a metric of one's own) whose value is written into the figure. */
  primaryMetric: string | undefined;
  /** Ends of the values' axis; auto: as the values have it; undefined: 0 to 1 for saturation, auto for others. */
  range: readonly [number, number] | 'auto' | undefined;
  /** Whether values stand on a logarithmic scale. */
  log: boolean;
  /** Instead of the figure's own. */
  title: string | undefined;
}

/** Dark on light, or light on dark. */
export type Theme = 'light' | 'dark';

/** How layers are laid out: side by side, or one below the other; `auto`: whichever can be read. */
export type Layout = 'auto' | 'columns' | 'rows';

/** How figures look. Lengths are pixels, colours as CSS writes them, opacities from 0 to 1. */
export interface FigureStyle {
  theme: Theme;
  layout: Layout;
  fontSize: number;
  /** Of the whole figure; undefined: as much as the layers need. */
  size: { width: number; height: number } | undefined;
  line: boolean;
  scatter: boolean;
  lineOpacity: number;
  pointOpacity: number;
  /** By series, over and over; none: the theme's. */
  lineColours: readonly string[];
  /** By series; none: those of the lines. */
  pointColours: readonly string[];
  /** Whether the axis of layers (or of whatever lies along x) has a title. */
  xTitle: boolean;
  /** Whether the axis of values has a title. */
  yTitle: boolean;
  grid: boolean;
  /** Where the note stands: shares of width and height, from the lower left corner. */
  noteAt: readonly [number, number];
}
