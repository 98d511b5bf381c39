import { UserError } from '../errors.js';
import { VERSION } from '../version.js';
import type {
  AbstractWriter,
  AddScalarsOptions,
  SamplePoint,
  WriterValue,
} from '../writers/abstract-writer.js';
import { PlottingWriter } from '../writers/classes/plotting-writer.js';
import type { WriterChoice } from '../writers/registry.js';
import type { LayerRecord, RunDescription } from '../writers/writer.js';
import { createCallback, type SaturationCallback } from './callback.js';
import { chooseTaps, namedLayers } from './chosen-taps.js';
import { type LayerResult, layerResults, unrecordedResult } from './layer-results.js';
import {
  type NamedLayers,
  type ResolvedOptions,
  resolveOptions,
  type SaturationTrackerOptions,
  type WriterArgs,
} from './options.js';
import type { TrackedLayer } from './tfjs.js';
import { type Modules, trackedModules } from './tracked-modules.js';
import { TrackedRecording } from './tracked-recording.js';
import { allWriters, noteWhatIsNotWritten, trackerWriter } from './writers.js';

const MODES = ['train', 'eval'] as const;

/**
 * `SaturationTracker`: records the saturation of the layers of a network that is trained or run in TensorFlow.js, with the measures, the names
 * and the order of `record`.
 *
 * Everything that runs through the model counts: what `fit` trains on and calls of the model with `training: true` as `train`; `evaluate`,
 * `predict` and the validation of `fit` as `eval`. `addSaturations` ends an epoch: it computes and writes the statistics of what ran since the last
 * one. The model's results are the same bits as without, and when the tracker is closed the model is as it was before.
 *
 * ```ts
 * const tracker = new SaturationTracker('runs/mine', ['csv', 'npy'], model, { stats: ['lsat', 'idim', 'cov'] });
 * await model.fit(x, y, { epochs: 5, callbacks: tracker.callback() });
 * await tracker.close();
 * ```
 */
export class SaturationTracker {
  /** Where results go; values of one's own may be added to it. */
  readonly writer: AbstractWriter;
  readonly #savefile: string;
  readonly #options: ResolvedOptions;
  readonly #recording: TrackedRecording;
  /** What run.json says of every layer and epoch. */
  readonly #described: Record<string, unknown>[] = [];
  #begun: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #epoch: number;
  /** Epochs are written one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param savefile path of what is written, without ending
   * @param saveTo what is written: `csv`, `npy`, `print`, `tensorboard`, `plot`, `csvplot`, `json`, with settings (`npy:zip`), the path of a
   *   module, a writer of one's own, or a list of these
   * @param modules a `tf.LayersModel` or `tf.Sequential`, or a list of models and layers
   * @throws UserError for an option that cannot be, a model without an input, and where there is no layer to record
   */
  constructor(
    savefile: string,
    saveTo: WriterChoice | readonly WriterChoice[],
    modules: Modules,
    options: SaturationTrackerOptions = {},
  ) {
    if (typeof savefile !== 'string')
      throw new UserError('savefile is no path; give one without ending, such as runs/mine');
    this.#savefile = savefile;
    this.#options = resolveOptions(options);
    const { stats, tap, note, writerArgs, initialEpoch } = this.#options;
    this.#epoch = initialEpoch;
    this.writer = this.getWriter(saveTo, writerArgs);
    noteWhatIsNotWritten(stats, this.writer, note);
    const found = trackedModules(modules, tap);
    for (const { name, reason } of found.flatMap(({ skipped }) => skipped)) {
      note(`${name} is not recorded: ${reason}`);
    }
    this.#recording = new TrackedRecording(found, chooseTaps(found, this.#options), this.#options);
  }

  /** The layers that are recorded, by the names of their columns, in the order of these. */
  get layers(): NamedLayers {
    return namedLayers(this.#recording.taps);
  }

  /** `is_recording` */
  isRecording(): boolean {
    return this.#recording.isRecording;
  }

  /** `stop`: what runs from now on is not recorded. An epoch that ends meanwhile has NaN for what ran. */
  stop(): void {
    this.#recording.isRecording = false;
  }

  /** `resume` */
  resume(): void {
    this.#recording.isRecording = true;
  }

  /**
   * `add_saturations`: ends an epoch. Computes the statistics of what ran since the last one, and hands them to the writer.
   *
   * @param save whether the epoch is written at once; else `save` does it, and more can be added before
   * @returns the results, train before eval, layers in their order
   * @throws UserError where no batch of a layer was one to record, outputs are not finite, or the place cannot be written
   */
  addSaturations(save = true): Promise<LayerRecord[]> {
    // What runs while the results are computed belongs to the next epoch.
    const { isRecording } = this.#recording;
    const modes = this.#recording.modes();
    if (isRecording) this.#recording.nextEpoch(!this.#options.resetCovariance);
    return this.#inTurn(async () => {
      const results: LayerResult[] = [];
      for (const { mode, layers, ran } of modes) {
        if (isRecording) results.push(...(await layerResults(layers, mode, this.#savefile, this.#options)));
        else results.push(...ran.map((tap) => unrecordedResult(tap, mode, this.#options)));
      }
      if (results.length === 0)
        this.#options.note(`${this.#savefile}: no layer has run since the last epoch`);
      await this.#begin();
      await this.#add(results);
      if (save) await this.writer.save();
      return results.map(({ record }) => record);
    });
  }

  /** `save`: writes the epoch, with everything that was added to it. */
  save(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#begin();
      await this.writer.save();
    });
  }

  /** `close`: saves what is not saved yet, ends the run and takes all hooks off the model. */
  close(): Promise<void> {
    this.#recording.close();
    this.#closed ??= this.#inTurn(async () => {
      await this.writer.close(this.#describe());
    });
    return this.#closed;
  }

  /** `add_scalar` of the writer: a number of one's own for this epoch, such as an accuracy. */
  addScalar(name: string, value: WriterValue, options?: AddScalarsOptions): Promise<void> {
    return this.#pass(() => this.writer.addScalar(name, value, options));
  }

  /** `add_scalars` of the writer. */
  addScalars(
    prefix: string,
    valueDict: Readonly<Record<string, WriterValue>>,
    options?: AddScalarsOptions,
  ): Promise<void> {
    return this.#pass(() => this.writer.addScalars(prefix, valueDict, options));
  }

  /** `add_sample_scalar` of the writers that draw figures: samples in the plane. */
  addSampleScalar(name: string, value: readonly SamplePoint[]): Promise<void> {
    return this.#pass(() => {
      for (const writer of allWriters(this.writer)) {
        if (writer instanceof PlottingWriter) writer.addSampleScalar(name, value);
      }
    });
  }

  /**
   * A `tf.Callback` for `fit` and `fitDataset` that ends an epoch where the training does, and writes what training tells (`loss`, `val_loss`, ...)
   * beside the saturations. With `close` the tracker is closed when the training is over.
   * @throws UserError if there is no TensorFlow.js to make it of
   */
  callback({ close = false }: { close?: boolean } = {}): SaturationCallback {
    return createCallback({
      begin: () => this.#inTurn(() => this.#begin()),
      epoch: async (metrics) => {
        await this.addSaturations(false);
        for (const [name, value] of metrics) await this.addScalar(name, value);
        await this.save();
      },
      end: async () => {
        if (close) await this.close();
      },
    });
  }

  /** `get_layers_recursive`: the layers of modules that would be recorded, by the names of their columns. */
  getLayersRecursive(modules: Modules): NamedLayers {
    const found = trackedModules(modules, this.#options.tap);
    return namedLayers(found.flatMap(({ taps }) => taps));
  }

  /** `get_layer_from_submodule`: adds the layers of a model, or a layer, to `layers`, under names that begin with `namePrefix`. */
  getLayerFromSubmodule(submodule: TrackedLayer, layers: NamedLayers, namePrefix = ''): NamedLayers {
    for (const [name, layer] of Object.entries(this.getLayersRecursive(submodule))) {
      layers[namePrefix === '' ? name : `${namePrefix}-${name}`] = layer;
    }
    return layers;
  }

  /** `register_forward_hooks`: records one more layer, which need not be of the model, under its own name. */
  registerForwardHooks(layer: TrackedLayer): void {
    for (const module of trackedModules([layer], this.#options.tap)) this.#recording.add(module);
  }

  /** `_get_writer`: the writer that `saveTo` asks for, in the place of this tracker's savefile. @throws UserError for an unknown name */
  getWriter(saveTo: WriterChoice | readonly WriterChoice[], writerArgs: WriterArgs = {}): AbstractWriter {
    const { nosave, note, print } = this.#options;
    return trackerWriter(saveTo, { savefile: this.#savefile, writerArgs, nosave, note, print });
  }

  /** The names of the layers that are recorded. */
  toString(): string {
    return `SaturationTracker(${Object.keys(this.layers).join(', ')})`;
  }

  async #add(results: readonly LayerResult[]): Promise<void> {
    const { layerwiseSat, averageSat, verbose, print } = this.#options;
    for (const { record, embedded } of results) {
      const { mode, layer, kind, n, d, byThreshold, seconds } = record;
      this.#described.push({ epoch: this.#epoch, layer, kind, mode, n, d, seconds });
      const { idim, saturation } = byThreshold[0]!;
      if (verbose) print(`${layer} (${mode}): saturation ${saturation.toFixed(4)}, ${idim} of ${d}`);
      if (layerwiseSat) await this.writer.addLayer(record, embedded);
    }
    this.#epoch++;
    if (!averageSat) return;
    for (const mode of MODES) {
      const saturations = results
        .filter(({ record }) => record.mode === mode)
        .map(({ record }) => record.byThreshold[0]!.saturation);
      await this.writer.addScalar(
        `average-${mode}-sat`,
        saturations.reduce((sum, value) => sum + value, 0) / saturations.length,
      );
    }
  }

  /** Looks once whether there is a place to write to, or what there is to continue. */
  #begin(): Promise<void> {
    const { initialEpoch } = this.#options;
    this.#begun ??= (async () => {
      await (initialEpoch === 0 ? this.writer.open() : this.writer.resumeFromSavedState(initialEpoch));
    })();
    return this.#begun;
  }

  #pass(add: () => void | Promise<void>): Promise<void> {
    if (this.#options.nosave) return Promise.resolve();
    return this.#inTurn(async () => {
      await this.#begin();
      await add();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new UserError(`${this.#savefile}: the tracker is closed`));
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  #describe(): RunDescription {
    const {
      layerFilter: _filter,
      writerArgs: _args,
      note: _note,
      print: _print,
      satThreshold,
      ...rest
    } = this.#options;
    const options = { ...rest, thresholds: [satThreshold] };
    return { tool: 'delve', version: VERSION, engine: 'tfjs', options, layers: this.#described };
  }
}

/** The package's earlier name of `SaturationTracker`. */
export { SaturationTracker as CheckLayerSat };
