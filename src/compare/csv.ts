import Papa from 'papaparse';
import { STATISTICS } from '../core/statistics.js';
import { pythonNumber } from '../writers/python-number.js';
import type { Comparison } from './compare.js';

/** One long table: a row for every layer and statistic, `;` between cells. */
export function comparisonCsv({ layers, stats }: Comparison): string {
  const lines = [['layer', 'mode', 'statistic', 'a', 'b', 'delta', 'relative']];
  for (const { layer, mode, changes } of layers) {
    for (const name of stats) {
      const { longName, integer } = STATISTICS[name];
      const change = changes.get(name);
      const cell = (value: number | undefined, whole: boolean) =>
        value === undefined || Number.isNaN(value) ? '' : pythonNumber(value, whole);
      const numbers = [
        cell(change?.a, integer),
        cell(change?.b, integer),
        cell(change?.delta, integer),
        cell(change?.relative, false),
      ];
      lines.push([layer, mode, longName, ...numbers]);
    }
  }
  return `${Papa.unparse(lines, { delimiter: ';', newline: '\n' })}\n`;
}
