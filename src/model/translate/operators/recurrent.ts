import type { GraphNode } from '../../graph.js';
import { isWhole } from '../list-forms.js';
import type { LoopReader } from '../loop-reader.js';
import type { Operation } from '../operation.js';
import { type Cell, cellOf } from '../recurrent-cell.js';
import { Value } from '../value.js';

/** What a recurrent layer is given. */
interface RecurrentInputs {
  /** (T, B, features) */
  series: string;
  kernel: Value;
  recurrentKernel: Value;
  bias: Value | undefined;
  recurrentBias: Value | undefined;
  /** (B, units) */
  hidden: Value;
  carry: Value | undefined;
  units: number;
}

/** ONNX values that a recurrent layer makes. */
interface RecurrentOutputs {
  /** The outputs of all steps, (T, B, units). */
  series: string;
  /** The states after the last step, (1, B, units). */
  hidden: string;
  carry: string | undefined;
}

/** Where ONNX's gates stand in Keras's kernels: i, o, f, g for Keras's i, f, g, o. */
const GATES: Readonly<Record<Cell['operator'], readonly number[]>> = {
  LSTM: [0, 3, 1, 2],
  GRU: [0, 1, 2],
  RNN: [0],
};

/**
 * Translates a loop to the operator that ONNX has for such a layer, which is several times faster.
 * @returns whether there is one
 */
export function translateRecurrent(reader: LoopReader): boolean {
  const { op, loop, steps, changing } = reader;
  const { overwritten } = reader.plan;
  const states = reader.carried.filter((variable) => !overwritten.has(variable));
  const units = states.length > 0 ? reader.initial(states[0]!).shape?.[1] : undefined;
  if (steps === undefined || typeof units !== 'number') return false;
  if (!states.every((state) => reader.initial(state).dtype === 'float32' && reader.initial(state).rank === 2))
    return false;
  const lasts = [...overwritten].flatMap(([variable, how]) => {
    const { list, dtype } = reader.initial(variable);
    return list && isWhole(list) && !list.items ? [{ variable, ...how, list, dtype }] : [];
  });
  if (lasts.length < overwritten.size) return false;
  const cell = cellOf(loop, states, reader.known, units);
  const output = cell && reader.next(cell.hidden);
  const lists = [...reader.written.map(([, { item }]) => item), ...lasts.map(({ item }) => item)];
  const series = cell && seriesOf(cell.read, reader);
  if (!cell || series === undefined || !lists.every((item) => item === output)) return false;
  // Weights may be put together in the body, the same at every step.
  reader.run(loop.body.nodes.filter(({ outputs }) => !outputs.some((value) => changing.has(value))));
  const { hidden, carry } = cell;
  const made = emitRecurrent(op, cell.operator, {
    series,
    kernel: reader.value(cell.kernel),
    recurrentKernel: reader.value(cell.recurrentKernel),
    bias: cell.bias === undefined ? undefined : reader.value(cell.bias),
    recurrentBias: cell.recurrentBias === undefined ? undefined : reader.value(cell.recurrentBias),
    hidden: reader.initial(hidden),
    carry: carry && reader.initial(carry),
    units,
  });
  const { shape } = reader.initial(hidden);
  const last = (name: string) => op.made(op.emit('Squeeze', [name, op.onnx.ints([0])]), shape);
  reader.define(hidden, last(made.hidden));
  if (carry && made.carry !== undefined) reader.define(carry, last(made.carry));
  reader.closeCounters();
  for (const [variable, how] of reader.written) {
    reader.fill(variable, how, op.made(made.series, shape && [null, ...shape]));
  }
  for (const { variable, at, list, dtype } of lasts) {
    const items = op.made(made.hidden, shape && [1, ...shape]);
    const content = { list: { ...list, start: at, count: 1, items } };
    reader.define(variable, new Value(dtype, undefined, content));
  }
  return true;
}

/** The steps that a loop reads one after the other from the first on, (steps, ...). */
function seriesOf({ op: kind, inputs }: GraphNode, reader: LoopReader): string | undefined {
  const { op, loop, steps } = reader;
  const list = op.values.get(inputs[kind === 'TensorArrayReadV3' ? 2 : 0]!)?.list;
  const counter = loop.variables.find(({ value }) => value === inputs[1]);
  const fromFirst =
    counter && reader.plan.steps.get(counter) === 1 && op.known(reader.initial(counter))?.[0] === 0;
  if (!fromFirst || !list || !isWhole(list) || !list.items || list.start !== 0 || list.count !== list.length)
    return undefined;
  const all = op.last(list.items);
  if (list.length === steps) return all;
  return op.emit('Slice', [all, op.onnx.ints([0]), op.vector([steps!]), op.onnx.ints([0])]);
}

/** Emits ONNX's operator for a recurrent layer; what it does to the weights, onnxruntime does once, when it loads the network. */
function emitRecurrent(op: Operation, operator: Cell['operator'], inputs: RecurrentInputs): RecurrentOutputs {
  const { series, kernel, recurrentKernel, bias, recurrentBias, hidden, carry, units } = inputs;
  const order = GATES[operator];
  const inOrder = (name: string) => {
    if (order.every((gate, at) => gate === at)) return name;
    const sizes = op.onnx.ints(order.map(() => units));
    const gates = op.onnx.emitAll(
      'Split',
      [name, sizes],
      { axis: { int: -1 } },
      order.map(() => undefined),
    );
    return op.emit(
      'Concat',
      order.map((gate) => gates[gate]!),
      { axis: { int: -1 } },
    );
  };
  const oneDirection = (name: string) => op.emit('Unsqueeze', [name, op.onnx.ints([0])]);
  const weight = (value: Value) => oneDirection(op.transpose(inOrder(op.last(value)), [1, 0]));
  const zeros = () => op.emit('Expand', [op.onnx.scalar(0, 'float32'), op.onnx.ints([order.length * units])]);
  const added = (value: Value | undefined) =>
    value ? inOrder(op.emit('Reshape', [op.last(value), op.onnx.ints([-1])])) : zeros();
  const biases =
    bias || recurrentBias
      ? oneDirection(op.emit('Concat', [added(bias), added(recurrentBias)], { axis: { int: 0 } }))
      : '';
  const states = [hidden, ...(carry ? [carry] : [])].map((state) => oneDirection(op.last(state)));
  const [steps = '', ...last] = op.onnx.emitAll(
    operator,
    [series, weight(kernel), weight(recurrentKernel), biases, '', ...states],
    { hidden_size: { int: units }, ...(operator === 'GRU' && { linear_before_reset: { int: 1 } }) },
    [undefined, ...states.map(() => undefined)],
  );
  return {
    series: op.emit('Squeeze', [steps, op.onnx.ints([1])]),
    hidden: last[0]!,
    carry: last[1],
  };
}
