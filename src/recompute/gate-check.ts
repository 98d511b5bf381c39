import { nearest } from '../nearest.js';
import { type Condition, conditionError, holds } from './gate-parse.js';
import { layerTest } from './selection.js';

/** A layer that broke a gate. */
export interface GateBreach<Layer> {
  layer: Layer;
  /** undefined where the condition is on no number. */
  value: number | undefined;
}

/** What became of a `--fail-if`. */
export interface GateResult<Layer> {
  expression: string;
  failed: boolean;
  /** The maximum, minimum or mean that was asked for; undefined for conditions on each layer. */
  value: number | undefined;
  /** The layers for which the comparison holds, if it failed. */
  breaches: GateBreach<Layer>[];
}

const AGGREGATE: Readonly<Record<string, (values: readonly number[]) => number>> = {
  max: (values) => values.reduce((most, value) => Math.max(most, value)),
  min: (values) => values.reduce((least, value) => Math.min(least, value)),
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

/** Functions of the layers' values: a condition has one at most, the outermost. */
export const AGGREGATES: readonly string[] = Object.keys(AGGREGATE);

/** The function of what is no number, as in `any(nan)`; of numbers it says what goes without saying. */
export const ANY = 'any';

/** @throws UserError, with a caret under it, for a glob that matches none of these layers. */
export function requireLayers(gates: readonly Condition<unknown>[], names: readonly string[]): void {
  for (const { text, layers } of gates) {
    if (layers && !names.some(layerTest(layers.glob)))
      throw conditionError(text, layers.at, nearest(layers.glob, [...new Set(names)], 'layer'));
  }
}

/** The layers that a condition is about. */
export function matching<Layer extends { layer: string }>(
  { layers: named }: Condition<unknown>,
  layers: readonly Layer[],
): Layer[] {
  const test = named ? layerTest(named.glob) : () => true;
  return layers.filter(({ layer }) => test(layer));
}

/** Fails if there is such a layer; `value` is what is said of it. */
export function checkAny<Layer>(
  { text }: Condition<unknown>,
  layers: readonly Layer[],
  value: number | undefined,
): GateResult<Layer> {
  const breaches = layers.map((layer) => ({ layer, value }));
  return { expression: text, failed: breaches.length > 0, value: undefined, breaches };
}

/** Fails if the comparison holds for a layer's value, or for the aggregate of all; for NaN it never does. */
export function checkComparison<Layer>(
  { text, functions, comparison }: Condition<unknown>,
  values: readonly { layer: Layer; value: number }[],
): GateResult<Layer> {
  if (!comparison) throw new Error(`${text} compares nothing`);
  const { operator, bound } = comparison;
  const broken = values.filter(({ value }) => holds(value, operator, bound));
  const aggregate = AGGREGATE[functions[0]?.name ?? ''];
  const numbers = values.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  const value = aggregate && numbers.length > 0 ? aggregate(numbers) : undefined;
  const failed = aggregate ? value !== undefined && holds(value, operator, bound) : broken.length > 0;
  return { expression: text, failed, value, breaches: failed ? broken : [] };
}
