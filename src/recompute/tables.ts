import { extname } from 'node:path';
import Papa from 'papaparse';
import { STATISTICS } from '../core/statistics.js';
import { addRow, type CsvTable, formatCsvTable } from '../writers/csv-table.js';
import { pythonNumber } from '../writers/python-number.js';
import { type Recomputation, valueAt } from './recompute.js';

/** A file to be written. */
export interface TextFile {
  path: string;
  text: string;
}

/** Where the tables of thresholds go: each a file of its own, the threshold in its name, unless there is only one. */
export function csvPaths(path: string, thresholds: readonly number[]): string[] {
  return thresholds.length === 1 ? [path] : thresholds.map((threshold) => withThreshold(path, threshold));
}

/** The results of one dump as delve's csv, a file a threshold: a row an epoch, a column a statistic and layer. */
export function csvFiles(path: string, recomputation: Recomputation): TextFile[] {
  return csvPaths(path, recomputation.thresholds).map((target, i) => ({
    path: target,
    text: formatCsvTable(tableAt(recomputation, i)),
  }));
}

/** `runs/x.csv` becomes `runs/x-0.9.csv`. */
function withThreshold(path: string, threshold: number): string {
  const ending = extname(path);
  return `${path.slice(0, path.length - ending.length)}-${threshold}${ending}`;
}

function tableAt({ layers, stats }: Recomputation, index: number): CsvTable {
  const table: CsvTable = { columns: [], rows: [] };
  for (const epoch of [...new Set(layers.map((layer) => layer.epoch))]) {
    const cells = layers
      .filter((layer) => layer.epoch === epoch)
      .flatMap((layer) =>
        stats.map((name) => {
          const { longName, integer } = STATISTICS[name];
          const value = valueAt(layer, name, index);
          return [`${layer.mode}-${longName}_${layer.layer}`, csvNumber(value, integer)] as const;
        }),
      );
    addRow(table, epoch, new Map(cells));
  }
  return table;
}

/** One long table: a row for every layer, statistic and threshold. Those that no threshold changes have an empty one. */
export function tidyTable({ layers, stats, thresholds }: Recomputation): string {
  const lines = [['dump', 'epoch', 'mode', 'layer', 'd', 'statistic', 'threshold', 'value']];
  for (const layer of layers) {
    const start = [layer.dump, String(layer.epoch), layer.mode, layer.layer, String(layer.d)];
    for (const name of stats) {
      const { longName, integer, usesThreshold } = STATISTICS[name];
      for (const [i, threshold] of (usesThreshold ? thresholds : [undefined]).entries()) {
        const at = threshold === undefined ? '' : String(threshold);
        lines.push([...start, longName, at, csvNumber(valueAt(layer, name, i), integer)]);
      }
    }
  }
  return `${Papa.unparse(lines, { delimiter: ';', newline: '\n' })}\n`;
}

function csvNumber(value: number, integer: boolean): string {
  return Number.isNaN(value) ? '' : pythonNumber(value, integer);
}
