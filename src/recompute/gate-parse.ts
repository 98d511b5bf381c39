import stringWidth from 'string-width';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';

const OPERATORS = ['<=', '>=', '==', '!=', '<', '>'] as const;
export type Operator = (typeof OPERATORS)[number];

/** A condition on layers: `max(saturation(conv*)) > 0.95` has the functions [max], the measure saturation, the layers conv*. */
export interface Condition<Measure> {
  text: string;
  /** Outermost first. */
  functions: { name: string; at: number }[];
  measure: Measure;
  measureAt: number;
  /** A glob of names, and where it stands; undefined: all layers. */
  layers: { glob: string; at: number } | undefined;
  comparison: { operator: Operator; bound: number } | undefined;
}

/** What a condition may name. */
export interface Vocabulary<Measure> {
  measures: ReadonlyMap<string, Measure>;
  functions: readonly string[];
}

/** An error in a condition, with a caret under its place. */
export function conditionError(text: string, at: number, message: string): UserError {
  return new UserError(`--fail-if: ${message}\n  ${text}\n  ${' '.repeat(stringWidth(text.slice(0, at)))}^`);
}

/**
 * Parses `condition = term [operator number]`, `term = function(term) | measure | measure(glob)`.
 * @throws UserError with a caret under what is wrong.
 */
export function parseCondition<Measure>(text: string, vocabulary: Vocabulary<Measure>): Condition<Measure> {
  return new ConditionParser(text, vocabulary).parse();
}

class ConditionParser<Measure> {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly vocabulary: Vocabulary<Measure>,
  ) {}

  parse(): Condition<Measure> {
    const functions: Condition<Measure>['functions'] = [];
    let { name, at } = this.#name();
    while (this.vocabulary.functions.includes(name)) {
      functions.push({ name, at });
      if (!this.#take('(')) throw this.#error(`'(' must follow ${name}, such as ${name}(saturation)`);
      ({ name, at } = this.#name());
    }
    const measure = this.vocabulary.measures.get(name);
    if (measure === undefined) {
      const known = [...this.vocabulary.measures.keys(), ...this.vocabulary.functions];
      throw conditionError(this.text, at, nearest(name, known, 'statistic'));
    }
    const layers = this.#take('(') ? this.#glob() : undefined;
    for (const { name: open } of functions.toReversed()) {
      if (!this.#take(')')) throw this.#error(`')' is missing, which closes ${open}(`);
    }
    const comparison = this.#comparison();
    this.#skip();
    if (this.#at < this.text.length) throw this.#error('nothing more was expected here');
    return { text: this.text, functions, measure, measureAt: at, layers, comparison };
  }

  #skip(): void {
    while (/\s/.test(this.text[this.#at] ?? '')) this.#at++;
  }

  #take(token: string): boolean {
    this.#skip();
    const found = this.text.startsWith(token, this.#at);
    if (found) this.#at += token.length;
    return found;
  }

  #name(): { name: string; at: number } {
    this.#skip();
    const at = this.#at;
    const [name] = /^[a-z][a-z0-9-]*/i.exec(this.text.slice(at)) ?? [];
    if (name === undefined)
      throw this.#error('a statistic must stand here, such as saturation(conv*) < 0.05');
    this.#at += name.length;
    return { name: name.toLowerCase(), at };
  }

  /** Up to the parenthesis that closes it: names of layers may hold such pairs themselves. */
  #glob(): { glob: string; at: number } {
    this.#skip();
    const at = this.#at;
    let depth = 1;
    for (let end = at; end < this.text.length; end++) {
      if (this.text[end] === '(') depth++;
      if (this.text[end] === ')') depth--;
      if (depth > 0) continue;
      const glob = this.text.slice(at, end).trim();
      if (glob === '') throw this.#error("a layer's name or glob must stand here, such as conv*");
      this.#at = end + 1;
      return { glob, at };
    }
    throw conditionError(this.text, this.text.length, "')' is missing, which closes the layer's name");
  }

  #comparison(): Condition<Measure>['comparison'] {
    const operator = OPERATORS.find((symbol) => this.#take(symbol));
    if (operator === undefined) return undefined;
    this.#skip();
    const [number] = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?(?![\w.])/i.exec(this.text.slice(this.#at)) ?? [];
    if (number === undefined) throw this.#error('a number must stand here, such as 0.05');
    this.#at += number.length;
    return { operator, bound: Number(number) };
  }

  #error(message: string): UserError {
    return conditionError(this.text, this.#at, message);
  }
}

/** Whether `value operator bound` holds; never for NaN. */
export function holds(value: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '==':
      return value === bound;
    case '!=':
      return !Number.isNaN(value) && value !== bound;
  }
}
