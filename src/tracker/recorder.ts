import { type LayerOutput, type OutputView, type PointOptions, toPoints } from '../core/points.js';
import { ImmediateReducer } from '../reduce/immediate-reducer.js';
import type { Moments } from '../reduce/reducer.js';
import { Reservoir } from '../reduce/reservoir.js';
import { checkWidth } from '../reduce/widest.js';
import type { LayerCall, Mode } from './model-runs.js';
import type { ResolvedOptions } from './options.js';
import { outputTensor } from './tensor-values.js';

export type RecorderOptions = Pick<
  ResolvedOptions,
  | 'stats'
  | 'logInterval'
  | 'maxSamples'
  | 'embedSamples'
  | 'convMethod'
  | 'timeseriesMethod'
  | 'interpolationStrategy'
  | 'interpolationDownsampling'
>;

/** What was recorded under a name, in a mode. */
export interface Recorded {
  name: string;
  mode: Mode;
  /** undefined if it ran, but no batch was one to record. */
  moments: Moments | undefined;
  /** Points that were kept. */
  points: readonly Float64Array[];
}

interface Seen {
  name: string;
  mode: Mode;
  /** Batches, recorded or not. */
  batches: number;
  samples: number;
  /** Whether the batch that runs, of which there may be time steps to come, is recorded. */
  isRecorded: boolean;
  points: Reservoir | undefined;
}

const NARROWER =
  'leave the layer out with ignoreLayerNames, or choose another convMethod or timeseriesMethod';

/** Takes layers' outputs batch by batch, and reduces those that are to be recorded to mean and covariance. */
export class Recorder {
  readonly #reducer = new ImmediateReducer<string>();
  readonly #seen = new Map<string, Seen>();

  readonly #points: PointOptions;
  /** Points that are kept of each layer and mode. */
  readonly #keptPoints: number;

  constructor(private readonly options: RecorderOptions) {
    const { convMethod, timeseriesMethod, stats, embedSamples } = options;
    const { interpolationStrategy: mode, interpolationDownsampling: size } = options;
    this.#points = { convMethod, timeseriesMethod, ...(mode && { interpolation: { mode, size } }) };
    this.#keptPoints = stats.includes('embed') ? embedSamples : 0;
  }

  /** A layer has run on a batch, or at a time step of one; `read` is called if it is to be recorded. */
  take(
    name: string,
    view: OutputView,
    { mode, timeStep: { index, count }, inputs }: Pick<LayerCall, 'mode' | 'timeStep' | 'inputs'>,
    read: () => LayerOutput | undefined,
  ): void {
    const { logInterval, maxSamples = Number.POSITIVE_INFINITY } = this.options;
    const key = `${mode} ${name}`;
    const seen = this.#seen.get(key) ?? {
      name,
      mode,
      batches: 0,
      samples: 0,
      isRecorded: false,
      points: undefined,
    };
    this.#seen.set(key, seen);
    if (index === 0) seen.isRecorded = ++seen.batches % logInterval === 0 && seen.samples < maxSamples;
    if (!seen.isRecorded) return;
    const output = read();
    if (!output) return;
    const entries = output.shape[0] ?? 0;
    const batch = outputTensor(inputs)?.shape[0] ?? entries;
    const kept = Math.min(batch, maxSamples - seen.samples);
    if (kept === 0) return;
    const points = toPoints(output, view, (kept * entries) / batch, this.#points);
    checkWidth(name, points.features, NARROWER);
    this.#reducer.add(key, points);
    if (index === count - 1) seen.samples += kept;
    if (this.#keptPoints > 0) {
      seen.points ??= new Reservoir(this.#keptPoints, key);
      seen.points.add(points);
    }
  }

  /** Everything that was recorded since the last reset, and what ran without being recorded. */
  recorded(): Recorded[] {
    return [...this.#seen].map(([key, { name, mode, points }]) => ({
      name,
      mode,
      moments: this.#reducer.result(key),
      points: points?.kept.map(({ point }) => point) ?? [],
    }));
  }

  /** Forgets the points; batches and samples are counted anew. */
  reset(): void {
    this.#seen.clear();
    this.#reducer.reset();
  }

  /** Counts batches and samples anew, and keeps the points. */
  recount(): void {
    for (const seen of this.#seen.values()) {
      seen.batches = 0;
      seen.samples = 0;
    }
  }
}
