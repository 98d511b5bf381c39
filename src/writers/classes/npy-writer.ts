import type { WriterValue } from '../abstract-writer.js';
import { EpochWriter } from '../epoch-writer.js';
import { npyWriter } from '../npy.js';
import { type SavepathOptions, writerOptions } from './savepath.js';

/** Options of `NPYWriter`. */
export interface NPYWriterOptions extends SavepathOptions {
  /** Archive the folder as `SAVEPATH.zip` after every `save`; it stays. */
  zip?: boolean;
}

/**
 * `NPYWriter`: the folder `SAVEPATH/` with one folder a name, and in it one npy file an epoch; arrays (covariances) too. `addScalar` takes a
 * name as it is, `addScalars` puts the prefix and `_` before it.
 */
export class NPYWriter extends EpochWriter {
  /** @throws UserError for a savepath that names no folder */
  constructor(savepath: string, { zip = false, ...options }: NPYWriterOptions = {}) {
    const settings = writerOptions(savepath, options, zip ? { zip } : {});
    super((initialEpoch) => npyWriter({ ...settings, initialEpoch }));
  }

  override addScalar(name: string, value: WriterValue): void {
    this.add((values) => values.addOther(name, value));
  }

  override addScalars(prefix: string, valueDict: Readonly<Record<string, WriterValue>>): void {
    for (const [name, value] of Object.entries(valueDict)) {
      this.add((values) => values.addPrefixed(prefix, name, value));
    }
  }
}
