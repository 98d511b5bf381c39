import { type GraphNode, graphsOf, type Loop, type LoopVariable } from '../../graph.js';
import type { Dataflow, Source } from './dataflow.js';
import { type KernelUse, kernelUse } from './operations.js';

/** A loop over steps that applies a kernel to what it carries from one to the next. */
export interface Recurrence {
  node: GraphNode;
  kind: string;
  /** The kernel that is applied to the state. */
  kernel: Source;
  /** All variables that it reads: kernel, recurrent kernel, biases. */
  sources: Source[];
  /** What the last step leaves of the state that the kernel is applied to; '' where nothing reads that. */
  state: string;
}

/**
 * What a loop repeats as a recurrent layer; undefined where no kernel is applied to its state, or the steps are all the same: they neither
 * read nor write anything of their own.
 */
export function recurrenceOf(node: GraphNode, flow: Dataflow): Recurrence | undefined {
  const { control } = node;
  if (control?.kind !== 'loop') return undefined;
  const uses = usesInside(node, flow);
  const states = control.variables.filter((variable) => !isCounter(variable, control, flow));
  const changing = valuesBehind(control, states);
  const recurrent = uses.filter((use) => changing.has(use.data));
  const last = recurrent.at(-1);
  if (!last || !hasSteps(control, states)) return undefined;
  const named = recurrent.find((use) => isRecurrentKernel(use.kernel));
  const state = states.find((variable) => valuesBehind(control, [variable]).has(last.data));
  return {
    node,
    kind: kindOf(recurrent.map((use) => use.kernel)),
    kernel: (named ?? recurrent[0]!).kernel,
    sources: variablesReadBy(readInside(node, control), flow),
    state: state?.result ?? '',
  };
}

/** The uses of kernels in what a loop or conditional runs. */
export function usesInside(node: GraphNode, flow: Dataflow): KernelUse[] {
  return graphsOf(node.control).flatMap(({ nodes }) =>
    nodes.flatMap((inner) => {
      const use = kernelUse(inner, flow);
      return use ? [use] : usesInside(inner, flow);
    }),
  );
}

/** Whether a step depends on its number, or on what it reads or writes by that. */
function hasSteps(loop: Loop, states: readonly LoopVariable[]): boolean {
  const counters = loop.variables.filter((variable) => !states.includes(variable));
  const numbered = valuesBehind(loop, counters);
  return loop.variables.some(
    (variable, at) => states.includes(variable) && numbered.has(loop.body.outputs[at]!),
  );
}

/** Numbers of steps are no state. */
function isCounter({ value }: LoopVariable, { variables, body }: Loop, flow: Dataflow): boolean {
  const at = variables.findIndex((variable) => variable.value === value);
  const next = flow.maker(body.outputs[at]);
  const type = next?.attrs.get('T');
  const isWhole = type?.kind === 'type' && type.value?.startsWith('int') === true;
  return isWhole && /^(Add|AddV2|Sub)$/.test(next!.op) && next!.inputs.includes(value);
}

/** What depends, within one step, on some of a loop's variables. */
function valuesBehind({ body }: Loop, variables: readonly LoopVariable[]): Set<string> {
  const found = new Set(variables.map(({ value }) => value));
  const add = (nodes: readonly GraphNode[]): void => {
    for (const { inputs, outputs, control } of nodes) {
      if (!inputs.some((input) => found.has(input))) continue;
      if (control?.kind === 'loop') for (const { value } of control.variables) found.add(value);
      for (const inner of graphsOf(control)) add(inner.nodes);
      for (const output of outputs) found.add(output);
    }
  };
  add(body.nodes);
  return found;
}

const RECURRENT_KERNEL = /(^|\/)recurrent_kernel$/;

/** Whether a variable is what Keras's recurrent layers apply to their state. */
export function isRecurrentKernel(source: Source): boolean {
  return RECURRENT_KERNEL.test(source.variable ?? '');
}

const TF1_CELLS: readonly [RegExp, string][] = [
  [/(^|\/)(\w+_)?lstm_cell(_\d+)?\//, 'lstm'],
  [/(^|\/)(\w+_)?gru_cell(_\d+)?\//, 'gru'],
  [/(^|\/)basic_rnn_cell(_\d+)?\//, 'simple-rnn'],
];

/** Whether a variable is that of a cell of TF1's, which applies one kernel to the step and the state, side by side. */
export function isOfCell({ variable }: Source): boolean {
  return TF1_CELLS.some(([cell]) => cell.test(variable ?? ''));
}

/** The kind of layer that applies these kernels to its state. */
export function kindOf(kernels: readonly Source[]): string {
  const named = new Map(kernels.filter(isRecurrentKernel).map((kernel) => [kernel.values.join(), kernel]));
  const [keras, ...others] = named.values();
  if (keras) return others.length > 0 ? 'recurrent' : kerasKind(keras);
  const kinds = new Set(
    kernels.map(({ variable }) => TF1_CELLS.find(([cell]) => cell.test(variable ?? ''))?.[1]),
  );
  const [kind] = kinds;
  return kinds.size === 1 && kind !== undefined ? kind : 'recurrent';
}

/**
 * The gates, one beside the other in the kernel of shape (units, gates * units), tell the kind; a kernel with positions,
 * (height, width, units, gates * units), that it is a convolution.
 */
function kerasKind(kernel: Source): string {
  const [units = 1, columns = 0] = kernel.shape.slice(-2);
  const kind = new Map([
    [4, 'lstm'],
    [3, 'gru'],
    [1, 'simple-rnn'],
  ]).get(columns / units);
  const positions = kernel.shape.length - 2;
  if (kind === undefined) return 'recurrent';
  return positions > 0 ? `conv-${kind}${positions}d` : kind;
}

/** What a loop reads besides what its variables are in the beginning. */
function readInside({ inputs }: GraphNode, { variables }: Loop): string[] {
  const initial = new Set(variables.map((variable) => variable.initial));
  return inputs.filter((input) => !initial.has(input));
}

/** The variables that values are made from. */
export function variablesReadBy(values: readonly string[], flow: Dataflow): Source[] {
  const sources = new Map<string, Source>();
  for (const input of values) {
    const source = flow.sourceOf(input);
    if (source?.variable !== undefined) sources.set(source.values.join(), source);
  }
  return [...sources.values()];
}
