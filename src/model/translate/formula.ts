import type { GraphNode } from '../graph.js';

/** A formula that a value may be computed by. Names stand for any value, the same one wherever they are. */
export type Formula =
  | string
  | { op: string; of: readonly Formula[] }
  /** One of so many equal parts along the last axis. */
  | { part: number; among: number; of: Formula }
  | { number: number }
  /** A formula whose value gets a name. */
  | { as: string; of: Formula };

/** What the names in a formula stand for. */
export type Names = ReadonlyMap<string, string>;

/** Operations that are alike. */
const ALIKE: ReadonlyMap<string, string> = new Map([
  ['AddV2', 'Add'],
  ['BiasAdd', 'Add'],
]);
const COMMUTATIVE: ReadonlySet<string> = new Set(['Add', 'Mul']);

/** Compares values with formulas. */
export class Matcher {
  /**
   * @param makers the operations that make values
   * @param known the numbers of a constant
   * @param width the size of a part
   */
  constructor(
    private readonly makers: ReadonlyMap<string, GraphNode>,
    private readonly known: (value: string) => readonly number[] | undefined,
    private readonly width: number,
  ) {}

  /** What the names stand for if all values are computed by their formulas. */
  match(formulas: readonly Formula[], values: readonly string[], names: Names): Names | undefined {
    return this.all(formulas, values, names).next().value ?? undefined;
  }

  /** The operation that makes a value, under the name that it shares with those alike, and what it reads. */
  operation(value: string): { op: string; inputs: readonly string[] } | undefined {
    const node = this.makers.get(value);
    return node && { op: ALIKE.get(node.op) ?? node.op, inputs: node.inputs };
  }

  private *all(formulas: readonly Formula[], values: readonly string[], names: Names): Generator<Names> {
    const [formula, ...others] = formulas;
    const [value, ...rest] = values;
    if (formula === undefined || value === undefined) {
      if (formula === undefined && value === undefined) yield names;
      return;
    }
    for (const found of this.one(formula, value, names)) yield* this.all(others, rest, found);
  }

  private *one(formula: Formula, value: string, names: Names): Generator<Names> {
    if (typeof formula === 'string') {
      const named = names.get(formula) ?? value;
      if (named === value) yield new Map(names).set(formula, value);
    } else if ('as' in formula) {
      for (const found of this.one(formula.as, value, names)) yield* this.one(formula.of, value, found);
    } else if ('number' in formula) {
      const numbers = this.known(value);
      if (numbers?.length === 1 && numbers[0] === formula.number) yield names;
    } else if ('part' in formula) {
      const part = this.partOf(value);
      if (part?.index === formula.part && (part.among ?? formula.among) === formula.among) {
        yield* this.one(formula.of, part.of, names);
      }
    } else {
      const made = this.operation(value);
      if (made?.op !== formula.op) return;
      yield* this.all(formula.of, made.inputs, names);
      if (COMMUTATIVE.has(formula.op)) yield* this.all(formula.of, made.inputs.toReversed(), names);
    }
  }

  /** Which part of another value a value is: an output of a split, or a slice; how many there are in all only a split tells. */
  private partOf(value: string): { of: string; index: number; among: number | undefined } | undefined {
    const node = this.makers.get(value);
    const [first = '', second = ''] = node?.inputs ?? [];
    if (node?.op === 'Split') {
      const [axis] = this.known(first) ?? [];
      const isLast = axis === 1 || axis === -1;
      return isLast
        ? { of: second, index: node.outputs.indexOf(value), among: node.outputs.length }
        : undefined;
    }
    if (node?.op !== 'StridedSlice') return undefined;
    const [begin, end, strides] = node.inputs.slice(1).map((input) => this.known(input));
    const mask = (name: string) => {
      const attribute = node.attrs.get(`${name}_mask`);
      return attribute?.kind === 'int' ? attribute.value : 0;
    };
    const isPlain = !['ellipsis', 'new_axis', 'shrink_axis'].some((name) => mask(name) !== 0);
    if (begin?.length !== 2 || end?.length !== 2 || strides?.join() !== '1,1' || !isPlain) return undefined;
    // All rows, and of the columns a part.
    if (!(mask('begin') & 1) || !(mask('end') & 1)) return undefined;
    const from = mask('begin') & 2 ? 0 : begin[1]!;
    const index = from / this.width;
    const isWidth = mask('end') & 2 || end[1]! - from === this.width;
    return Number.isInteger(index) && isWidth ? { of: first, index, among: undefined } : undefined;
  }
}
