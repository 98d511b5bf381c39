import type { IdimRule } from '../core/metrics.js';
import { defaultRecordOptions } from '../record/defaults.js';
import type { EngineChoice, RecordOptions } from '../record/options.js';

/** How many directions of a layer are kept: `pca` as PCA layers count, else the intrinsic dimensionality. */
export type PcaRule = 'pca' | IdimRule;

/** Their names. */
export const PCA_RULES = ['pca', 'delve', 'textbook'] as const satisfies readonly PcaRule[];

/** What `projectModel` projects, and how it is measured. Paths as `record` takes them. */
export interface PcaOptions
  extends Pick<
    RecordOptions,
    | 'signature'
    | 'reading'
    | 'inputLayout'
    | 'shuffleSeed'
    | 'preprocessing'
    | 'batchSize'
    | 'limit'
    | 'layers'
    | 'ignoreLayers'
    | 'conv'
    | 'tap'
    | 'engine'
    | 'device'
    | 'threads'
  > {
  /** A SavedModel folder or an .onnx file. */
  model: string;
  data: string;
  /** A file of labels; undefined: those that the data brings, if any. */
  labels?: string | undefined;
  /** The network's output that is looked at; undefined: the only one. */
  output?: string | undefined;
  /** Shares of the variance that projections keep. */
  thresholds: number[];
  rule: PcaRule;
  /** How many times random directions take the place of the eigenvectors. */
  random: number;
  /** Which random directions. */
  seed: number;
  /** A dump of a recording that has the layers' covariances; undefined: the data is recorded first. */
  dump?: string | undefined;
  /**
   * Where the projected network goes, at the only threshold: a .onnx file, or with the engine tensorflow a SavedModel folder that is not there yet.
   */
  exportTo?: string | undefined;
}

/** What `projectModel` tells while it runs. */
export interface PcaEvents {
  /** A step begins that `progress` tells of. */
  step?(what: 'recording' | 'measuring', samples: number): void;
  /** Samples of the step that are done. */
  progress?(done: number): void;
  /** The network was loaded. */
  engine?(choice: EngineChoice): void;
  /** What the user should know. */
  note?(message: string): void;
}

/** As the command line has them where nothing is said; model and data remain to be given. */
export function defaultPcaOptions(): Omit<PcaOptions, 'model' | 'data'> {
  const { preprocessing, layers, ignoreLayers, conv, tap, engine, device, threads } = defaultRecordOptions();
  return {
    preprocessing,
    layers,
    ignoreLayers,
    conv,
    tap,
    engine,
    device,
    threads,
    thresholds: [0.8, 0.9, 0.95, 0.99],
    rule: 'pca',
    random: 3,
    seed: 0,
  };
}

/** What `record` does with the same model and data: every position of a map and every step of a series is a point. */
export function recordOptionsOf(options: PcaOptions): RecordOptions {
  const { model, data, labels: _labels, exportTo: _exportTo, thresholds, rule: _rule, ...shared } = options;
  return {
    ...defaultRecordOptions(),
    ...shared,
    models: [model],
    data: [{ mode: 'eval', path: data }],
    thresholds,
    stats: ['lsat'],
    points: { convMethod: 'channelwise', timeseriesMethod: 'timestepwise' },
    out: 'runs/pca',
    saveTo: [],
    keepCovariances: true,
  };
}
