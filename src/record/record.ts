import { fixedBatchSize } from '../data/match.js';
import type { Tap } from '../engines/engine.js';
import { Engines } from '../engines/engines.js';
import { UserError } from '../errors.js';
import type { Layer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import { openModel } from '../model/open.js';
import { VERSION } from '../version.js';
import { createWriter } from '../writers/registry.js';
import type { EpochRecord, RunDescription, Writer } from '../writers/writer.js';
import type { RecordControl } from './control.js';
import { Datasets } from './datasets.js';
import { viewOf } from './layer-view.js';
import type { RecordEvents, RecordOptions } from './options.js';
import { recordEpoch, type Stopped } from './record-epoch.js';
import type { Loaded, Running } from './run-model.js';
import { selectLayers } from './select-layers.js';

/** What was recorded. */
export interface Recording {
  epochs: EpochRecord[];
  run: RunDescription;
  /** Where it was ended early; undefined where everything was run. */
  stopped: Stopped | undefined;
}

/**
 * Runs every dataset through every model and records the covariance of each layer: one epoch a model. What the
 * writers have to write is written after each epoch, whole.
 *
 * `control` pauses it, or ends it early with what was recorded until then.
 *
 * Throws UserError for anything that is wrong with the models, the data or the place to write to, before anything is
 * written for that epoch; Interrupted when `signal` is aborted.
 */
export async function record(
  options: RecordOptions,
  events: RecordEvents = {},
  signal?: AbortSignal,
  control?: RecordControl,
): Promise<Recording> {
  if (options.models.length === 0) throw new UserError('no model given');
  if (options.data.length === 0) throw new UserError('no data given; add --data [train=|eval=]PATH');
  for (const mode of ['train', 'eval']) {
    const paths = options.data.filter((data) => data.mode === mode).map((data) => data.path);
    if (paths.length > 1) {
      throw new UserError(
        `${paths.join(' and ')} are both given as ${mode} data; give one dataset a mode, or record them one after the other`,
      );
    }
  }
  const { threads, device } = options;
  const engines = new Engines(options.engine, { threads, device });
  const datasets = new Datasets(options, signal);
  try {
    await engines.check();
    await datasets.check();
    // What is wrong with any of them is told before the first one is run; only that one is kept meanwhile.
    const [first, ...others] = options.models;
    const opened = await check(first!, options, datasets);
    for (const model of others) await check(model, options, datasets);

    const writer = await createWriter(options.saveTo, {
      savefile: options.out,
      initialEpoch: options.initialEpoch,
      note: (message) => events.note?.(message),
      print: (line) => events.print?.(line),
    });
    await writer.open();
    return await recordEpochs(options, opened, datasets, engines, writer, { events, signal, control });
  } finally {
    await engines.close();
    await datasets.close();
  }
}

async function recordEpochs(
  options: RecordOptions,
  first: Model,
  datasets: Datasets,
  engines: Engines,
  writer: Writer,
  running: Omit<Running, 'spectra'>,
): Promise<Recording> {
  const { events, control } = running;
  const epochs: EpochRecord[] = [];
  const described: Record<string, unknown>[] = [];
  let stopped: Stopped | undefined;
  for (const [i, path] of options.models.entries()) {
    const model = i === 0 ? first : await openModel(path, { signature: options.signature });
    const layers = selectLayers(model, options);
    const number = options.initialEpoch + i;
    const { session, engine, why } = await engines.load(model, tapsOf(layers, options), {
      optimize: true,
      padded: fixedBatchSize(model.inputs) !== undefined,
      handOut: options.stats.includes('embed'),
    });
    const { name, version, device } = engine;
    described.push({
      path,
      epoch: number,
      sha256: await model.hash(),
      engine: name,
      engineVersion: version,
      device,
    });
    try {
      events.engine?.({ model: path, engine: name, version, device, why });
      const tellNotes = onceEach((note) => events.note?.(`${path}: ${note}`), session.notes);
      tellNotes();
      const loaded: Loaded = { model, layers, session, engine, tellNotes };
      const result = await recordEpoch(number, loaded, datasets, options, running);
      const { epoch } = result;
      await writer.write(epoch);
      epochs.push(options.keepCovariances ? epoch : withoutCovariances(epoch));
      const isLast = i === options.models.length - 1;
      if (control?.isStopping && !(result.isWhole && isLast)) stopped = result.end;
    } finally {
      await session.close();
    }
    if (control?.isStopping) break;
  }
  if (stopped) noteStopped(stopped, options, events);
  const run = describe(options, datasets, described, epochs, stopped);
  await writer.close(run);
  return { epochs, run, stopped };
}

function noteStopped({ epoch, mode, samples, of }: Stopped, options: RecordOptions, events: RecordEvents) {
  const missing: string[] = [];
  const modes = options.data.map((data) => data.mode);
  const left = modes.slice(modes.indexOf(mode) + 1);
  if (left.length > 0) missing.push(left.join(' and '));
  const models = options.models.slice(epoch - options.initialEpoch + 1);
  if (models.length > 0) missing.push(models.join(', '));
  const without = missing.length > 0 ? `; not recorded: ${missing.join('; ')}` : '';
  events.note?.(
    `stopped after ${samples} of ${of} samples (${mode}, epoch ${epoch}): what was recorded until then is kept${without}`,
  );
}

/** Tells what is on a list that may grow, each once. */
function onceEach(tell: (note: string) => void, notes: readonly string[]): () => void {
  let told = 0;
  return () => {
    for (; told < notes.length; told++) tell(notes[told]!);
  };
}

/** What is read of the network: of layers whose points count, not their outputs. */
function tapsOf(layers: readonly Layer[], { tap, points }: RecordOptions): Tap[] {
  return layers.map((layer) => ({
    value: tap === 'activation' ? layer.activation : layer.preActivation,
    shape: layer.outputShape,
    points: { view: viewOf(layer), options: points },
  }));
}

function withoutCovariances(epoch: EpochRecord): EpochRecord {
  return { ...epoch, layers: epoch.layers.map((layer) => ({ ...layer, covariance: new Float64Array(0) })) };
}

/** The model, once nothing is found wrong with it or the data for it. */
async function check(path: string, options: RecordOptions, datasets: Datasets): Promise<Model> {
  const model = await openModel(path, { signature: options.signature });
  selectLayers(model, options);
  for (const data of options.data) await datasets.open(data, model);
  return model;
}

function describe(
  options: RecordOptions,
  datasets: Datasets,
  described: readonly Record<string, unknown>[],
  epochs: readonly EpochRecord[],
  stopped: Stopped | undefined,
): RunDescription {
  const {
    models: _models,
    data: _data,
    stdin: _stdin,
    out: _out,
    saveTo: _saveTo,
    keepCovariances: _keep,
    ...rest
  } = options;
  return {
    tool: 'delve',
    version: VERSION,
    models: described.slice(0, epochs.length),
    data: datasets.describe(),
    options: rest,
    ...(stopped && { stopped }),
    layers: epochs.flatMap(({ epoch, layers }) =>
      layers.map(({ layer, kind, mode, n, d, seconds }) => ({ epoch, layer, kind, mode, n, d, seconds })),
    ),
  };
}
