import { STATISTICS } from '../core/statistics.js';
import { type Recomputation, type RecomputedLayer, valueAt } from './recompute.js';

/** The results for programs. Numbers that JSON lacks (NaN, infinities) become null when it is written. */
export function recomputationJson({ layers, stats, thresholds, rule, gates }: Recomputation): unknown {
  return {
    thresholds,
    rule,
    layers: layers.map((layer) => ({
      ...identityOf(layer),
      d: layer.d,
      n: layer.n ?? null,
      statistics: Object.fromEntries(
        stats.map((name) => [STATISTICS[name].longName, valueAt(layer, name, 0)]),
      ),
      thresholds: layer.byThreshold,
    })),
    gates: gates.map(({ expression, failed, value, breaches }) => ({
      expression,
      failed,
      value: value ?? null,
      layers: breaches.map(({ layer, value: own }) => ({ ...identityOf(layer), value: own })),
    })),
  };
}

function identityOf({ dump, epoch, mode, layer }: RecomputedLayer) {
  return { dump, epoch, mode, layer };
}
