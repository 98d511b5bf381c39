import type { Graph, GraphNode } from '../../graph.js';
import type { Layer } from '../../layer.js';
import { bothKernels, pairDirections } from './bidirectional.js';
import type { Dataflow, Source } from './dataflow.js';
import type { Path } from './names.js';
import type { Found } from './naming.js';
import type { Recurrence } from './recurrent.js';
import { isAt, isIn } from './scopes.js';
import { type Series, seriesOf } from './series.js';
import { stackedValue, stackOf } from './unrolled.js';

/** A recurrent layer, be it a loop or unrolled, and where it is. */
export interface RecurrentLayer {
  /** What runs first of it. */
  node: GraphNode;
  path: Path;
  /** Scopes of the layer, as the file has them. */
  scope: readonly string[];
  kind: string;
  kernel: Source;
  sources: readonly Source[];
  /** undefined: nothing that is recorded. */
  series: Series | undefined;
}

/** Loops as layers; those of one layer's steps (TimeDistributed) are one. */
export function layersOfLoops(
  loops: readonly { recurrence: Recurrence; path: Path }[],
  graph: Graph,
  flow: Dataflow,
): RecurrentLayer[] {
  const groups = new Map<string, RecurrentLayer[]>();
  for (const { recurrence, path } of loops) {
    const { node, kind, kernel, sources } = recurrence;
    const scope = node.scope.slice(0, path.depth);
    const inLayer = (other: GraphNode) => isIn(other, scope);
    const own = seriesOf(recurrence, flow, inLayer);
    const series = own && withReshape(own, scope, graph, flow);
    const key = `${scope.join('/')} ${kernel.values.join()}`;
    groups.set(key, [...(groups.get(key) ?? []), { node, path, scope, kind, kernel, sources, series }]);
  }
  return [...groups.values()].flatMap((steps) => joined(steps, graph, flow));
}

/** Steps whose outputs the layer puts together again are one layer's. */
function joined(steps: readonly RecurrentLayer[], graph: Graph, flow: Dataflow): readonly RecurrentLayer[] {
  const values = steps.flatMap(({ series }) => series?.value ?? []);
  const stack = values.length === steps.length ? stackOf(values, flow) : undefined;
  if (!stack) return steps;
  return [{ ...steps[0]!, series: { value: stackedValue(graph, stack, values, flow), stepsFirst: false } }];
}

/** What TimeDistributed, which makes one axis of samples and steps, hands on. */
function withReshape(series: Series, scope: readonly string[], graph: Graph, flow: Dataflow): Series {
  const [reshape, ...others] = flow.readersOf(series.value);
  const isIts =
    reshape?.op === 'Reshape' &&
    others.length === 0 &&
    isAt(reshape, scope) &&
    graph.nodes.some((node) => node.op === 'Reshape' && node !== reshape && isAt(node, scope));
  return isIts ? { ...series, value: reshape.outputs[0]! } : series;
}

/** Recurrent layers by the nodes at which they run, Bidirectional's as both directions and what it makes of these. */
export function foundRecurrent(layers: readonly RecurrentLayer[], flow: Dataflow): [GraphNode, Found][] {
  const pairs = pairDirections(layers, flow);
  const turned = new Map(pairs.map(({ backward }) => [backward.node, backward]));
  const found = layers.map((layer): [GraphNode, Found] => [
    layer.node,
    foundOf(turned.get(layer.node) ?? layer, flow),
  ]);
  for (const pair of pairs) {
    const { forward, backward, merged } = pair;
    if (!merged) continue;
    const parts = forward.path.parts.slice(0, -1);
    const series = { value: merged.value, stepsFirst: forward.series?.stepsFirst ?? false };
    const whole: RecurrentLayer = {
      ...forward,
      path: { parts, depth: forward.path.depth - 1 },
      kind: 'bidirectional',
      kernel: bothKernels(pair),
      sources: [...forward.sources, ...backward.sources],
      series,
    };
    found.push([merged.node, foundOf(whole, flow)]);
  }
  return found;
}

function foundOf({ path, kernel, kind, sources, series }: RecurrentLayer, flow: Dataflow): Found {
  const identity = { path: path.parts, kernel, kind };
  if (!series) return { ...identity, result: { reason: 'nothing reads the outputs of its steps' } };
  return { ...identity, result: layerOf(series, kernel, sources, flow) };
}

function layerOf(
  { value, stepsFirst }: Series,
  kernel: Source,
  sources: readonly Source[],
  flow: Dataflow,
): Omit<Layer, 'name' | 'kind'> {
  return {
    // Time is one more axis of positions where there are others.
    family: kernel.shape.length > 2 ? 'convolution' : 'recurrent',
    preActivation: value,
    activation: value,
    axes: { features: 'last', mergedFeatureAxes: 1, ...(stepsFirst && { stepsFirst }) },
    parameters: sources.reduce((sum, source) => sum + source.elements, 0),
    outputShape: flow.shapeOf(value),
  };
}
