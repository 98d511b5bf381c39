import type { Graph, GraphNode } from '../../graph.js';
import type { Dataflow } from './dataflow.js';
import { layerPathOf } from './names.js';
import { type Found, identityOf } from './naming.js';
import { isAt, isIn } from './scopes.js';
import { stackedValue } from './unrolled.js';

/** A whole model that TimeDistributed runs on one step after the other, unrolled. */
interface Distribution {
  /** The scopes of TimeDistributed. */
  scope: readonly string[];
  /** The node that puts the steps' outputs together. */
  stack: GraphNode;
}

/** A layer, and the node at which it runs. */
export type Placed = readonly [GraphNode, Found];

/**
 * Makes one layer of those of a model inside TimeDistributed that are there once a step: its outputs are the steps', put together as
 * (B, T, ...) by nodes that are added to the graph.
 */
export function withStepsJoined(found: readonly Placed[], graph: Graph, flow: Dataflow): Placed[] {
  const distributions = distributionsIn(graph.nodes, flow);
  if (distributions.length === 0) return [...found];
  const steps = new Map<string, { distribution: Distribution; placed: Placed[] }>();
  for (const placed of found) {
    const [node, layer] = placed;
    const at = distributions.findIndex(({ scope }) => isIn(node, scope));
    if (at < 0 || 'reason' in layer.result) continue;
    const key = `${at} ${identityOf(layer)}`;
    const group = steps.get(key) ?? { distribution: distributions[at]!, placed: [] };
    group.placed.push(placed);
    steps.set(key, group);
  }
  const joined = new Map<Placed, Found>();
  const gone = new Set<Placed>();
  for (const { distribution, placed } of steps.values()) {
    const whole = joinedLayer(distribution, placed, graph, flow);
    if (!whole) continue;
    for (const each of placed) gone.add(each);
    gone.delete(placed[0]!);
    joined.set(placed[0]!, whole);
  }
  return found.filter((each) => !gone.has(each)).map((each) => [each[0], joined.get(each) ?? each[1]]);
}

function joinedLayer(
  { scope, stack }: Distribution,
  placed: readonly Placed[],
  graph: Graph,
  flow: Dataflow,
): Found | undefined {
  const results = placed.flatMap(([, { result }]) => ('reason' in result ? [] : [result]));
  const [first] = results;
  const inOrder = results.every(({ activation }, step) => leadsTo(activation, step, scope, stack, flow));
  if (!first || results.length !== stack.inputs.length || !inOrder || first.axes.features !== 'last')
    return undefined;
  const together = (values: string[]) => stackedValue(graph, stack, values, flow);
  const activation = together(results.map((result) => result.activation));
  const plain = results.every((result) => result.preActivation === result.activation);
  const preActivation = plain ? activation : together(results.map((result) => result.preActivation));
  const shape = first.outputShape;
  const outputShape = shape && [shape[0] ?? null, results.length, ...shape.slice(1)];
  const [, layer] = placed[0]!;
  return {
    ...layer,
    path: withInnerModel(layer),
    result: { ...first, preActivation, activation, outputShape },
  };
}

/** The model inside opens no scope of its own; the kernel's name may have it: `frames/tower/conv2d/kernel`. */
function withInnerModel({ path, kernel }: Found): readonly string[] {
  const variable = layerPathOf(kernel.variable?.split('/') ?? []);
  const [outer, inner] = path.slice(-2);
  const from = variable.indexOf(outer!);
  return from >= 0 && variable.at(-1) === inner ? [...path.slice(0, -2), ...variable.slice(from)] : path;
}

/** Whether what is made of a value goes into the one input of the stack that stands for its step. */
function leadsTo(
  value: string,
  step: number,
  scope: readonly string[],
  stack: GraphNode,
  flow: Dataflow,
): boolean {
  const found = new Set([value]);
  for (const each of found) {
    for (const node of flow.readersOf(each)) {
      if (node !== stack && isIn(node, scope)) for (const output of node.outputs) found.add(output);
    }
  }
  return stack.inputs.every((input, at) => found.has(input) === (at === step));
}

/** Stacks of what was made of the slices of one value, each by itself, within one scope. */
function distributionsIn(nodes: readonly GraphNode[], flow: Dataflow): Distribution[] {
  return nodes.flatMap((stack) => {
    const { op, scope, inputs } = stack;
    if (op !== 'Pack' || scope.length === 0 || inputs.length < 2) return [];
    const slices = inputs.map((input) => slicesBehind(input, scope, flow));
    const shared = [...slices[0]!.keys()].some((source) => {
      const own = slices.map((each) => each.get(source));
      return own.every((slice) => slice !== undefined) && new Set(own).size === own.length;
    });
    return shared ? [{ scope, stack }] : [];
  });
}

/** The slices that a scope itself takes on the way to a value, by what they are taken of. */
function slicesBehind(value: string, scope: readonly string[], flow: Dataflow): Map<string, GraphNode> {
  const slices = new Map<string, GraphNode>();
  const seen = new Set([value]);
  for (const each of seen) {
    const node = flow.maker(each);
    if (!node || !isIn(node, scope)) continue;
    if (node.op === 'StridedSlice' && isAt(node, scope) && flow.dependsOnInputs(node.inputs[0]!)) {
      slices.set(node.inputs[0]!, node);
      continue;
    }
    for (const input of node.inputs) seen.add(input);
  }
  return slices;
}
