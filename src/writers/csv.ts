import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile, writing } from '../dump/writable.js';
import { noteOnContinuing } from './continuing.js';
import { addRow, type CsvTable, formatCsvTable, parseCsvTable } from './csv-table.js';
import { EmbedTable } from './embed-table.js';
import { pythonNumber } from './python-number.js';
import { scalarsOf } from './quantities.js';
import type { EpochRecord, Writer, WriterOptions } from './writer.js';

/**
 * `SAVEFILE.csv`: one row an epoch, one column a statistic and layer (`eval-saturation_conv1`), as the Python package and
 * pandas write it. NaN is an empty cell. Points of `embed` stand beside it, in `SAVEFILE_embed.csv`.
 */
export function csvWriter({ savefile, initialEpoch, note }: WriterOptions): Writer {
  const path = `${savefile}.csv`;
  const embed = new EmbedTable(savefile);
  let table: CsvTable = { columns: [], rows: [] };
  return {
    async open() {
      checkWritableFile(path);
      if (initialEpoch === 0) return;
      embed.continueAt(initialEpoch);
      const found = existsSync(path)
        ? parseCsvTable(
            writing(path, () => readFileSync(path, 'utf8')),
            path,
          )
        : table;
      const epochs = found.rows.map(({ epoch }) => epoch);
      const said = noteOnContinuing(path, epochs, initialEpoch);
      if (said !== undefined) note(said);
      table = { columns: found.columns, rows: found.rows.filter(({ epoch }) => epoch < initialEpoch) };
    },
    async write(epoch: EpochRecord) {
      const cells = scalarsOf(epoch).map(({ name, value, integer }) => {
        return [name, Number.isNaN(value) ? '' : pythonNumber(value, integer)] as const;
      });
      const next = { columns: [...table.columns], rows: [...table.rows] };
      addRow(next, epoch.epoch, new Map(cells));
      embed.write(epoch);
      replaceFile(path, formatCsvTable(next));
      table = next;
    },
    async close() {},
  };
}
