import { availableParallelism } from 'node:os';
import type { IdimRule } from '../core/metrics.js';
import type { PointOptions } from '../core/points.js';
import type { RecordedStatistic } from '../core/statistics.js';
import type { SpecHook } from '../plots/draw.js';
import { checkNames, checkOptions } from './check-options.js';
import type { TapPoint } from './taps.js';
import type { TrackedLayer } from './tfjs.js';

/** Statistics of `record`, and `embed`: points in the plane of the two leading eigendirections, which figures show. */
export type TrackedStatistic = RecordedStatistic;

/** Layers by the names that they are recorded under. */
export type NamedLayers = Record<string, TrackedLayer>;

/** What writers that are named are made with. */
export interface WriterArgs {
  /** npy: archive the folder after every epoch. */
  zip?: boolean;
  /** tensorboard: tags are the names of the csv's columns. */
  flat?: boolean;
  /** Figures: a name of the csv whose value is written into them. */
  primaryMetric?: string | undefined;
  /** Figures: pixels. */
  fontsize?: number;
  /** Figures: inches of 100 pixels. */
  figsize?: readonly [width: number, height: number] | undefined;
  /** Figures: may change each before it is drawn. */
  plotManipulationFunc?: SpecHook | undefined;
}

/** The parameters of the package's `SaturationTracker` with its defaults, and those of `record` that it lacks. */
export interface SaturationTrackerOptions {
  /** Given all layers by name, returns those that are to be recorded. */
  layerFilter?: (layers: NamedLayers) => NamedLayers;
  writerArgs?: WriterArgs;
  /** Batches k, 2k, 3k, ... of each mode are recorded, counted from one call of `addSaturations` to the next. 1 unless given. */
  logInterval?: number;
  /** Samples that are recorded of each layer and mode, from one call of `addSaturations` to the next. */
  maxSamples?: number | undefined;
  /** In the order of columns; `lsat` unless given. */
  stats?: readonly TrackedStatistic[];
  /** Whether the statistics of layers are written; else averages alone. true unless given. */
  layerwiseSat?: boolean;
  /** Whether `addSaturations` starts anew. Without, points of networks that were less far trained stay in the covariance. true unless given. */
  resetCovariance?: boolean;
  /** Whether the mean of all saturations is written, as `average-train-sat` and `average-eval-sat`. */
  averageSat?: boolean;
  /** Names of layers, or globs of them, that are left out. */
  ignoreLayerNames?: readonly string[];
  /** Whether convolutions are recorded. true unless given. */
  includeConv?: boolean;
  /** What of a feature map is a point; `channelwise` unless given. */
  convMethod?: PointOptions['convMethod'];
  /** What of a time series is a point; `last_timestep` unless given. */
  timeseriesMethod?: PointOptions['timeseriesMethod'];
  /** The share of the variance, above 0 and at most 1; 0.99 unless given. */
  satThreshold?: number;
  /** No figures are made, and `addScalar`, `addScalars`, `addSampleScalar` do nothing. */
  nosave?: boolean;
  /** Print the saturation of every layer as it is computed. */
  verbose?: boolean;
  /** Without effect: float64 on the CPU, wherever the model runs. */
  device?: string;
  /** k > 0 continues what the writers find after epoch k - 1; 0 replaces it. */
  initialEpoch?: number;
  /** Feature maps of which a side exceeds `interpolationDownsampling` are resized to it: as `torch.nn.functional.interpolate` does it. */
  interpolationStrategy?: 'nearest' | 'bilinear' | 'bicubic' | 'area' | undefined;
  /** 32 unless given. */
  interpolationDownsampling?: number;

  /** What of a layer is recorded: its output before its own activation, or after it. `pre-activation` unless given. */
  tap?: TapPoint;
  /** How the intrinsic dimensionality counts; `delve` unless given. */
  rule?: IdimRule;
  /** What NaN or infinite outputs are: an error, or a reason to leave the layer out for that epoch. `error` unless given. */
  onNan?: 'error' | 'skip';
  /** Points of each layer and mode that `embed` takes, a random sample where there are more. 2000 unless given. */
  embedSamples?: number;
  /** Threads that compute spectra; as many as the machine has processors unless given. */
  threads?: number;
  /** Whom notes go to; `console.warn` unless given. */
  note?: (message: string) => void;
  /** What prints a line, for `print` and `verbose`; `console.log` unless given. */
  print?: (line: string) => void;
}

/** The options with what they are where nothing is said. */
export interface ResolvedOptions
  extends Omit<Required<SaturationTrackerOptions>, 'maxSamples' | 'interpolationStrategy'>,
    Pick<SaturationTrackerOptions, 'maxSamples' | 'interpolationStrategy'> {}

/** Fills in what is not given. @throws UserError for an option that cannot be, naming it */
export function resolveOptions(options: SaturationTrackerOptions): ResolvedOptions {
  checkNames(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved: ResolvedOptions = { ...defaultOptions(), ...given };
  checkOptions(resolved);
  return { ...resolved, note: once(resolved.note) };
}

function defaultOptions(): ResolvedOptions {
  return {
    layerFilter: (layers) => layers,
    writerArgs: {},
    logInterval: 1,
    stats: ['lsat'],
    layerwiseSat: true,
    resetCovariance: true,
    averageSat: false,
    ignoreLayerNames: [],
    includeConv: true,
    convMethod: 'channelwise',
    timeseriesMethod: 'last_timestep',
    satThreshold: 0.99,
    nosave: false,
    verbose: false,
    device: 'cpu',
    initialEpoch: 0,
    interpolationDownsampling: 32,
    tap: 'pre-activation',
    rule: 'delve',
    onNan: 'error',
    embedSamples: 2000,
    threads: availableParallelism(),
    note: console.warn,
    print: console.log,
  };
}

/** Tells the same thing once, and not after every epoch. */
function once(note: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) note(message);
    told.add(message);
  };
}
