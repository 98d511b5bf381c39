/**
 * Runs the expressions of a Vega specification without `eval`, which the page's content security policy forbids: what Vega parsed
 * (`parse(spec, config, { ast: true })`) becomes closures. Covers the expressions that Vega-Lite writes for our figures; any other
 * function or operator throws an error that names it.
 */

/** A node of an expression's syntax tree: those of ESTree that Vega knows. */
export interface Node {
  type: string;
  name?: string;
  value?: unknown;
  operator?: string;
  computed?: boolean;
  object?: Node;
  property?: Node;
  callee?: Node;
  arguments?: Node[];
  elements?: Node[];
  properties?: Node[];
  key?: Node;
  left?: Node;
  right?: Node;
  argument?: Node;
  test?: Node;
  consequent?: Node;
  alternate?: Node;
}

export interface Scope {
  /** Signals and scales that the expression depends on; Vega writes `$` before names of signals. */
  params?: Record<string, unknown> | undefined;
  datum?: unknown;
  item?: unknown;
  event?: VegaEvent | undefined;
}

export interface VegaEvent {
  item?: { datum?: unknown };
  vega?: Functions;
}

/** Functions that Vega brings; each is called with the table as `this`. */
export type Functions = Record<string, (...args: unknown[]) => unknown>;

export type Evaluate = (scope: Scope) => unknown;

/** @throws Error for an expression with a part that is not covered. */
export function compileExpression(node: Node, functions: Functions): Evaluate {
  const compile = (child: Node | undefined) => compileExpression(required(child, node), functions);
  switch (node.type) {
    case 'Literal':
      return () => node.value;
    case 'Identifier':
      return identifier(node);
    case 'MemberExpression': {
      const object = compile(node.object);
      const property = node.computed ? compile(node.property) : () => node.property?.name;
      return (scope) => member(object(scope), property(scope));
    }
    case 'CallExpression':
      return call(node.callee?.name ?? '', (node.arguments ?? []).map(compile), functions);
    case 'ArrayExpression': {
      const elements = (node.elements ?? []).map(compile);
      return (scope) => elements.map((element) => element(scope));
    }
    case 'ObjectExpression': {
      const entries = (node.properties ?? []).map(({ key, value }) => {
        return [String(key?.name ?? key?.value), compile(isNode(value) ? value : undefined)] as const;
      });
      return (scope) => Object.fromEntries(entries.map(([key, value]) => [key, value(scope)]));
    }
    case 'UnaryExpression':
      return unary(node.operator ?? '', compile(node.argument));
    case 'BinaryExpression':
      return binary(node.operator ?? '', compile(node.left), compile(node.right));
    case 'LogicalExpression': {
      const left = compile(node.left);
      const right = compile(node.right);
      return node.operator === '&&'
        ? (scope) => left(scope) && right(scope)
        : (scope) => left(scope) || right(scope);
    }
    case 'ConditionalExpression':
      return conditional(compile(node.test), compile(node.consequent), compile(node.alternate));
    default:
      throw notCovered(node.type);
  }
}

function identifier({ name, value }: Node): Evaluate {
  const id = String(name ?? value);
  if (id === 'datum') return ({ datum }) => datum;
  if (id === 'item') return ({ item }) => item;
  if (id === 'event') return ({ event }) => event;
  const constant = CONSTANTS.get(id);
  return constant === undefined ? ({ params }) => params?.[`$${id}`] : () => constant;
}

/** As in the code that Vega writes, a member of nothing is an error, apart from what would lead out of the data. */
function member(object: unknown, property: unknown): unknown {
  const value = (object as Record<PropertyKey, unknown>)[property as PropertyKey];
  if (typeof value === 'function' && typeof object !== 'object') throw notCovered(String(property));
  return value;
}

function call(name: string, args: readonly Evaluate[], functions: Functions): Evaluate {
  if (name === 'if') return conditional(required(args[0]), required(args[1]), required(args[2]));
  if (EVENT_FUNCTIONS.has(name)) {
    return (scope) => scope.event?.vega?.[name]?.(...args.map((arg) => arg(scope)));
  }
  // Encoders call `_scale` and `_bandwidth`, short forms for generated code of what the table holds without the underscore.
  const plain = name.replace(/^_/, '');
  const found = plain in functions ? functions[plain] : FUNCTIONS.get(plain);
  if (!found) throw notCovered(name);
  return (scope) =>
    found.apply(
      functions,
      args.map((arg) => arg(scope)),
    );
}

function conditional(test: Evaluate, consequent: Evaluate, alternate: Evaluate): Evaluate {
  return (scope) => (test(scope) ? consequent(scope) : alternate(scope));
}

function unary(operator: string, argument: Evaluate): Evaluate {
  switch (operator) {
    case '!':
      return (scope) => !argument(scope);
    case '-':
      return (scope) => -Number(argument(scope));
    case '+':
      return (scope) => Number(argument(scope));
    default:
      throw notCovered(operator);
  }
}

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  const operate = BINARY.get(operator);
  if (!operate) throw notCovered(operator);
  return (scope) => operate(left(scope) as number, right(scope) as number);
}

function ofNumbers(compute: (...args: [number, number, number]) => number): (...args: unknown[]) => number {
  return (...args) => compute(...(args.map(Number) as [number, number, number]));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function required<T>(part: T | undefined, of?: Node): T {
  if (part === undefined) throw notCovered(`${of?.type ?? 'a call'} without one of its parts`);
  return part;
}

function notCovered(what: string): Error {
  return new Error(`${what}: not covered by the interpreter of Vega expressions`);
}

const EVENT_FUNCTIONS = new Set(['view', 'item', 'group', 'xy', 'x', 'y']);

const CONSTANTS = new Map<string, number>([
  ['NaN', Number.NaN],
  ['E', Math.E],
  ['PI', Math.PI],
  ['LN2', Math.LN2],
  ['LN10', Math.LN10],
  ['SQRT2', Math.SQRT2],
  ['MIN_VALUE', Number.MIN_VALUE],
  ['MAX_VALUE', Number.MAX_VALUE],
]);

const FUNCTIONS = new Map<string, (...args: unknown[]) => unknown>([
  ['isNaN', Number.isNaN],
  ['isFinite', Number.isFinite],
  ['abs', ofNumbers(Math.abs)],
  ['ceil', ofNumbers(Math.ceil)],
  ['exp', ofNumbers(Math.exp)],
  ['floor', ofNumbers(Math.floor)],
  ['log', ofNumbers(Math.log)],
  ['max', ofNumbers(Math.max)],
  ['min', ofNumbers(Math.min)],
  ['pow', ofNumbers(Math.pow)],
  ['round', ofNumbers(Math.round)],
  ['sqrt', ofNumbers(Math.sqrt)],
  ['clamp', ofNumbers((x, low, high) => Math.max(low, Math.min(high, x)))],
  ['length', (value) => (value as { length: number }).length],
  ['lower', (text) => String(text).toLowerCase()],
  ['upper', (text) => String(text).toUpperCase()],
  ['trim', (text) => String(text).trim()],
]);

// JavaScript's own rules for operands of any type, which numbers stand for here, are what the expressions mean.
const BINARY = new Map<string, (left: number, right: number) => unknown>([
  ['===', (left, right) => left === right],
  ['!==', (left, right) => left !== right],
  // biome-ignore lint/suspicious/noDoubleEquals: the operator that is interpreted
  ['==', (left, right) => left == right],
  // biome-ignore lint/suspicious/noDoubleEquals: the operator that is interpreted
  ['!=', (left, right) => left != right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['*', (left, right) => left * right],
  ['/', (left, right) => left / right],
  ['%', (left, right) => left % right],
]);
