import type { Dim } from '../../tensor.js';
import type { Graph, GraphNode } from '../graph.js';
import type { Layer, SkippedLayer } from '../layer.js';
import { axesOf, leastShape } from './layers/axes.js';
import { Dataflow, type Source } from './layers/dataflow.js';
import { nodesInLoops } from './layers/frames.js';
import { type Path, type Place, pathOf, scopesAreNumbered } from './layers/names.js';
import { type Found, nameLayers } from './layers/naming.js';
import { type KernelUse, kernelUse } from './layers/operations.js';
import {
  isRecurrentKernel,
  type Loop,
  loopOf,
  recurrentKind,
  unrolledOutput,
  variablesIn,
} from './layers/recurrent.js';
import { type Taps, tapsOf } from './layers/taps.js';
import { reshapedValue, stackedValue, stackOf } from './layers/unrolled.js';

/** A kernel's use, where it is, and what is to be recorded of it. */
interface Use extends KernelUse {
  path: Path;
  taps: Taps;
}

/**
 * The layers of a TensorFlow graph in the order in which they run: convolutions, dense layers, recurrent ones, named
 * as the author named them.
 *
 * The nesting of a name comes from the scopes in which its operation was traced, its last part from its kernel's
 * variable, where that tells. A kernel that is used again gives its name again, with `#2`, `#3`, ... A separable
 * convolution is one layer, its output; `NAME-depthwise` is its first half.
 *
 * A layer whose time steps are unrolled, or made one with the batch (TimeDistributed), may get a node of its own at the
 * end of `graph.nodes`, which puts the steps' values together.
 */
export function findTensorflowLayers(graph: Graph): { layers: Layer[]; skipped: SkippedLayer[] } {
  const flow = new Dataflow(graph);
  const loops = graph.nodes.flatMap((node) => loopOf(node, flow) ?? []);
  const kernels = kernelUses(graph, flow, loops);
  const numbered = scopesAreNumbered([...kernels, ...loops].map(placeOf));
  const starts = new Set(kernels.map((use) => use.node));
  const uses = kernels.map((use): Use => {
    const path = pathOf(placeOf(use), numbered);
    return { ...use, path, taps: tapsOf(use, scopeOf(use.node, path), flow, (node) => starts.has(node)) };
  });
  const found = new Map<GraphNode, Found>();
  for (const loop of loops) found.set(loop.node, ofLoop(loop, pathOf(placeOf(loop), numbered), flow));
  const inside = nodesInLoops(graph);
  for (const group of grouped(uses)) {
    for (const [node, layer] of ofGroup(group, graph, flow, inside)) found.set(node, layer);
  }
  return nameLayers(graph.nodes.flatMap((node) => found.get(node) ?? []));
}

/** The uses of kernels, but for a recurrent layer's: beside its loop it tries out a step where it has a mask. */
function kernelUses(graph: Graph, flow: Dataflow, loops: readonly Loop[]): KernelUse[] {
  const recurrent = loops.filter((loop) => isRecurrentKernel(loop.kernel));
  const theirs = new Set(recurrent.flatMap((loop) => loop.sources.flatMap((source) => source.values)));
  const uses = graph.nodes.flatMap((node) => kernelUse(node, flow) ?? []);
  return uses.filter((use) => !use.kernel.values.some((value) => theirs.has(value)));
}

function placeOf({ node, kernel }: { node: GraphNode; kernel: Source }): Place {
  const variable = (kernel.variable ?? node.name.split('/').at(-1)!).split('/');
  return { scope: node.scope, variable };
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

function ofGroup(
  group: readonly Use[],
  graph: Graph,
  flow: Dataflow,
  inside: ReadonlySet<GraphNode>,
): [GraphNode, Found][] {
  const first = group[0]!;
  const recurrent = group.find((use) => isRecurrentKernel(use.kernel));
  if (recurrent) return [[first.node, ofUnrolledSteps(group, recurrent.kernel, graph, flow)]];
  const stack =
    new Set(group.map((use) => use.kernel.values.join())).size === 1
      ? stackOf(
          group.map((use) => use.taps),
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
    if (inside.has(use.node)) return [use.node, { ...identityOf(use), result: { reason: IN_LOOP } }];
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

function ofLoop(loop: Loop, path: Path, flow: Dataflow): Found {
  const identity = { path: path.parts, kernel: loop.kernel, kind: loop.kind };
  if (loop.kind === 'conditional') return { ...identity, result: { reason: IN_CONDITIONAL } };
  if (!isRecurrentKernel(loop.kernel)) return { ...identity, result: { reason: IN_LOOP } };
  if (loop.output === undefined) {
    return { ...identity, result: { reason: 'its loop does not hand on the outputs of its steps' } };
  }
  return { ...identity, result: ofRecurrent(loop.output, loop.kernel, loop.sources, flow) };
}

function ofUnrolledSteps(group: readonly Use[], kernel: Source, graph: Graph, flow: Dataflow): Found {
  const first = group[0]!;
  const identity = { path: first.path.parts, kernel, kind: recurrentKind(kernel) };
  const output = unrolledOutput(graph, scopeOf(first.node, first.path), flow);
  if (output === undefined) {
    return {
      ...identity,
      result: { reason: 'its steps are unrolled, and their outputs are not put together' },
    };
  }
  const sources = variablesIn(graph, scopeOf(first.node, first.path), flow);
  return { ...identity, result: ofRecurrent(output, kernel, sources, flow) };
}

function ofRecurrent(
  output: string,
  kernel: Source,
  sources: readonly Source[],
  flow: Dataflow,
): Omit<Layer, 'name' | 'kind'> {
  return {
    // Time is one more axis of positions where there are others.
    family: kernel.shape.length > 2 ? 'convolution' : 'recurrent',
    preActivation: output,
    activation: output,
    axes: { features: 'last', mergedFeatureAxes: 1 },
    parameters: sources.reduce((sum, source) => sum + source.elements, 0),
    outputShape: flow.shapeOf(output),
  };
}

/** Whether the tap has the shape of the operation's own output. */
function isPlain(use: Use, flow: Dataflow): boolean {
  const maker = flow.maker(use.taps.preActivation);
  return maker === use.node || maker?.inputs.includes(use.node.outputs[0]!) === true;
}
