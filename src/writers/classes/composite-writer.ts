import {
  AbstractWriter,
  type AddScalarsOptions,
  type SamplePoint,
  type WriterValue,
} from '../abstract-writer.js';
import { closeEach } from '../composite.js';
import type { LayerRecord, RunDescription } from '../writer.js';

/** `CompositWriter`: several writers as one, each called in its turn. */
export class CompositeWriter extends AbstractWriter {
  constructor(readonly writers: readonly AbstractWriter[]) {
    super();
  }

  async resumeFromSavedState(initialEpoch: number): Promise<void> {
    for (const writer of this.writers) await writer.resumeFromSavedState(initialEpoch);
  }

  override async open(): Promise<void> {
    for (const writer of this.writers) await writer.open();
  }

  async addScalar(name: string, value: WriterValue, options?: AddScalarsOptions): Promise<void> {
    for (const writer of this.writers) await writer.addScalar(name, value, options);
  }

  async addScalars(
    prefix: string,
    valueDict: Readonly<Record<string, WriterValue>>,
    options?: AddScalarsOptions,
  ): Promise<void> {
    for (const writer of this.writers) await writer.addScalars(prefix, valueDict, options);
  }

  override async addLayer(record: LayerRecord, samples?: readonly SamplePoint[]): Promise<void> {
    for (const writer of this.writers) await writer.addLayer(record, samples);
  }

  async save(): Promise<void> {
    for (const writer of this.writers) await writer.save();
  }

  /** Closes all of them; the first error, if there is one, is thrown when all are closed. */
  async close(run?: RunDescription): Promise<void> {
    await closeEach(this.writers.map((writer) => () => writer.close(run)));
  }
}

export { CompositeWriter as CompositWriter };
