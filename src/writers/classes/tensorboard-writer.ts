import type { WriterValue } from '../abstract-writer.js';
import { EpochWriter } from '../epoch-writer.js';
import { tensorboardWriter } from '../tensorboard.js';
import { type SavepathOptions, writerOptions } from './savepath.js';

/** Options of `TensorBoardWriter`. */
export interface TensorBoardWriterOptions extends SavepathOptions {
  /** Tags are the names of the csv's columns, `eval-saturation_conv1`, instead of `eval-saturation/conv1`. */
  flat?: boolean;
}

/**
 * `TensorBoardWriter`: an event file in `SAVEPATH/`, a step an epoch. The prefix of `addScalars` becomes a section of TensorBoard,
 * `PREFIX/NAME`; arrays are left out.
 */
export class TensorBoardWriter extends EpochWriter {
  /** @throws UserError for a savepath that names no folder */
  constructor(savepath: string, { flat = false, ...options }: TensorBoardWriterOptions = {}) {
    const settings = writerOptions(savepath, options, flat ? { flat } : {});
    super((initialEpoch) => tensorboardWriter({ ...settings, initialEpoch }));
  }

  override addScalars(prefix: string, valueDict: Readonly<Record<string, WriterValue>>): void {
    for (const [name, value] of Object.entries(valueDict)) {
      this.addScalar(prefix === '' ? name : `${prefix}/${name}`, value);
    }
  }
}
