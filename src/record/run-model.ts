import { type Batch, batches } from '../data/batches.js';
import { fixedBatchSize } from '../data/match.js';
import type { RunningEngine, Session } from '../engines/engine.js';
import { Interrupted, UserError } from '../errors.js';
import type { Layer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import type { Spectra } from '../spectra/spectra.js';
import { chooseBatchSize } from './batch-size.js';
import { channelAxis } from './channel-axis.js';
import type { RecordControl } from './control.js';
import type { OpenedData } from './datasets.js';
import { createGatheredPoints, type LayerMoments } from './gathered-points.js';
import type { RecordEvents, RecordOptions } from './options.js';
import { Pieces } from './pieces.js';
import { Settling } from './settling.js';

/** A loaded network with the layers that are recorded. */
export interface Loaded {
  model: Model;
  layers: readonly Layer[];
  session: Session;
  engine: RunningEngine;
  /** Tells what the session notes, each once: the first run may add to it. */
  tellNotes(): void;
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
  { model, layers, session, tellNotes }: Loaded,
  { dataset, bindings, order }: OpenedData,
  options: RecordOptions,
  { events, signal, control, spectra }: Running,
): Promise<RunResult> {
  const fixedBatch = fixedBatchSize(model.inputs);
  const stream = batches(dataset, {
    bindings,
    batchSize: batchSizeOf(session, options),
    fixedBatch,
    limit: options.limit,
    order,
    preprocessing: { ...options.preprocessing, channelAxis: channelAxis(model) },
  });
  await session.reset();
  const keptPoints = options.stats.includes('embed') ? options.embedSamples : 0;
  const gathered = await createGatheredPoints(session, layers, { ...options, keptPoints });
  const settling =
    events.saturation &&
    new Settling({
      layers: layers.map(({ name }) => name),
      source: gathered,
      spectra,
      threshold: options.thresholds[0]!,
      rule: options.rule,
      threads: options.threads,
      tell: events.saturation,
    });
  const pieces = new Pieces(session, model, fixedBatch, (note) => events.note?.(note));
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
        for await (const piece of pieces.run(batch.tensors, kept)) {
          tellNotes();
          await settling?.plan(recorded);
          const looking = (i: number, features: number | undefined) => {
            if (features !== undefined) settling?.seen(i, features);
            settling?.look();
          };
          const first = batch.start + piece.start;
          await gathered.add(piece, looking, (place) => order?.[first + place] ?? first + place);
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
    const { left } = gathered;
    if (left.length > 0) events.note?.(noteLeft(left, fixedBatch ?? 1));
    return { moments: await gathered.moments(), samples };
  } finally {
    settling?.close();
    await gathered.close();
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

/** Samples of a batch that enter the covariance: every k-th batch, until there are enough. */
function keptSamples(batch: Batch, recorded: number, { logInterval, maxSamples }: RecordOptions): number {
  if ((batch.index + 1) % logInterval !== 0) return 0;
  return Math.min(batch.valid, (maxSamples ?? Number.POSITIVE_INFINITY) - recorded);
}

function noteLeft(layers: readonly string[], fixedBatch: number): string {
  return `the model fixes batches of ${fixedBatch} samples, and the last one is not full: it is left out of ${layers.join(', ')}, which fold other axes into the batch`;
}

function nothingRecorded(path: string, options: RecordOptions): string {
  return `${path}: no batch was recorded, as it holds fewer than ${options.logInterval} batches and --log-interval ${options.logInterval} keeps every ${options.logInterval}th; give a smaller interval or a smaller --batch-size`;
}
