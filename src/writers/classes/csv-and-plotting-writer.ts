import { csvWriter } from '../csv.js';
import { PlottingWriter, type PlottingWriterOptions } from './plotting-writer.js';

/** `CSVandPlottingWriter`: `SAVEPATH.csv`, as `CSVWriter` writes it, and figures of every epoch. */
export class CSVAndPlottingWriter extends PlottingWriter {
  /** @throws UserError for a savepath that names no file */
  constructor(savepath: string, options: PlottingWriterOptions = {}) {
    super(savepath, options, [csvWriter]);
  }
}

export { CSVAndPlottingWriter as CSVandPlottingWriter };
