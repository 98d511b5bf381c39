import { AbstractWriter, type WriterValue } from '../abstract-writer.js';
import { EpochValues } from '../epoch-values.js';
import { printWriter } from '../print.js';
import type { LayerRecord } from '../writer.js';

/** Options of `PrintWriter`. */
export interface PrintWriterOptions {
  /** What prints a line; `console.log` unless given. */
  print?: (line: string) => void;
}

/** `PrintWriter`: a line `name : value` as soon as a value is added, the prefix of `addScalars` and `_` before it. Arrays are not printed. */
export class PrintWriter extends AbstractWriter {
  readonly #writer: ReturnType<typeof printWriter>;

  constructor({ print = console.log }: PrintWriterOptions = {}) {
    super();
    this.#writer = printWriter({ savefile: '', initialEpoch: 0, settings: {}, note: this.note, print });
  }

  resumeFromSavedState(_initialEpoch: number): void {}

  addScalar(name: string, value: WriterValue): Promise<void> {
    const values = new EpochValues();
    values.addOther(name, value);
    return this.#writer.write(values.epoch(0));
  }

  async addScalars(prefix: string, valueDict: Readonly<Record<string, WriterValue>>): Promise<void> {
    for (const [name, value] of Object.entries(valueDict)) {
      const values = new EpochValues();
      values.addPrefixed(prefix, name, value);
      await this.#writer.write(values.epoch(0));
    }
  }

  override addLayer(record: LayerRecord): Promise<void> {
    return this.#writer.write({ epoch: 0, model: '', layers: [record], scalars: new Map() });
  }

  save(): void {}

  close(): void {}
}
