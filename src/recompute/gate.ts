import { STATISTICS, type StatisticName, statisticNames } from '../core/statistics.js';
import { AGGREGATES, ANY, checkAny, checkComparison, type GateResult, matching } from './gate-check.js';
import { type Condition, conditionError, parseCondition } from './gate-parse.js';
import type { RecomputedLayer } from './recompute.js';

/** `nan`: whether the covariance holds NaN or infinite values. */
type Measure = StatisticName | 'nan';
export type Gate = Condition<Measure>;

const NAMES = statisticNames().filter((name) => name !== 'cov');
/** What conditions may call the statistics: either of their names. */
export const STATISTIC_MEASURES: readonly (readonly [string, StatisticName])[] = [
  ...NAMES.map((name) => [STATISTICS[name].longName, name] as const),
  ...NAMES.map((name) => [name, name] as const),
];
const VOCABULARY = {
  measures: new Map<string, Measure>([...STATISTIC_MEASURES, ['nan', 'nan']]),
  functions: [...AGGREGATES, ANY],
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

/** Holds the gates against the layers. Layers whose statistic is NaN break `nan` alone. */
export function checkGates(
  gates: readonly Gate[],
  layers: readonly RecomputedLayer[],
): GateResult<RecomputedLayer>[] {
  return gates.map((gate) => {
    const { measure } = gate;
    const matches = matching(gate, layers);
    if (measure === 'nan')
      return checkAny(
        gate,
        matches.filter(({ finite }) => !finite),
        Number.NaN,
      );
    return checkComparison(
      gate,
      matches.map((layer) => ({ layer, value: layer.stats.get(measure) ?? Number.NaN })),
    );
  });
}
