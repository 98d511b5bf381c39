/**
 * The library: everything that a program, rather than a shell, would call.
 *
 * ```ts
 * import { record } from 'delve-saturation';
 * ```
 */
export {
  type Change,
  type ComparedLayer,
  type ComparedRun,
  type CompareOptions,
  type Comparison,
  compare,
  defaultCompareOptions,
  type UnmatchedLayer,
} from './compare/compare.js';
export { CovarianceAccumulator, type CovariancePart } from './core/covariance.js';
export type { Interpolation } from './core/interpolate.js';
export {
  clampedTrace,
  determinant,
  type Explained,
  effectiveRank,
  explainedAt,
  type IdimRule,
  intrinsicDimensionality,
  logDeterminant,
  participationRatio,
  saturation,
  trace,
} from './core/metrics.js';
export { type LayerOutput, type PointOptions, type Points, toPoints } from './core/points.js';
export type { OutputView, PointAxes } from './core/points-axes.js';
export { eigenspaceDimension, leadingBasis, projectionOnto, randomRotation } from './core/projection.js';
export { type RandomSource, seededRandom } from './core/random.js';
export { type Eigensystem, type Spectrum, type SpectrumOptions, symmetricSpectrum } from './core/spectrum.js';
export { type RecordedStatistic, STATISTICS, type Statistic, type StatisticName } from './core/statistics.js';
export type { DataOption } from './data/data-option.js';
export type { ChannelAxis, InputSpec, ReadingOptions } from './data/dataset.js';
export type { Preprocessing } from './data/preprocess.js';
export type { EmbeddedLayer, Embedding } from './dump/embed-table.js';
export type { NpyArray } from './dump/npy.js';
export type { Mode } from './dump/stored.js';
export { Interrupted, UserError } from './errors.js';
export type { GraphOutput } from './model/graph.js';
export type { Layer, LayerFamily, SkippedLayer } from './model/layer.js';
export type { Model, ModelOptions } from './model/model.js';
export { openModel } from './model/open.js';
export type { FilledProjection, Projection } from './model/projection.js';
export {
  type CenteringOptions,
  type ChangeOptions,
  changeAllPcaLayerCentering,
  changeAllPcaLayerThresholds,
  changeAllPcaLayerThresholdsAndInjectRandomDirections,
  type InjectOptions,
  type PcaLayerDimensions,
  rvs,
} from './pca/change-all.js';
export type {
  Conv2DPCALayerConfig,
  LinearPCALayerConfig,
  PcaLayer,
  PcaLayerClass,
  PcaMapLayer,
} from './pca/pca-layer.js';
export { Conv2DPCALayer, LinearPCALayer, type PcaLayers, pcaLayers } from './pca/pca-layers.js';
export {
  type DrawOptions,
  defaultDrawOptions,
  drawFigure,
  type PictureFormat,
  type SpecHook,
} from './plots/draw.js';
export { epochsFigures } from './plots/epochs.js';
export { extractLayerStat, type LayerStat, type LayerStatOptions } from './plots/extract.js';
export type {
  EpochsFigure,
  Figure,
  FigureKindName,
  FigureOptions,
  FigureRun,
  FigureStyle,
  LayerSeries,
  LayersFigure,
  Layout,
  ScatterFigure,
  ScatterPoint,
  SpectrumCut,
  SpectrumFigure,
  SpectrumSeries,
  Theme,
  ThresholdsFigure,
  ThresholdsSeries,
  ValueAxis,
} from './plots/figure.js';
export { defaultHtmlPageOptions, type HtmlPageOptions, htmlPage } from './plots/html/page.js';
export { layersFigures } from './plots/layers.js';
export { defaultPlotOptions, type PlotOptions, type PlottedFigure, plot } from './plots/plot.js';
export { type PageOptions, type PlottedPage, plotPage } from './plots/plot-page.js';
export { plotScatterFromResults, plotStatLevelFromResults } from './plots/plot-results.js';
export { type PlotStatOptions, type PlottedStat, plotStat, type Samples } from './plots/plot-stat.js';
export { scatterFigures } from './plots/scatter.js';
export { figureSpec } from './plots/spec/spec.js';
export { spectrumFigures } from './plots/spectrum.js';
export { defaultFigureStyle } from './plots/style.js';
export { drawTerm, type TermOptions } from './plots/term/draw.js';
export { defaultPcaOptions, type PcaEvents, type PcaOptions, type PcaRule } from './project/options.js';
export { projectModel } from './project/project-model.js';
export type { PcaResult, ProjectedLayer, ThresholdOutcome } from './project/result.js';
export type { Outcome } from './project/score.js';
export type { GateBreach, GateResult } from './recompute/gate-check.js';
export {
  defaultRecomputeOptions,
  type Recomputation,
  type RecomputedLayer,
  type RecomputeEvents,
  type RecomputeOptions,
  recompute,
} from './recompute/recompute.js';
export {
  type Reconstruction,
  type ReconstructOptions,
  type ResultColumn,
  type ResultTable,
  reconstruct,
  reconstructCsv,
} from './recompute/reconstruct.js';
export { RecordControl } from './record/control.js';
export { defaultRecordOptions } from './record/defaults.js';
export { describeModel, type LayerDescription, type ModelDescription } from './record/describe-model.js';
export type { EngineChoice, RecordEvents, RecordOptions, RunStart } from './record/options.js';
export { type Recording, record } from './record/record.js';
export type { Stopped } from './record/record-epoch.js';
export type { SettlingSaturation } from './record/settling.js';
export {
  type ActivationBatch,
  CovarianceMatrix,
  type CovarianceMatrixOptions,
  type SavedSamples,
  TorchCovarianceMatrix,
} from './reference/covariance-matrix.js';
export {
  computeCovDeterminant,
  computeCovTrace,
  computeDiagTrace,
  computeIntrinsicDimensionality,
  computeSaturation,
} from './reference/metrics.js';
export { type ReconstructCsvFromNpyDataOptions, reconstructCsvFromNpyData } from './reference/tools.js';
export { openResults } from './results/open.js';
export type { RecordedWith } from './results/recorded-with.js';
export type { ResultLayer, Results, ResultsEvents, ResultsOptions } from './results/results.js';
export type { Dim, DType } from './tensor.js';
export { type TensorFlow, useTensorFlow } from './tfjs/use-tensorflow.js';
export type { SaturationCallback } from './tracker/callback.js';
export type {
  NamedLayers,
  SaturationTrackerOptions,
  TrackedStatistic,
  WriterArgs,
} from './tracker/options.js';
export { CheckLayerSat, SaturationTracker } from './tracker/saturation-tracker.js';
export type { TapPoint } from './tracker/taps.js';
export type { TrackedLayer, TrackedModel } from './tracker/tfjs.js';
export type { Modules } from './tracker/tracked-modules.js';
export { VERSION } from './version.js';
export {
  AbstractWriter,
  type AddScalarsOptions,
  type SamplePoint,
  type WriterValue,
} from './writers/abstract-writer.js';
export { CompositeWriter, CompositWriter } from './writers/classes/composite-writer.js';
export { CSVAndPlottingWriter, CSVandPlottingWriter } from './writers/classes/csv-and-plotting-writer.js';
export { CSVWriter } from './writers/classes/csv-writer.js';
export { NPYWriter, type NPYWriterOptions } from './writers/classes/npy-writer.js';
export { PlottingWriter, type PlottingWriterOptions } from './writers/classes/plotting-writer.js';
export { PrintWriter, type PrintWriterOptions } from './writers/classes/print-writer.js';
export type { SavepathOptions } from './writers/classes/savepath.js';
export { TensorBoardWriter, type TensorBoardWriterOptions } from './writers/classes/tensorboard-writer.js';
export { compositeWriter } from './writers/composite.js';
export { EpochWriter } from './writers/epoch-writer.js';
export { createWriter, type WriterChoice } from './writers/registry.js';
export type {
  EpochRecord,
  LayerRecord,
  RunDescription,
  Writer,
  WriterFactory,
  WriterOptions,
  WriterSettings,
} from './writers/writer.js';
