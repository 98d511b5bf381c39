import type { Dim } from '../../tensor.js';
import { type Graph, type GraphNode, graphsOf } from '../graph.js';
import type { Layer, SkippedLayer } from '../layer.js';
import { axesOf, leastShape } from './layers/axes.js';
import { Dataflow, type Source } from './layers/dataflow.js';
import { withStepsJoined } from './layers/distributed.js';
import { type Path, type Place, pathOf, scopesAreNumbered } from './layers/names.js';
import { type Found, nameLayers } from './layers/naming.js';
import { type KernelUse, kernelUse } from './layers/operations.js';
import {
  isOfCell,
  isRecurrentKernel,
  type Recurrence,
  recurrenceOf,
  kindOf as recurrentKind,
  variablesReadBy,
} from './layers/recurrent.js';
import { foundRecurrent, layersOfLoops, type RecurrentLayer } from './layers/recurrent-layers.js';
import { isIn } from './layers/scopes.js';
import { type Taps, tapsOf } from './layers/taps.js';
import { nodesIn, reshapedValue, stackedValue, stackOf, unrolledOutput } from './layers/unrolled.js';
import { unrolledCells } from './layers/unrolled-cells.js';

/** A kernel's use, where it is, and what is to be recorded of it. */
interface Use extends KernelUse {
  path: Path;
  taps: Taps;
}

/** What is inside a loop or a branch, and is not recorded. */
interface Hidden {
  /** The loop or conditional of the main graph. */
  within: GraphNode;
  node: GraphNode;
  /** Its scopes but those of loops and conditionals. */
  scope: readonly string[];
  kernel: Source;
  kind: string;
}

/**
 * The layers of a TensorFlow graph in the order in which they run: convolutions, dense layers, recurrent ones, named
 * as the author named them.
 *
 * The nesting of a name comes from the scopes in which its operation was traced, its last part from its kernel's
 * variable, where that tells. A kernel that is used again gives its name again, with `#2`, `#3`, ... A separable
 * convolution is one layer, its output; `NAME-depthwise` is its first half. A bidirectional layer is what both directions are
 * merged to, and each of them.
 *
 * A layer whose time steps are unrolled, or made one with the batch (TimeDistributed), may get a node of its own at the
 * end of `graph.nodes`, which puts the steps' values together.
 */
export function findTensorflowLayers(graph: Graph): { layers: Layer[]; skipped: SkippedLayer[] } {
  const flow = new Dataflow(graph);
  const nodes = [...graph.nodes];
  const recurrences = nodes.flatMap((node) => recurrenceOf(node, flow) ?? []);
  const loops = new Set(recurrences.map(({ node }) => node));
  const kernels = kernelUses(nodes, flow, recurrences);
  const hidden = nodes.flatMap((node) => (loops.has(node) ? [] : hiddenIn(node, node, [], flow)));
  const numbered = scopesAreNumbered([...kernels, ...recurrences, ...hidden].map(placeOf));
  const starts = new Set(kernels.map((use) => use.node));
  const uses = kernels.map((use): Use => {
    const path = pathOf(placeOf(use), numbered);
    return { ...use, path, taps: tapsOf(use, scopeOf(use.node, path), flow, (node) => starts.has(node)) };
  });
  const found = new Map<GraphNode, Found[]>();
  const add = (node: GraphNode, layer: Found) => found.set(node, [...(found.get(node) ?? []), layer]);
  for (const each of hidden) add(each.within, ofHidden(each, pathOf(placeOf(each), numbered)));
  const paths = recurrences.map((recurrence) => ({
    recurrence,
    path: pathOf(placeOf(recurrence), numbered),
  }));
  const recurrent = layersOfLoops(paths, graph, flow);
  const cells = unrolledCells(nodes, uses, flow);
  for (const { scope, uses: steps, recurrent: chain } of cells) {
    const path = pathOf({ ...placeOf(chain[0]!), scope }, numbered);
    recurrent.push(ofUnrolledSteps({ node: steps[0]!.node, path, scope }, chain, graph, flow));
  }
  const inCells = new Set(cells.flatMap((cell) => cell.uses));
  for (const group of grouped(uses.filter((use) => !inCells.has(use)))) {
    const unrolled = group.filter(({ kernel }) => isRecurrentKernel(kernel) || isOfCell(kernel));
    const { node, path } = group[0]!;
    const layer = { node, path, scope: scopeOf(node, path) };
    if (unrolled.length > 0) recurrent.push(ofUnrolledSteps(layer, unrolled, graph, flow));
    else for (const [node, layer] of ofGroup(group, graph, flow)) add(node, layer);
  }
  for (const [node, layer] of foundRecurrent(recurrent, flow)) add(node, layer);
  const inOrder = nodes.flatMap((node) => (found.get(node) ?? []).map((layer) => [node, layer] as const));
  const { layers, skipped } = nameLayers(withStepsJoined(inOrder, graph, flow).map(([, layer]) => layer));
  return { layers: layers.map((layer) => ({ ...layer, axes: withBatchFound(layer, graph) })), skipped };
}

/** A dense layer's series whose open axis, that of the samples, is its second: its steps come first. */
function withBatchFound({ family, axes, outputShape }: Layer, { inputs }: Graph): Layer['axes'] {
  const [first, second] = outputShape ?? [];
  const isOpen = inputs.length > 0 && inputs.every(({ shape }) => shape?.[0] === null);
  const isTurned = family === 'dense' && outputShape?.length === 3 && first !== null && second === null;
  return isOpen && isTurned && axes.features === 'last' ? { ...axes, stepsFirst: true } : axes;
}

/** The uses of kernels, but for those of recurrent layers: beside its loop such a layer tries out a step. */
function kernelUses(nodes: readonly GraphNode[], flow: Dataflow, loops: readonly Recurrence[]): KernelUse[] {
  const uses = nodes.flatMap((node) => kernelUse(node, flow) ?? []);
  const isTriedOut = ({ node, kernel }: KernelUse) =>
    loops.some(({ node: { scope }, sources }) => {
      const isTheirs = () => sources.some(({ values }) => values.join() === kernel.values.join());
      return scope.length > 0 && isIn(node, scope) && isTheirs();
    });
  return uses.filter((use) => !isTriedOut(use));
}

/** The layers in what a loop or conditional runs. */
function hiddenIn(node: GraphNode, within: GraphNode, controls: readonly number[], flow: Dataflow): Hidden[] {
  // A loop or conditional opens a scope of its own in the one that it stands in.
  const scopes = [...controls, node.scope.length];
  return graphsOf(node.control).flatMap(({ nodes }) =>
    nodes.flatMap((inner): Hidden[] => {
      const scope = inner.scope.filter((_, at) => !scopes.includes(at));
      const layer = recurrenceOf(inner, flow);
      if (layer) return [{ within, scope, ...layer }];
      const use = kernelUse(inner, flow);
      return use ? [{ within, scope, ...use, kind: kindOf(use) }] : hiddenIn(inner, within, scopes, flow);
    }),
  );
}

function placeOf(layer: { node: GraphNode; kernel: Source; scope?: readonly string[] }): Place {
  const { node, kernel, scope = node.scope } = layer;
  const variable = (kernel.variable ?? node.name.split('/').at(-1)!).split('/');
  return { scope, variable };
}

function scopeOf(node: GraphNode, path: Path): string[] {
  return node.scope.slice(0, path.depth);
}

/** Uses that are in the same layer, as far as scopes tell. */
function grouped(uses: readonly Use[]): Use[][] {
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    const scope = scopeOf(use.node, use.path).join('/');
    const key = scope || use.kernel.values.join();
    groups.set(key, [...(groups.get(key) ?? []), use]);
  }
  return [...groups.values()];
}

function ofGroup(group: readonly Use[], graph: Graph, flow: Dataflow): [GraphNode, Found][] {
  const first = group[0]!;
  const stack =
    new Set(group.map((use) => use.kernel.values.join())).size === 1
      ? stackOf(
          group.map((use) => use.taps.activation),
          flow,
        )
      : undefined;
  if (stack) {
    const together = (values: string[]) => stackedValue(graph, stack, values, flow);
    const activation = together(group.map((use) => use.taps.activation));
    const plain = group.every((use) => use.taps.preActivation === use.taps.activation);
    const preActivation = plain ? activation : together(group.map((use) => use.taps.preActivation));
    const steps = flow.shapeOf(group[0]!.taps.preActivation);
    const shape = steps && [steps[0] ?? null, group.length, ...steps.slice(1)];
    return [[first.node, ofUse({ ...first, taps: { ...first.taps, preActivation, activation } }, shape)]];
  }
  return group.map((each): [GraphNode, Found] => {
    const use = withReshape(each, graph);
    if (isQuantised(use, graph)) return [use.node, { ...identityOf(use), result: { reason: QUANTISED } }];
    const shape =
      flow.shapeOf(use.taps.reshape?.outputs[0] ?? use.taps.preActivation) ??
      (isPlain(use, flow) ? leastShape(use) : undefined);
    const other = partner(use, group, flow);
    return [use.node, other ? ofSeparable(use, other, shape) : ofUse(use, shape)];
  });
}

/** The taps as the layer hands its output on, where that is another shape than the kernel's output. */
function withReshape(use: Use, graph: Graph): Use {
  const { reshape, preActivation } = use.taps;
  if (!reshape) return use;
  const taps = {
    ...use.taps,
    preActivation: reshapedValue(graph, reshape, preActivation),
    activation: reshape.outputs[0]!,
  };
  return { ...use, taps };
}

const IN_CONDITIONAL = 'it runs inside a conditional, for some inputs only';
const QUANTISED = 'its kernel is quantised; record the float model instead';
const IN_LOOP = 'it runs inside a loop, whose steps cannot be recorded one by one';

/** Whether the product is one of whole numbers, which is scaled back to the layer's output only later. */
function isQuantised({ kernel }: Use, graph: Graph): boolean {
  return kernel.values.some((value) => /int/.test(graph.constants.get(value)?.dtype ?? ''));
}

function ofUse(use: Use, shape: readonly Dim[] | undefined): Found {
  const axes = axesOf(use, shape, use.taps.turned);
  if (!axes) {
    return { ...identityOf(use), result: { reason: 'its features are not the last axes of its output' } };
  }
  const parameters = use.kernel.elements + (use.taps.bias?.elements ?? 0);
  const { preActivation, activation } = use.taps;
  return {
    ...identityOf(use),
    result: { family: use.family, preActivation, activation, axes, parameters, outputShape: shape },
  };
}

function identityOf(use: Use): Pick<Found, 'path' | 'kernel' | 'kind'> {
  return { path: use.path.parts, kernel: use.kernel, kind: kindOf(use) };
}

function kindOf(use: KernelUse): string {
  const rank = use.kernel.shape.length;
  if (use.family === 'dense') return use.node.op === 'Einsum' || rank > 2 ? 'einsum-dense' : use.term;
  const positions = Math.min(3, Math.max(1, rank - 2));
  return use.term.replace('conv', `conv${positions}d`);
}

/** The other half of a separable convolution: a depthwise one goes straight into a pointwise one of the same layer. */
function partner(use: Use, group: readonly Use[], flow: Dataflow): Use | undefined {
  const goesInto = (from: Use, to: Use) =>
    from.term === 'depthwise-conv' &&
    to.term === 'conv' &&
    to.data === from.node.outputs[0] &&
    flow.readersOf(to.data).length === 1 &&
    scopeOf(use.node, use.path).length > 0;
  return group.find((other) => goesInto(use, other) || goesInto(other, use));
}

function ofSeparable(use: Use, other: Use, shape: readonly Dim[] | undefined): Found {
  const whole = ofUse(use, shape);
  if (use.term === 'depthwise-conv') return { ...whole, suffix: '-depthwise' };
  const kind = whole.kind.replace('conv', 'separable-conv');
  if ('reason' in whole.result) return { ...whole, kind };
  const parameters = whole.result.parameters + other.kernel.elements;
  return { ...whole, kind, result: { ...whole.result, parameters } };
}

function ofHidden({ within, kernel, kind }: Hidden, path: Path): Found {
  const reason = within.control?.kind === 'loop' ? IN_LOOP : IN_CONDITIONAL;
  return { path: path.parts, kernel, kind, result: { reason } };
}

function ofUnrolledSteps(
  layer: Pick<RecurrentLayer, 'node' | 'path' | 'scope'>,
  recurrent: readonly Use[],
  graph: Graph,
  flow: Dataflow,
): RecurrentLayer {
  const { scope } = layer;
  const inputs = nodesIn(graph, scope).flatMap((inner) => inner.inputs);
  const output = unrolledOutput(graph, scope, flow);
  return {
    ...layer,
    kind: recurrentKind(recurrent.map(({ kernel }) => kernel)),
    kernel: recurrent[0]!.kernel,
    sources: variablesReadBy(inputs, flow),
    series: output === undefined ? undefined : { value: output, stepsFirst: false },
  };
}

/** Whether the tap has the shape of the operation's own output. */
function isPlain(use: Use, flow: Dataflow): boolean {
  const maker = flow.maker(use.taps.preActivation);
  return maker === use.node || maker?.inputs.includes(use.node.outputs[0]!) === true;
}
