import type { Graph, GraphNode } from '../../graph.js';
import type { Dataflow } from './dataflow.js';
import { isIn } from './scopes.js';

/**
 * Uses of one kernel in one layer whose outputs are put together again are the time steps of one layer (TimeDistributed).
 * @param outputs the steps' outputs
 * @returns the node that puts them together, if it is one
 */
export function stackOf(outputs: readonly string[], flow: Dataflow): GraphNode | undefined {
  if (outputs.length < 2) return undefined;
  const stack = flow.readersOf(outputs[0]!).find((node) => node.op === 'Pack');
  const whole =
    stack?.inputs.length === outputs.length && outputs.every((value, at) => stack.inputs[at] === value);
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

/** The one value that a layer of unrolled steps hands on to what is outside it: its steps' outputs put together, or the last of them. */
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
  if (handedOn.length <= 1) return handedOn[0];
  const stack = stackOf(handedOn, flow);
  if (stack) return stackedValue(graph, stack, handedOn, flow);
  // Besides its outputs it hands on its states, of which the output is the one that is made last.
  const rank = (value: string) => flow.shapeOf(value)?.length ?? 0;
  const series = handedOn.filter((value) => rank(value) > 2);
  return series.length > 0 ? (series.length === 1 ? series[0] : undefined) : handedOn.at(-1);
}

export function nodesIn(graph: Graph, layerScope: readonly string[]): GraphNode[] {
  return graph.nodes.filter((node) => isIn(node, layerScope));
}
