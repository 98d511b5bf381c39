import type { GraphNode, Loop, LoopVariable } from '../graph.js';
import { type Formula, Matcher, type Names } from './formula.js';
import { valuesBehind } from './loop-plan.js';

/** The step of a recurrent layer that ONNX has an operator for, and what it is made of in the TensorFlow graph. */
export interface Cell {
  operator: 'LSTM' | 'GRU' | 'RNN';
  /** What reads the step of a list. */
  read: GraphNode;
  /** (features, gates * units) */
  kernel: string;
  /** (units, gates * units) */
  recurrentKernel: string;
  /** What is added to the product of the step, and what to that of the state alone; undefined for nothing. */
  bias: string | undefined;
  recurrentBias: string | undefined;
  /** The state that is the output, and the LSTM's other one. */
  hidden: LoopVariable;
  carry: LoopVariable | undefined;
}

const of = (op: string, ...inputs: Formula[]): Formula => ({ op, of: inputs });
const part = (index: number, among: number, whole: Formula): Formula => ({ part: index, among, of: whole });
const sigmoid = (x: Formula) => of('Sigmoid', x);
const tanh = (x: Formula) => of('Tanh', x);

/** The gates i, f, g, o lie side by side in z: c' = f c + i tanh(g), h' = o tanh(c'). */
const LSTM: readonly Formula[] = [
  of('Mul', sigmoid(part(3, 4, 'z')), tanh('next c')),
  of(
    'Add',
    of('Mul', sigmoid(part(1, 4, 'z')), 'c'),
    of('Mul', sigmoid(part(0, 4, 'z')), tanh(part(2, 4, 'z'))),
  ),
];

/** The gates u, r, g in x for the step and in s for the state: h' = u h + (1 - u) tanh(x_g + r s_g). */
const gate = (index: number): Formula => sigmoid(of('Add', part(index, 3, 'x'), part(index, 3, 's')));
const GRU: Formula = of(
  'Add',
  of('Mul', { as: 'u', of: gate(0) }, 'h'),
  of(
    'Mul',
    of('Sub', { number: 1 }, 'u'),
    tanh(of('Add', part(2, 3, 'x'), of('Mul', gate(1), part(2, 3, 's')))),
  ),
);

const RNN: Formula = tanh('z');

/**
 * Recognises Keras's LSTM, GRU (`reset_after`) and simple recurrent layer without masks and with their usual activations by what the body
 * of a loop computes.
 * @param states the variables that are neither counters nor lists
 * @param known the numbers of a constant
 * @param units the width of the state
 */
export function cellOf(
  loop: Loop,
  states: readonly LoopVariable[],
  known: (value: string) => readonly number[] | undefined,
  units: number,
): Cell | undefined {
  const makers = new Map(
    loop.body.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)),
  );
  const matcher = new Matcher(makers, known, units);
  const next = (variable: LoopVariable) => loop.body.outputs[loop.variables.indexOf(variable)]!;
  const [a, b] = states;
  if (!a) return undefined;
  const products = (sum: string, hidden: LoopVariable) => productsIn(sum, hidden, loop, matcher, makers);
  if (b) {
    for (const [hidden, carry] of [
      [a, b],
      [b, a],
    ] as const) {
      const given: Names = new Map([
        ['c', carry.value],
        ['next c', next(carry)],
      ]);
      const names = matcher.match(LSTM, [next(hidden), next(carry)], given);
      const found = names && products(names.get('z')!, hidden);
      const whole = found && bothOf(found);
      if (whole) return { operator: 'LSTM', ...whole, recurrentBias: undefined, hidden, carry };
    }
    return undefined;
  }
  const rnn = matcher.match([RNN], [next(a)], new Map());
  const sum = rnn && products(rnn.get('z')!, a);
  const whole = sum && bothOf(sum);
  if (whole) return { operator: 'RNN', ...whole, recurrentBias: undefined, hidden: a, carry: undefined };
  const gru = matcher.match([GRU], [next(a)], new Map([['h', a.value]]));
  if (!gru) return undefined;
  const [x, s] = [products(gru.get('x')!, a), products(gru.get('s')!, a)];
  if (!x?.step || x.state || !s?.state || s.step) return undefined;
  const biases = { bias: x.bias, recurrentBias: s.bias };
  return { operator: 'GRU', ...x.step, ...s.state, ...biases, hidden: a, carry: undefined };
}

/** Products of kernels with the step and with the state, and what is added to them. */
interface Products {
  step: { read: GraphNode; kernel: string } | undefined;
  state: { recurrentKernel: string } | undefined;
  bias: string | undefined;
}

function bothOf({ step, state, bias }: Products) {
  return step && state && { ...step, ...state, bias };
}

/** A sum of products and one bias at most, all of whose kernels are the same at every step; undefined for any other value. */
function productsIn(
  sum: string,
  hidden: LoopVariable,
  loop: Loop,
  matcher: Matcher,
  makers: ReadonlyMap<string, GraphNode>,
): Products | undefined {
  const changing = valuesBehind(loop.body.nodes, loop.variables);
  const products: Products = { step: undefined, state: undefined, bias: undefined };
  const pending = [sum];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const made = matcher.operation(value);
    const [data = '', kernel = ''] = made?.inputs ?? [];
    const node = makers.get(value);
    if (!changing.has(value)) {
      if (products.bias !== undefined) return undefined;
      products.bias = value;
    } else if (made?.op === 'Add') pending.push(...made.inputs);
    else if (made?.op !== 'MatMul' || changing.has(kernel) || isTransposed(node!)) return undefined;
    else if (data === hidden.value && !products.state) products.state = { recurrentKernel: kernel };
    else {
      const read = makers.get(data);
      if (products.step || !read || !READS.has(read.op)) return undefined;
      products.step = { read, kernel };
    }
  }
  return products;
}

const READS: ReadonlySet<string> = new Set(['TensorListGetItem', 'TensorArrayReadV3']);

function isTransposed({ attrs }: GraphNode): boolean {
  return ['transpose_a', 'transpose_b'].some((name) => {
    const attribute = attrs.get(name);
    return attribute?.kind === 'bool' && attribute.value;
  });
}
