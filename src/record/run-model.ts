import { toPoints } from '../core/points.js';
import { type Batch, batches } from '../data/batches.js';
import { fixedBatchSize } from '../data/match.js';
import type { Session, TapOutput } from '../engines/engine.js';
import { Interrupted, UserError } from '../errors.js';
import type { Layer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import { createReducer, type Moments, type Reducer } from '../reduce/reducer.js';
import type { Spectra } from '../spectra/spectra.js';
import type { Tensor } from '../tensor.js';
import { chooseBatchSize } from './batch-size.js';
import { channelAxis } from './channel-axis.js';
import type { RecordControl } from './control.js';
import type { OpenedData } from './datasets.js';
import { viewOf, withSamplesFirst } from './layer-view.js';
import type { RecordEvents, RecordOptions } from './options.js';
import { Settling } from './settling.js';

export interface LayerMoments extends Moments {
  layer: Layer;
}

/** A loaded network with the layers that are recorded. */
export interface Loaded {
  model: Model;
  layers: readonly Layer[];
  session: Session;
}

/** What steers a run, and what it works with. */
export interface Running {
  events: RecordEvents;
  signal: AbortSignal | undefined;
  control: RecordControl | undefined;
  /** For looks at layers while points come in. */
  spectra: Spectra;
}

/** What a run over a dataset gave. */
export interface RunResult {
  moments: LayerMoments[];
  /** Samples that were run. */
  samples: number;
}

/**
 * Runs a dataset through the network and reduces every layer's outputs to mean and covariance, until its end or until `control`
 * says to stop.
 * Throws UserError where the data does not fit, Interrupted when `signal` is aborted.
 */
export async function runModel(
  { model, layers, session }: Loaded,
  { dataset, bindings, order }: OpenedData,
  options: RecordOptions,
  { events, signal, control, spectra }: Running,
): Promise<RunResult> {
  const fixedBatch = fixedBatchSize(model.inputs);
  /** Layers that a batch which is filled up could not be recorded of. */
  const left = new Set<string>();
  /** Layers, by their place, that points were recorded of. */
  const seen = new Set<number>();
  const stream = batches(dataset, {
    bindings,
    batchSize: batchSizeOf(session, options),
    fixedBatch,
    limit: options.limit,
    order,
    preprocessing: { ...options.preprocessing, channelAxis: channelAxis(model) },
  });
  const reducer = await createReducer({ threads: options.threads });
  const settling =
    events.saturation &&
    new Settling({
      layers: layers.map(({ name }) => name),
      reducer,
      spectra,
      threshold: options.thresholds[0]!,
      rule: options.rule,
      threads: options.threads,
      tell: events.saturation,
    });
  try {
    let recorded = 0;
    let samples = 0;
    for await (const batch of stream) {
      if (control?.isPaused) await pause(control, settling, events, signal);
      if (signal?.aborted) throw new Interrupted();
      if (control?.isStopping && recorded > 0) break;
      const kept = keptSamples(batch, recorded, options);
      if (kept > 0) {
        // Samples that do not count are not run, unless the model fixes how many there are.
        const size = fixedBatch ?? kept;
        const outputs = await session.run(
          size < batch.size ? firstSamples(batch.tensors, size) : batch.tensors,
        );
        await settling?.plan(recorded);
        for (const [i, layer] of layers.entries()) {
          settling?.look();
          const tap = session.taps[i]!;
          const output = withSamplesFirst(outputs[i]!, layer, tap);
          const counted = countedSamples(output, layer, kept, size);
          if (counted === 0) left.add(layer.name);
          else {
            const points = toPoints(output, viewOf(layer, tap), counted, options.points);
            checkWidth(layer, points.features);
            await reducer.add(i, points);
            seen.add(i);
            settling?.seen(i, points.features);
          }
        }
        recorded += kept;
      }
      samples = batch.start + batch.valid;
      events.progress?.(samples);
      if (options.maxSamples !== undefined && recorded >= options.maxSamples) break;
      // Between batches the process hears of Ctrl-C; the engine's own call does not let it.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (recorded === 0) throw new UserError(nothingRecorded(dataset.path, options));
    if (left.size > 0) events.note?.(noteLeft(left, fixedBatch ?? 1));
    return { moments: await momentsOf(reducer, layers, seen), samples };
  } finally {
    settling?.close();
    await reducer.close();
  }
}

/** Samples that will be run: all, unless fewer are enough for those that are to be recorded. */
export function samplesToRun(
  { samples }: OpenedData,
  { model, session }: Loaded,
  options: RecordOptions,
): number {
  const { maxSamples, logInterval } = options;
  if (maxSamples === undefined) return samples;
  const size = fixedBatchSize(model.inputs) ?? batchSizeOf(session, options);
  return Math.min(samples, Math.ceil(maxSamples / size) * size * logInterval);
}

/** Samples a batch, if the model does not fix them. */
function batchSizeOf({ taps }: Session, { batchSize }: RecordOptions): number {
  return batchSize ?? chooseBatchSize(taps);
}

/** Waits until the run may go on, and meanwhile brings the saturations up to what was recorded. */
async function pause(
  control: RecordControl,
  settling: Settling | undefined,
  events: RecordEvents,
  signal: AbortSignal | undefined,
): Promise<void> {
  events.paused?.(true);
  await settling?.lookAtAll(() => control.isPaused && !signal?.aborted);
  await control.resumed(signal);
  events.paused?.(false);
}

async function momentsOf(
  reducer: Reducer,
  layers: readonly Layer[],
  seen: ReadonlySet<number>,
): Promise<LayerMoments[]> {
  const moments: LayerMoments[] = [];
  for (const i of seen) moments.push({ layer: layers[i]!, ...(await reducer.result(i)) });
  return moments.sort((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
}

/** Samples of a batch that enter the covariance: every k-th batch, until there are enough. */
function keptSamples(batch: Batch, recorded: number, { logInterval, maxSamples }: RecordOptions): number {
  if ((batch.index + 1) % logInterval !== 0) return 0;
  return Math.min(batch.valid, (maxSamples ?? Number.POSITIVE_INFINITY) - recorded);
}

/**
 * Entries of an output's first axis that count. Layers that work on windows or steps fold these into the batch axis, so that
 * it counts several entries a sample, in an order that is theirs: of a batch that is filled up, these have none that surely count.
 */
function countedSamples(output: TapOutput, layer: Layer, kept: number, size: number): number {
  if (layer.axes.features === 'onnx-recurrent') return kept;
  const entries = output.shape[0] ?? 1;
  if (kept === size) return entries;
  return entries === size ? kept : 0;
}

function firstSamples(tensors: Map<string, Tensor>, count: number): Map<string, Tensor> {
  return new Map(
    [...tensors].map(([key, { dtype, shape, data }]): [string, Tensor] => {
      const elements = (data.length / (shape[0] ?? 1)) * count;
      const first = Array.isArray(data) ? data.slice(0, elements) : data.subarray(0, elements);
      return [key, { dtype, shape: [count, ...shape.slice(1)], data: first }];
    }),
  );
}

function noteLeft(layers: ReadonlySet<string>, fixedBatch: number): string {
  return `the model fixes batches of ${fixedBatch} samples, and the last one is not full: it is left out of ${[...layers].join(', ')}, which fold other axes into the batch`;
}

function nothingRecorded(path: string, options: RecordOptions): string {
  return `${path}: no batch was recorded, as it holds fewer than ${options.logInterval} batches and --log-interval ${options.logInterval} keeps every ${options.logInterval}th; give a smaller interval or a smaller --batch-size`;
}

/** A d x d matrix of float64 has to fit into memory: better said before it is asked for. */
const WIDEST = 46_000;

function checkWidth(layer: Layer, d: number): void {
  if (d <= WIDEST) return;
  const gigabytes = ((d * d * 8) / 1e9).toFixed(0);
  throw new UserError(
    `${layer.name}: its covariance of ${d} x ${d} would take ${gigabytes} GB; leave the layer out with --ignore-layers, or choose another --conv-method or --timeseries-method`,
  );
}
