import { UserError } from '../errors.js';
import { VERSION } from '../version.js';
import {
  AbstractWriter,
  type AddScalarsOptions,
  type SamplePoint,
  type WriterValue,
} from './abstract-writer.js';
import { EpochValues } from './epoch-values.js';
import type { LayerRecord, RunDescription, Writer } from './writer.js';

/**
 * A writer of whole epochs (`Writer`) that takes its values one by one. What is added between two calls of `save` is an epoch; a
 * name that comes again before that begins the next one. Nothing is written before `save`, and then a whole epoch or nothing of it.
 */
export class EpochWriter extends AbstractWriter {
  readonly #make: (initialEpoch: number) => Writer | Promise<Writer>;
  #writer: Promise<Writer> | undefined;
  #epoch = 0;
  #values: EpochValues[] = [];
  /** Calls of `save` take effect one after another. */
  #saved: Promise<unknown> = Promise.resolve();

  /** `make` is called once, with the first epoch that is written: k > 0 continues after epoch k - 1. */
  constructor(make: (initialEpoch: number) => Writer | Promise<Writer>) {
    super();
    this.#make = make;
  }

  /** @throws UserError where there is something that cannot be continued, or a place that cannot be written */
  async resumeFromSavedState(initialEpoch: number): Promise<void> {
    if (!Number.isSafeInteger(initialEpoch) || initialEpoch < 0) {
      throw new UserError(
        `a run cannot be continued with epoch ${initialEpoch}; give a whole number, 0 or more`,
      );
    }
    if (this.#writer)
      throw new UserError('a run that has begun cannot be resumed; resume before the first save');
    this.#epoch = initialEpoch;
    await this.#opened();
  }

  /** @throws UserError if the place cannot be written */
  override async open(): Promise<void> {
    await this.#opened();
  }

  addScalar(name: string, value: WriterValue, _options?: AddScalarsOptions): void {
    this.add((values) => values.add(name, value));
  }

  addScalars(
    _prefix: string,
    valueDict: Readonly<Record<string, WriterValue>>,
    options?: AddScalarsOptions,
  ): void {
    for (const [name, value] of Object.entries(valueDict)) this.addScalar(name, value, options);
  }

  override addLayer(record: LayerRecord, _samples?: readonly SamplePoint[]): void {
    this.add((values) => values.addLayer(record));
  }

  /** @throws UserError if the epoch cannot be written; what was there stays as it was */
  async save(): Promise<void> {
    await this.saveEpochs();
  }

  /** Saves what is not saved yet, and ends the run. */
  async close(run: RunDescription = { tool: 'delve', version: VERSION }): Promise<void> {
    await this.save();
    const writer = await this.#writer;
    await writer?.close(run);
  }

  /** Writes what was added; the number of the epoch that was written last, or would come next where nothing was. */
  protected saveEpochs(): Promise<number> {
    const epochs = this.#values;
    this.#values = [];
    const saved = this.#saved.then(async () => {
      if (epochs.length === 0) return this.#epoch;
      const writer = await this.#opened();
      for (const values of epochs) {
        await writer.write(values.epoch(this.#epoch));
        this.#epoch++;
      }
      return this.#epoch - 1;
    });
    this.#saved = saved.catch(() => {});
    return saved;
  }

  /** Puts a value where `put` finds room for it: into the epoch that is being collected, or a new one. */
  protected add(put: (values: EpochValues) => boolean): void {
    const last = this.#values.at(-1);
    if (last && put(last)) return;
    const next = new EpochValues();
    this.#values.push(next);
    put(next);
  }

  #opened(): Promise<Writer> {
    this.#writer ??= (async () => {
      const writer = await this.#make(this.#epoch);
      await writer.open();
      return writer;
    })();
    return this.#writer;
  }
}
