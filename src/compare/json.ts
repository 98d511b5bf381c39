import { STATISTICS } from '../core/statistics.js';
import type { Change, Comparison } from './compare.js';

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
