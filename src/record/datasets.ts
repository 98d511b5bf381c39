import type { DataOption } from '../data/data-option.js';
import type { Dataset, ReadingOptions } from '../data/dataset.js';
import { type Binding, layoutNotes, matchInputs } from '../data/match.js';
import { PipedData } from '../data/piped.js';
import { openDataset, optionsWithoutEffect, PIPED } from '../data/registry.js';
import { shuffledOrder } from '../data/sample-order.js';
import { UserError } from '../errors.js';
import type { Model } from '../model/model.js';
import { channelAxis } from './channel-axis.js';
import type { RecordOptions } from './options.js';

/** A dataset as one model takes it. */
export interface OpenedData {
  dataset: Dataset;
  bindings: Binding[];
  /** The order that the samples are run in; undefined: as they stand. */
  order: Uint32Array | undefined;
  /** Samples that are run. */
  samples: number;
  notes: string[];
}

const FLAGS: Record<keyof ReadingOptions, string> = {
  columns: '--columns',
  labelColumn: '--label-column',
  csvHeader: '--csv-header',
  imageResize: '--image-resize',
  imageAntialias: '--no-image-antialias',
  imageSize: '--image-size',
};

/**
 * The datasets of a recording. Each is opened when a model first needs it and kept open for the next models, as long as
 * these take the same inputs: finding out what a dataset holds may take a pass over all of it.
 */
export class Datasets {
  readonly #opened = new Map<DataOption, { inputs: string; data: OpenedData }>();
  readonly #descriptions = new Map<DataOption, Record<string, unknown>>();
  readonly #told = new Set<string>();
  readonly #piped: PipedData | undefined;

  constructor(
    private readonly options: RecordOptions,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#piped = options.stdin && new PipedData(options.stdin, signal);
  }

  /** Throws UserError for an option that no dataset heeds, and for `-` given twice. */
  async check(): Promise<void> {
    const { data, reading = {} } = this.options;
    if (data.filter(({ path }) => path === PIPED).length > 1) {
      throw new UserError(
        '--data - is given twice, but there is one standard input; save one of the datasets to a file',
      );
    }
    const without = await Promise.all(data.map(({ path }) => optionsWithoutEffect(path, reading)));
    const [idle] = without[0]?.filter((option) => without.every((each) => each.includes(option))) ?? [];
    if (idle === undefined) return;
    const paths = data.map(({ path }) => path).join(' and ');
    throw new UserError(`${FLAGS[idle]} says nothing about ${paths}; leave it out, or give other data`);
  }

  /** Throws UserError if the dataset is damaged or does not fit the model. */
  async open(data: DataOption, model: Model): Promise<OpenedData> {
    const inputs = JSON.stringify([model.inputs, channelAxis(model)]);
    const kept = this.#opened.get(data);
    if (kept?.inputs === inputs) return kept.data;
    this.#opened.delete(data);
    await kept?.data.dataset.close();
    const opened = await this.#open(data, model);
    this.#opened.set(data, { inputs, data: opened });
    this.#descriptions.set(data, this.#describe(data, opened));
    return opened;
  }

  /** What is to be said of a dataset, once for all models. */
  newNotes({ notes }: OpenedData): string[] {
    const news = notes.filter((note) => !this.#told.has(note));
    for (const note of news) this.#told.add(note);
    return news;
  }

  /** What a description of the run says of each dataset. */
  describe(): Record<string, unknown>[] {
    return this.options.data.map((data) => this.#descriptions.get(data) ?? { ...data });
  }

  async close(): Promise<void> {
    for (const { data } of this.#opened.values()) await data.dataset.close();
    this.#opened.clear();
    await this.#piped?.close();
  }

  async #open({ path }: DataOption, model: Model): Promise<OpenedData> {
    const { reading, inputLayout, shuffleSeed, limit } = this.options;
    const axis = channelAxis(model);
    const dataset = await openDataset(path, {
      ...reading,
      inputs: model.inputs,
      channelAxis: axis,
      anyOrder: shuffleSeed !== undefined,
      limit,
      piped: this.#piped,
      signal: this.signal,
    });
    try {
      const layouts = { data: inputLayout && CHANNELS[inputLayout], model: axis };
      const bindings = matchInputs(dataset, model.inputs, layouts);
      const samples = Math.min(dataset.samples, limit ?? dataset.samples);
      const order =
        shuffleSeed === undefined
          ? undefined
          : shuffledOrder(dataset.samples, shuffleSeed, dataset.blocks).slice(0, samples);
      const notes = [...dataset.notes, ...layoutNotes(dataset, bindings)];
      if (order && dataset.blocks && dataset.blocks.length > 1) {
        notes.push(
          `${dataset.path} is read in ${dataset.blocks.length} pieces: these come in random order, and the samples within each`,
        );
      }
      return { dataset, bindings, order, samples, notes };
    } catch (error) {
      await dataset.close();
      throw error;
    }
  }

  #describe(data: DataOption, { dataset, bindings, order, samples }: OpenedData): Record<string, unknown> {
    return {
      ...data,
      samples,
      ...dataset.details,
      arrays: bindings.map(({ input, array, arrangement }) => ({
        input: input.key,
        dtype: array.dtype,
        shape: array.sampleShape,
        ...(arrangement.moved && { channels: arrangement.moved }),
        ...(arrangement.shape !== array.sampleShape && { takenAs: arrangement.shape }),
      })),
      ...(order && { shuffleSeed: this.options.shuffleSeed }),
    };
  }
}

const CHANNELS = { nhwc: 'last', nchw: 'first' } as const;
