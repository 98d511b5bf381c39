import type { Graph, GraphNode } from '../../graph.js';
import type { Dataflow, Source } from './dataflow.js';

/** A loop that is given variables: a recurrent layer's over time steps, or one of the author's own. */
export interface Loop {
  node: GraphNode;
  kind: string;
  /** The kernel that is applied to the state, or the largest variable. */
  kernel: Source;
  /** All variables that it is given: kernel, recurrent kernel, biases. */
  sources: Source[];
  /** The steps' outputs as the layer hands them on. */
  output: string | undefined;
}

const LOOPS: ReadonlyMap<string, string> = new Map([
  ['While', 'loop'],
  ['StatelessWhile', 'loop'],
  ['If', 'conditional'],
  ['StatelessIf', 'conditional'],
]);
const RECURRENT_KERNEL = /(^|\/)recurrent_kernel$/;

/** What a node loops over (or chooses between); undefined where it is given no variable. */
export function loopOf(node: GraphNode, flow: Dataflow): Loop | undefined {
  const kind = LOOPS.get(node.op);
  if (kind === undefined) return undefined;
  const sources = new Map<string, Source>();
  for (const input of node.inputs) {
    const source = flow.sourceOf(input);
    if (source?.variable !== undefined) sources.set(source.values.join(), source);
  }
  const all = [...sources.values()].sort((a, b) => b.elements - a.elements);
  const recurrent = all.filter(isRecurrentKernel);
  const kernel = recurrent[0] ?? all[0];
  if (!kernel) return undefined;
  return {
    node,
    kind: recurrent.length > 1 ? 'recurrent' : recurrent[0] ? recurrentKind(recurrent[0]) : kind,
    kernel,
    sources: all,
    output: recurrent.length > 0 ? loopOutput(node, flow) : undefined,
  };
}

/** Whether a variable is what a recurrent layer applies to its state. */
export function isRecurrentKernel(source: Source): boolean {
  return RECURRENT_KERNEL.test(source.variable ?? '');
}

/**
 * The gates, one beside the other in the kernel of shape (units, gates * units), tell the kind; a kernel with positions,
 * (height, width, units, gates * units), that it is a convolution.
 */
export function recurrentKind(kernel: Source): string {
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

/**
 * The outputs that a loop collected, (T, B, U), as the layer hands them on: turned to (B, T, U), or the last step
 * of them, (B, U).
 */
function loopOutput(loop: GraphNode, flow: Dataflow): string | undefined {
  const stacks = loop.outputs
    .flatMap((value) => flow.readersOf(value))
    .filter((node) => node.op === 'TensorListStack');
  for (const op of ['Transpose', 'StridedSlice', 'Squeeze', 'Reshape']) {
    for (const stack of stacks) {
      const reader = flow.readersOf(stack.outputs[0]!).find((node) => node.op === op);
      if (reader) return reader.outputs[0];
    }
  }
  return undefined;
}

/** The one value that a layer of unrolled steps hands on to what is outside it. */
export function unrolledOutput(
  graph: Graph,
  layerScope: readonly string[],
  flow: Dataflow,
): string | undefined {
  const nodes = nodesIn(graph, layerScope);
  const inLayer = new Set(nodes);
  const handedOn = nodes
    .flatMap((node) => node.outputs)
    .filter((value) => flow.dependsOnInputs(value))
    .filter((value) => flow.isOutput(value) || flow.readersOf(value).some((node) => !inLayer.has(node)));
  return handedOn.length === 1 ? handedOn[0] : undefined;
}

/** The variables that a layer's operations read. */
export function variablesIn(graph: Graph, layerScope: readonly string[], flow: Dataflow): Source[] {
  const sources = new Map<string, Source>();
  for (const input of nodesIn(graph, layerScope).flatMap((node) => node.inputs)) {
    const source = flow.sourceOf(input);
    if (source?.variable !== undefined) sources.set(source.values.join(), source);
  }
  return [...sources.values()];
}

function nodesIn(graph: Graph, layerScope: readonly string[]): GraphNode[] {
  return graph.nodes.filter((node) => layerScope.every((part, at) => node.scope[at] === part));
}
