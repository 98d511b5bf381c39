import { csvWriter } from '../csv.js';
import { EpochWriter } from '../epoch-writer.js';
import { type SavepathOptions, writerOptions } from './savepath.js';

/**
 * `CSVWriter`: `SAVEPATH.csv`, a row an epoch, a column a name, made anew by every `save`. NaN is an empty cell; arrays are left out, and
 * so is the prefix of `addScalars`.
 */
export class CSVWriter extends EpochWriter {
  /** @throws UserError for a savepath that names no file */
  constructor(savepath: string, options: SavepathOptions = {}) {
    const settings = writerOptions(savepath, options);
    super((initialEpoch) => csvWriter({ ...settings, initialEpoch }));
  }
}
