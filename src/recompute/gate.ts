import { STATISTICS, type StatisticName, statisticNames } from '../core/statistics.js';
import { nearest } from '../nearest.js';
import { type Condition, conditionError, holds, parseCondition } from './gate-parse.js';
import type { RecomputedLayer } from './recompute.js';
import { layerTest } from './selection.js';

/** `nan`: whether the covariance holds NaN or infinite values. */
type Measure = StatisticName | 'nan';
export type Gate = Condition<Measure>;

/** A layer that broke a gate. */
export interface GateBreach {
  layer: RecomputedLayer;
  value: number;
}

/** What became of a `--fail-if`. */
export interface GateResult {
  expression: string;
  failed: boolean;
  /** The maximum, minimum or mean that was asked for; undefined for conditions on each layer. */
  value: number | undefined;
  /** The layers for which the comparison holds, if it failed. */
  breaches: GateBreach[];
}

const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};
const ANY = 'any';

const NAMES = statisticNames().filter((name) => name !== 'cov');
const VOCABULARY = {
  measures: new Map<string, Measure>([
    ...NAMES.map((name) => [STATISTICS[name].longName, name] as const),
    ...NAMES.map((name) => [name, name] as const),
    ['nan', 'nan'],
  ]),
  functions: [...Object.keys(AGGREGATES), ANY],
};

/**
 * Parses a gate: `saturation(conv*) < 0.05`, `max(saturation) > 0.95`, `any(nan)`.
 * @throws UserError with a caret under what is wrong.
 */
export function parseGate(text: string): Gate {
  const gate = parseCondition(text, VOCABULARY);
  const [outer, inner] = gate.functions;
  if (inner) throw conditionError(text, inner.at, `${outer!.name} takes a statistic, not ${inner.name}(...)`);
  if (gate.measure === 'nan') {
    if (outer && outer.name !== ANY)
      throw conditionError(text, outer.at, `nan is no number; write ${ANY}(nan)`);
    if (gate.comparison) throw conditionError(text, gate.measureAt, 'nan is compared with nothing');
  } else if (!gate.comparison) {
    throw conditionError(text, text.length, 'a comparison must follow, such as < 0.05');
  }
  return gate;
}

/** @throws UserError, with a caret under it, for a glob that matches none of these layers. */
export function requireLayers(gates: readonly Gate[], names: readonly string[]): void {
  for (const { text, layers } of gates) {
    if (layers && !names.some(layerTest(layers.glob)))
      throw conditionError(text, layers.at, nearest(layers.glob, [...new Set(names)], 'layer'));
  }
}

/** Holds the gates against the layers. Layers whose statistic is NaN break `nan` alone. */
export function checkGates(gates: readonly Gate[], layers: readonly RecomputedLayer[]): GateResult[] {
  return gates.map((gate) => {
    const { measure, comparison } = gate;
    const test = gate.layers ? layerTest(gate.layers.glob) : () => true;
    const matches = layers.filter(({ layer }) => test(layer));
    if (measure === 'nan' || !comparison) {
      const breaches = matches.filter(({ finite }) => !finite).map((layer) => ({ layer, value: Number.NaN }));
      return { expression: gate.text, failed: breaches.length > 0, value: undefined, breaches };
    }
    const values = matches.map((layer) => ({ layer, value: layer.stats.get(measure) ?? Number.NaN }));
    const { operator, bound } = comparison;
    const broken = values.filter(({ value }) => holds(value, operator, bound));
    const aggregate = AGGREGATES[gate.functions[0]?.name ?? ANY];
    const numbers = values.map(({ value }) => value).filter((value) => !Number.isNaN(value));
    const value = aggregate && numbers.length > 0 ? aggregate(numbers) : undefined;
    const failed = aggregate ? value !== undefined && holds(value, operator, bound) : broken.length > 0;
    return { expression: gate.text, failed, value, breaches: failed ? broken : [] };
  });
}
