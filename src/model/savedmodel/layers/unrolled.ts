import type { Graph, GraphNode } from '../../graph.js';
import type { Dataflow } from './dataflow.js';
import type { Taps } from './taps.js';

/**
 * Uses of one kernel in one layer whose outputs are put together again are the time steps of one layer (TimeDistributed).
 * @returns the node that puts them together, if it is one
 */
export function stackOf(steps: readonly Taps[], flow: Dataflow): GraphNode | undefined {
  if (steps.length < 2) return undefined;
  const stack = flow.readersOf(steps[0]!.activation).find((node) => node.op === 'Pack');
  const whole =
    stack?.inputs.length === steps.length && steps.every((step, at) => stack.inputs[at] === step.activation);
  return whole ? stack : undefined;
}

/**
 * The steps' values as one, (B, T, ...): the model's own where it has one, else a node that is added to the graph.
 * @param values the steps' values, each (B, ...)
 */
export function stackedValue(
  graph: Graph,
  stack: GraphNode,
  values: readonly string[],
  flow: Dataflow,
): string {
  const axis = stack.attrs.get('axis');
  const own = stack.outputs[0]!;
  if (values.every((value, at) => value === stack.inputs[at])) {
    if (axis?.kind === 'int' && axis.value === 1) return own;
    const turned = flow.readersOf(own).find((node) => node.op === 'Transpose');
    if (turned) return turned.outputs[0]!;
  }
  const name = `${stack.name}/delve_steps_${graph.nodes.length}`;
  const shape = flow.maker(values[0])?.outputShapes[0];
  graph.nodes.push({
    name,
    op: 'Pack',
    inputs: [...values],
    outputs: [`${name}:0`],
    attrs: new Map([...stack.attrs, ['axis', { kind: 'int', value: 1 }]]),
    outputShapes: [shape && [shape[0] ?? null, values.length, ...shape.slice(1)]],
    scope: stack.scope,
  });
  return `${name}:0`;
}

/** A value reshaped as the model reshapes another, element for element: by a node that is added to the graph. */
export function reshapedValue(graph: Graph, reshape: GraphNode, value: string): string {
  const name = `${reshape.name}/delve_reshape_${graph.nodes.length}`;
  graph.nodes.push({
    ...reshape,
    name,
    inputs: [value, ...reshape.inputs.slice(1)],
    outputs: [`${name}:0`],
  });
  return `${name}:0`;
}
