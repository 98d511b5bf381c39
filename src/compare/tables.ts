import Papa from 'papaparse';
import { STATISTICS } from '../core/statistics.js';
import { pythonNumber } from '../writers/python-number.js';
import type { Change, Comparison } from './compare.js';

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

/** The results for programs. Numbers that JSON lacks (NaN, infinities) become null when it is written. */
export function comparisonJson({ a, b, threshold, layers, stats, unmatched, gates }: Comparison): unknown {
  const run = ({ label, path, epoch }: Comparison['a']) => ({ run: label, path, epoch });
  return {
    a: run(a),
    b: run(b),
    threshold: threshold ?? null,
    layers: layers.map(({ layer, mode, changes }) => ({
      layer,
      mode,
      statistics: Object.fromEntries(
        stats.map((name) => [STATISTICS[name].longName, changes.get(name) ?? UNKNOWN]),
      ),
    })),
    onlyA: unmatched.filter(({ only }) => only === 'A').map(({ layer, mode }) => ({ layer, mode })),
    onlyB: unmatched.filter(({ only }) => only === 'B').map(({ layer, mode }) => ({ layer, mode })),
    gates: gates.map(({ expression, failed, value, breaches }) => ({
      expression,
      failed,
      value: value ?? null,
      layers: breaches.map(({ layer: { layer, mode }, value: own }) => ({ layer, mode, value: own ?? null })),
    })),
  };
}

const UNKNOWN: Change = { a: Number.NaN, b: Number.NaN, delta: Number.NaN, relative: Number.NaN };
