import type { Engine } from '../engines/engine.js';
import { chooseEngine } from '../engines/registry.js';
import { UserError } from '../errors.js';
import type { Model } from '../model/model.js';
import { openModel } from '../model/open.js';
import { VERSION } from '../version.js';
import { createWriter } from '../writers/registry.js';
import type { EpochRecord, RunDescription, Writer } from '../writers/writer.js';
import { Datasets } from './datasets.js';
import { finiteLayers, noteConstantLayers, noteThinLayers } from './finite.js';
import { layerRecords } from './layer-record.js';
import type { RecordEvents, RecordOptions } from './options.js';
import { type Loaded, runModel } from './run-model.js';
import { selectLayers } from './select-layers.js';

export interface Recording {
  epochs: EpochRecord[];
  run: RunDescription;
}

/**
 * Runs every dataset through every model and records the covariance of each layer: one epoch a model. What the
 * writers have to write is written after each epoch, whole.
 *
 * Throws UserError for anything that is wrong with the models, the data or the place to write to, before anything is
 * written for that epoch; Interrupted when `signal` is aborted.
 */
export async function record(
  options: RecordOptions,
  events: RecordEvents = {},
  signal?: AbortSignal,
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
  const engine = await chooseEngine(options.engine);
  const datasets = new Datasets(options, signal);
  try {
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
    return await recordEpochs(options, opened, datasets, engine, writer, events, signal);
  } finally {
    await datasets.close();
  }
}

async function recordEpochs(
  options: RecordOptions,
  first: Model,
  datasets: Datasets,
  engine: Engine,
  writer: Writer,
  events: RecordEvents,
  signal: AbortSignal | undefined,
): Promise<Recording> {
  const epochs: EpochRecord[] = [];
  const hashes: string[] = [];
  for (const [i, path] of options.models.entries()) {
    const model = i === 0 ? first : await openModel(path, { signature: options.signature });
    const layers = selectLayers(model, options);
    const taps = layers.map((layer) =>
      options.tap === 'activation' ? layer.activation : layer.preActivation,
    );
    const session = await engine.load(model, taps, { threads: options.threads, optimize: true });
    hashes.push(await model.hash());
    try {
      for (const note of session.notes) events.note?.(`${path}: ${note}`);
      const loaded: Loaded = { model, layers, session };
      const number = options.initialEpoch + i;
      const epoch = await recordEpoch(number, loaded, datasets, engine.name, options, events, signal);
      await writer.write(epoch);
      epochs.push(options.keepCovariances ? epoch : withoutCovariances(epoch));
    } finally {
      await session.close();
    }
  }
  const run = describe(options, datasets, engine.name, hashes, epochs);
  await writer.close(run);
  return { epochs, run };
}

async function recordEpoch(
  epoch: number,
  loaded: Loaded,
  datasets: Datasets,
  engine: string,
  options: RecordOptions,
  events: RecordEvents,
  signal: AbortSignal | undefined,
): Promise<EpochRecord> {
  const { path } = loaded.model;
  const result: EpochRecord = { epoch, model: path, layers: [], scalars: new Map() };
  for (const data of options.data) {
    const { mode } = data;
    const opened = await datasets.open(data, loaded.model);
    for (const note of datasets.newNotes(opened)) events.note?.(note);
    events.start?.({ model: path, mode, samples: opened.samples, engine });
    const moments = await runModel(loaded, opened, options, events, signal);
    const finite = finiteLayers(path, moments, options.onNan, events);
    noteThinLayers(finite, mode, events);
    noteConstantLayers(finite, mode, events);
    result.layers.push(...(await layerRecords(finite, mode, options, events, signal)));
  }
  if (options.averageSat) addAverages(result);
  return result;
}

/** Mean of the recorded saturations, a mode at a time; NaN for a mode that was not run, as its column is there in any case. */
function addAverages({ layers, scalars }: EpochRecord): void {
  for (const mode of ['train', 'eval'] as const) {
    const recorded = layers.filter((layer) => layer.mode === mode);
    const sum = recorded.reduce((total, { byThreshold }) => total + byThreshold[0]!.saturation, 0);
    scalars.set(`average-${mode}-sat`, sum / recorded.length);
  }
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
  engine: string,
  hashes: readonly string[],
  epochs: readonly EpochRecord[],
): RunDescription {
  const {
    models,
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
    engine,
    models: models.map((path, i) => ({ path, epoch: options.initialEpoch + i, sha256: hashes[i] })),
    data: datasets.describe(),
    options: rest,
    layers: epochs.flatMap(({ epoch, layers }) =>
      layers.map(({ layer, kind, mode, n, d, seconds }) => ({ epoch, layer, kind, mode, n, d, seconds })),
    ),
  };
}
