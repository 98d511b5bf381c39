import { type GraphNode, graphsOf, type Loop, type LoopVariable, type Subgraph } from '../graph.js';

/** What a loop does with its variables that makes for less to carry from step to step. */
export interface LoopPlan {
  /** By how much each whole-number variable grows at every step, if that is always the same. */
  steps: ReadonlyMap<LoopVariable, number>;
  /** Lists of tensors of which one element is written a step, and nothing is read. */
  written: ReadonlyMap<LoopVariable, Written>;
  /** Lists of which the same element is written at every step, and nothing is read. */
  overwritten: ReadonlyMap<LoopVariable, { item: string; at: number }>;
  /** Limits that counters have to keep below (or above, where they count down), if nothing else ends the loop. */
  limits: readonly Limit[] | undefined;
}

export interface Written {
  node: GraphNode;
  /** The value that is written. */
  item: string;
  /** The counter that tells where, and how far from it; undefined where it is at the end. */
  place: { counter: LoopVariable; offset: number } | undefined;
}

export interface Limit {
  counter: LoopVariable;
  /** The value of the limit, which no step changes. */
  limit: string;
  /** Whether the counter may be equal to it. */
  inclusive: boolean;
}

/** How operations that write an element name it: which of their inputs are the list, the place and the element. */
const WRITES: ReadonlyMap<string, { list: number; place: number | undefined; item: number }> = new Map([
  ['TensorListSetItem', { list: 0, place: 1, item: 2 }],
  ['TensorListPushBack', { list: 0, place: undefined, item: 1 }],
  ['TensorArrayWriteV3', { list: 3, place: 1, item: 2 }],
]);

/**
 * @param numbers those of a value that is the same at every step, if they are known before the run
 * @param isScalar tells the variables that are one number
 */
export function planOf(
  loop: Loop,
  numbers: (value: string) => readonly number[] | undefined,
  isScalar: (variable: LoopVariable) => boolean,
): LoopPlan {
  const makers = makersIn(loop.body);
  const known = (value: string) => {
    const found = numbers(value);
    return found?.length === 1 ? found[0] : undefined;
  };
  const steps = new Map<LoopVariable, number>();
  for (const [at, variable] of loop.variables.entries()) {
    const step = stepOf(variable, makers.get(loop.body.outputs[at]!), known);
    if (step && isScalar(variable)) steps.set(variable, step);
  }
  const written = new Map<LoopVariable, Written>();
  const overwritten = new Map<LoopVariable, { item: string; at: number }>();
  for (const [at, variable] of loop.variables.entries()) {
    const write = writeOf(loop, variable, makers.get(loop.body.outputs[at]!));
    if (!write) continue;
    const place = placeOf(loop, write.place, steps);
    if (place !== undefined) written.set(variable, { ...write, place: place === 'end' ? undefined : place });
    const fixed = write.place === undefined ? undefined : known(write.place);
    if (fixed !== undefined) overwritten.set(variable, { item: write.item, at: fixed });
  }
  return { steps, written, overwritten, limits: limitsOf(loop, steps) };
}

function stepOf(
  { value }: LoopVariable,
  next: GraphNode | undefined,
  known: (value: string) => number | undefined,
): number | undefined {
  const [a = '', b = ''] = next?.inputs ?? [];
  const type = next?.attrs.get('T');
  if (type?.kind !== 'type' || !type.value?.startsWith('int')) return undefined;
  if (/^Add(V2)?$/.test(next!.op)) return a === value ? known(b) : b === value ? known(a) : undefined;
  const by = next!.op === 'Sub' && a === value ? known(b) : undefined;
  return by && -by;
}

/** The one operation that writes to a list at every step, where nothing else reads it. */
function writeOf(
  { body, condition }: Loop,
  { value }: LoopVariable,
  node: GraphNode | undefined,
): { node: GraphNode; item: string; place: string | undefined } | undefined {
  const form = WRITES.get(node?.op ?? '');
  if (!node || !form || node.inputs[form.list] !== value) return undefined;
  if (
    timesRead(body, value) !== 1 ||
    timesRead(body, node.outputs[0]!) !== 1 ||
    timesRead(condition, value) !== 0
  ) {
    return undefined;
  }
  return {
    node,
    item: node.inputs[form.item]!,
    place: form.place === undefined ? undefined : node.inputs[form.place],
  };
}

/** The counter that a place is told by; undefined where none does. */
function placeOf(
  { body, variables }: Loop,
  index: string | undefined,
  steps: ReadonlyMap<LoopVariable, number>,
): Exclude<Written['place'], undefined> | 'end' | undefined {
  if (index === undefined) return 'end';
  for (const [counter, step] of steps) {
    if (Math.abs(step) !== 1) continue;
    if (counter.value === index) return { counter, offset: 0 };
    if (body.outputs[variables.indexOf(counter)] === index) return { counter, offset: step };
  }
  return undefined;
}

/** How often a graph reads a value, in all that its nodes run and as its output, too. */
function timesRead({ nodes, outputs }: Subgraph, value: string): number {
  const count = (values: readonly string[]) => values.filter((each) => each === value).length;
  const inNode = ({ inputs, control }: GraphNode): number =>
    count(inputs) + graphsOf(control).reduce((sum, graph) => sum + timesRead(graph, value), 0);
  return nodes.reduce((sum, node) => sum + inNode(node), count(outputs));
}

function makersIn({ nodes }: Subgraph): Map<string, GraphNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node])));
}

/** Which side of a comparison has to be the larger one, and whether they may be equal. */
const COMPARISONS: ReadonlyMap<string, { larger: 0 | 1; inclusive: boolean }> = new Map([
  ['Less', { larger: 1, inclusive: false }],
  ['LessEqual', { larger: 1, inclusive: true }],
  ['Greater', { larger: 0, inclusive: false }],
  ['GreaterEqual', { larger: 0, inclusive: true }],
]);

function limitsOf(
  { condition, variables }: Loop,
  steps: ReadonlyMap<LoopVariable, number>,
): readonly Limit[] | undefined {
  const makers = makersIn(condition);
  const changing = valuesBehind(condition.nodes, variables);
  const limits: Limit[] = [];
  const pending = [condition.outputs[0]!];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const node = makers.get(value);
    const [a = '', b = ''] = node?.inputs ?? [];
    if (node?.op === 'LogicalAnd') {
      pending.push(a, b);
      continue;
    }
    const comparison = COMPARISONS.get(node?.op ?? '');
    if (!comparison) return undefined;
    const [larger, smaller] = comparison.larger === 0 ? [a, b] : [b, a];
    const up = variables.find((each) => each.value === smaller && (steps.get(each) ?? 0) > 0);
    const down = variables.find((each) => each.value === larger && (steps.get(each) ?? 0) < 0);
    const counter = up ?? down;
    const limit = up ? larger : smaller;
    if (!counter || changing.has(limit)) return undefined;
    limits.push({ counter, limit, inclusive: comparison.inclusive });
  }
  return limits;
}

/** What is another value at every step, or may be. */
export function valuesBehind(nodes: readonly GraphNode[], variables: readonly LoopVariable[]): Set<string> {
  const found = new Set(variables.map(({ value }) => value));
  for (const { inputs, outputs } of nodes) {
    if (inputs.some((input) => found.has(input))) for (const output of outputs) found.add(output);
  }
  return found;
}
