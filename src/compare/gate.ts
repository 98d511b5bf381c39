import type { StatisticName } from '../core/statistics.js';
import { STATISTIC_MEASURES } from '../recompute/gate.js';
import {
  AGGREGATES,
  ANY,
  checkAny,
  checkComparison,
  type GateResult,
  matching,
} from '../recompute/gate-check.js';
import { type Condition, conditionError, parseCondition } from '../recompute/gate-parse.js';
import type { Change, ComparedLayer, UnmatchedLayer } from './compare.js';

/** `unmatched`: layers that one run has; `nan`: statistics that are no number in one run or both. */
type Measure = { kind: 'statistic'; name: StatisticName } | { kind: 'unmatched' } | { kind: 'nan' };
export type ChangeGate = Condition<Measure>;

const CHANGES: Readonly<Record<string, (change: Change) => number>> = {
  delta: ({ delta }) => delta,
  relative: ({ relative }) => relative,
};
const ABS = 'abs';

const VOCABULARY = {
  measures: new Map<string, Measure>([
    ...STATISTIC_MEASURES.map(([text, name]) => [text, { kind: 'statistic' as const, name }] as const),
    ['unmatched', { kind: 'unmatched' }],
    ['nan', { kind: 'nan' }],
  ]),
  functions: [...AGGREGATES, ANY, ABS, ...Object.keys(CHANGES)],
};

/**
 * Parses a gate: `abs(delta(saturation)) > 0.1`, `max(abs(relative(trc(conv*)))) > 2`, `any(unmatched)`.
 * @throws UserError with a caret under what is wrong.
 */
export function parseChangeGate(text: string): ChangeGate {
  const gate = parseCondition(text, VOCABULARY);
  const { functions, measure, measureAt, comparison } = gate;
  if (measure.kind !== 'statistic') {
    const wrong = functions.find(({ name }, i) => i > 0 || name !== ANY);
    if (wrong)
      throw conditionError(text, wrong.at, `${measure.kind} is no number; write ${ANY}(${measure.kind})`);
    if (comparison) throw conditionError(text, measureAt, `${measure.kind} is compared with nothing`);
    return gate;
  }
  const change = functions.at(-1);
  if (change === undefined || !Object.hasOwn(CHANGES, change.name)) {
    const word = text.slice(measureAt).match(/^[\w-]+/)?.[0];
    throw conditionError(
      text,
      measureAt,
      `compare's conditions are on changes: write delta(${word}), B - A, or relative(${word}), (B - A) / |A|`,
    );
  }
  const outer = functions.slice(0, -1);
  const rest = isOutermost(outer[0]?.name) ? outer.slice(1) : outer;
  const wrong = rest.find(({ name }, i) => i > 0 || name !== ABS);
  if (wrong) {
    throw conditionError(
      text,
      wrong.at,
      `${wrong.name} cannot stand here; the order is max(abs(delta(...))), where max and abs may be left out`,
    );
  }
  if (!comparison) throw conditionError(text, text.length, 'a comparison must follow, such as > 0.1');
  return gate;
}

function isOutermost(name: string | undefined): boolean {
  return name !== undefined && (name === ANY || AGGREGATES.includes(name));
}

/** Holds the gates against the changes. NaN breaks `nan` alone. */
export function checkChangeGates(
  gates: readonly ChangeGate[],
  layers: readonly ComparedLayer[],
  unmatched: readonly UnmatchedLayer[],
): GateResult<ComparedLayer | UnmatchedLayer>[] {
  return gates.map((gate) => {
    const { measure } = gate;
    if (measure.kind === 'unmatched') return checkAny(gate, matching(gate, unmatched), undefined);
    const matches = matching(gate, layers);
    if (measure.kind === 'nan') return checkAny(gate, matches.filter(holdsNan), Number.NaN);
    const read = CHANGES[gate.functions.at(-1)?.name ?? '']!;
    const isAbsolute = gate.functions.some(({ name }) => name === ABS);
    const { name: statistic } = measure;
    const changeIn = ({ changes }: ComparedLayer) => {
      const change = changes.get(statistic);
      const value = change ? read(change) : Number.NaN;
      return isAbsolute ? Math.abs(value) : value;
    };
    return checkComparison(
      gate,
      matches.map((layer) => ({ layer, value: changeIn(layer) })),
    );
  });
}

function holdsNan({ changes }: ComparedLayer): boolean {
  return [...changes.values()].some(({ a, b }) => Number.isNaN(a) || Number.isNaN(b));
}
