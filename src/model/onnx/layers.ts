import { sizeOf } from '../../tensor.js';
import type { Graph, GraphNode } from '../graph.js';
import type { Layer, LayerFamily, SkippedLayer } from '../layer.js';
import { activationAfter, biasAfter, Consumers, traceConstant, weightsBehind } from './follow.js';
import { layerPath } from './names.js';

/** Operations that are layers: their family and how their kernel is found. */
const LAYER_OPS = new Map<string, { family: LayerFamily; kind(rank: number, node: GraphNode): string }>([
  ['Conv', { family: 'convolution', kind: convolutionKind }],
  ['ConvTranspose', { family: 'convolution', kind: (rank) => `conv${rank - 2}d-transpose` }],
  ['Gemm', { family: 'dense', kind: () => 'dense' }],
  ['MatMul', { family: 'dense', kind: () => 'dense' }],
  ['LSTM', { family: 'recurrent', kind: () => 'lstm' }],
  ['GRU', { family: 'recurrent', kind: () => 'gru' }],
  ['RNN', { family: 'recurrent', kind: () => 'simple-rnn' }],
]);

const NOT_TAPPED = new Map([
  ['QLinearConv', 'its output is quantised; record the float model instead'],
  ['QLinearMatMul', 'its output is quantised; record the float model instead'],
  ['ConvInteger', 'its output is quantised; record the float model instead'],
  ['MatMulInteger', 'its output is quantised; record the float model instead'],
  ['Loop', 'layers inside a loop cannot be tapped'],
  ['Scan', 'layers inside a loop cannot be tapped'],
  ['If', 'layers inside a branch cannot be tapped'],
]);

/** Layers in other operator sets than ONNX's own, such as `com.microsoft.FusedConv`. */
const FUSED = /\..*(Conv|Gemm|MatMul|Attention)/;

function convolutionKind(rank: number, node: GraphNode): string {
  const group = node.attrs.get('group');
  return `${group?.kind === 'int' && group.value > 1 ? 'grouped-' : ''}conv${rank - 2}d`;
}

interface Found extends Layer {
  /** The kernel's value: a second use of it is the same layer again. */
  kernel: string;
}

/** The layers of an ONNX graph in execution order, named as their author named the modules. */
export function findOnnxLayers(graph: Graph): { layers: Layer[]; skipped: SkippedLayer[] } {
  const consumers = new Consumers(graph);
  const found: Found[] = [];
  const skipped: SkippedLayer[] = [];
  for (const [index, node] of graph.nodes.entries()) {
    const layer = layerOf(graph, consumers, node, index);
    if (layer) found.push(layer);
    const reason = NOT_TAPPED.get(node.op) ?? reasonToSkip(graph, consumers, node);
    if (reason) skipped.push({ name: nameOf(node, index, []), kind: node.op, reason });
  }
  return { layers: numberUses(keepLastOfStacks(found, skipped)), skipped };
}

function layerOf(graph: Graph, consumers: Consumers, node: GraphNode, index: number): Found | undefined {
  const rule = LAYER_OPS.get(node.op);
  if (!rule) return undefined;
  return rule.family === 'recurrent'
    ? recurrentLayer(graph, consumers, node, index, rule.kind(0, node))
    : kernelLayer(graph, consumers, node, index, rule.family, rule.kind);
}

/** A convolution or a dense layer. A product of two activations is none. */
function kernelLayer(
  graph: Graph,
  consumers: Consumers,
  node: GraphNode,
  index: number,
  family: LayerFamily,
  kindOf: (rank: number, node: GraphNode) => string,
): Found | undefined {
  const kernel = kernelOf(graph, consumers, node);
  // What is computed from weights alone (a spectral norm) is part of some layer's kernel.
  if (weightsBehind(graph, consumers, node.inputs[0] ?? '')) return undefined;
  if (!kernel || (node.op === 'MatMul' && kernel.shape && kernel.shape.length !== 2)) return undefined;
  const ownBias = node.inputs[2] || undefined;
  const features = kernel.shape && featuresOf(node, kernel.shape);
  const added = ownBias ? undefined : biasAfter(graph, consumers, node, features);
  const bias = ownBias ?? added?.constant;
  const preActivation = added?.output ?? node.outputs[0]!;
  const variables = [kernel.value, ...kernel.variables, bias].filter((name) => name !== undefined);
  // Exporters share biases of equal values (all zeros) among layers.
  const shared = bias !== undefined && consumers.of(bias).length > 1 ? [bias] : [];
  const rank = kernel.shape?.length ?? spatialAxes(node) + 2;
  return {
    name: nameOf(node, index, variables, shared),
    family,
    kind: kindOf(rank, node),
    preActivation,
    activation: activationAfter(graph, consumers, preActivation),
    axes: family === 'convolution' ? { features: 'first' } : { features: 'last', mergedFeatureAxes: 1 },
    parameters: elements(graph, [...kernel.variables, bias]),
    outputShape: node.outputShapes[0],
    kernel: dequantised(consumers, kernel.value),
  };
}

/** The weight that a layer applies: one of the file, or one that the graph computes from its weights (weight norm). */
function kernelOf(
  graph: Graph,
  consumers: Consumers,
  node: GraphNode,
): { value: string; variables: string[]; shape: readonly number[] | undefined } | undefined {
  const value = node.inputs[1] ?? '';
  const traced = traceConstant(graph, consumers, value);
  if (traced) return { value, variables: [traced.constant], shape: traced.shape };
  const weights = weightsBehind(graph, consumers, value);
  return weights && weights.length > 0 ? { value, variables: weights, shape: undefined } : undefined;
}

/** Quantisers scale a weight back once for each layer that reads it. */
function dequantised(consumers: Consumers, value: string): string {
  const maker = consumers.maker(value);
  return maker?.op === 'DequantizeLinear' ? (maker.inputs[0] ?? value) : value;
}

function spatialAxes(node: GraphNode): number {
  const kernel = node.attrs.get('kernel_shape');
  return kernel?.kind === 'ints' ? kernel.value.length : 0;
}

/** Why a node that applies a weight is no layer that can be recorded; undefined for a node that applies none. */
function reasonToSkip(graph: Graph, consumers: Consumers, node: GraphNode): string | undefined {
  const applies = (input: string | undefined) => weightsBehind(graph, consumers, input ?? '')?.length;
  if (node.op === 'Einsum' && node.inputs.some(applies))
    return 'an Einsum does not tell where its features are';
  if (
    FUSED.test(node.op) &&
    node.inputs.some((input) => (graph.constants.get(input)?.shape.length ?? 0) > 0)
  ) {
    return 'an optimiser or quantiser made it of several operations: record the file from before that';
  }
  const [left, right] = node.inputs;
  if (node.op === 'MatMul' && applies(left) && !applies(right)) {
    return 'its weight stands on the left, so that its features are not the last axis';
  }
  return undefined;
}

function recurrentLayer(
  graph: Graph,
  consumers: Consumers,
  node: GraphNode,
  index: number,
  kind: string,
): Found {
  const weights = node.inputs.slice(1, 4).flatMap((input) => weightsBehind(graph, consumers, input) ?? []);
  const output = node.outputs[0]!;
  return {
    name: nameOf(node, index, weights),
    family: 'recurrent',
    kind,
    preActivation: output,
    activation: output,
    // layout 1 is (B, T, directions, H).
    axes:
      intAttribute(node, 'layout', 0) === 1
        ? { features: 'last', mergedFeatureAxes: 2 }
        : { features: 'onnx-recurrent' },
    parameters: elements(graph, [...new Set(weights)]),
    outputShape: undefined,
    kernel: node.inputs[1] ?? '',
  };
}

function nameOf(
  node: GraphNode,
  index: number,
  variables: readonly string[],
  shared: readonly string[] = [],
): string {
  return (layerPath(node, variables, shared) ?? [`${node.op}_${index}`]).join('-');
}

function elements(graph: Graph, values: readonly (string | undefined)[]): number {
  return values.reduce((sum, value) => {
    const constant = value ? graph.constants.get(value) : undefined;
    return sum + (constant ? sizeOf(constant.shape) : 0);
  }, 0);
}

function featuresOf(node: GraphNode, kernel: readonly number[]): number {
  if (node.op === 'Conv') return kernel[0]!;
  if (node.op === 'ConvTranspose') return kernel[1]! * intAttribute(node, 'group', 1);
  if (node.op === 'Gemm') return intAttribute(node, 'transB', 0) ? kernel[0]! : kernel[1]!;
  return kernel.at(-1)!;
}

function intAttribute(node: GraphNode, name: string, otherwise: number): number {
  const attribute = node.attrs.get(name);
  return attribute?.kind === 'int' ? attribute.value : otherwise;
}

/** A stack of recurrent layers is one module to its author, whose output is the last one's. */
function keepLastOfStacks(found: Found[], skipped: SkippedLayer[]): Found[] {
  return found.filter((layer, i) => {
    if (layer.family !== 'recurrent') return true;
    const later = found.slice(i + 1).find((other) => other.name === layer.name && other.kind === layer.kind);
    if (!later || later.kernel === layer.kernel) return true;
    skipped.push({
      name: layer.name,
      kind: layer.kind,
      reason: 'an inner layer of a stack: the output of the module is its last layer',
    });
    return false;
  });
}

/** `#2` for the second use of a kernel; weights shared under another name keep that name. */
function numberUses(found: Found[]): Layer[] {
  const first = new Map<string, string>();
  const uses = new Map<string, number>();
  return found.map(({ kernel, ...layer }) => {
    const base = madeOfScopeAlone(kernel) ? (first.get(kernel) ?? layer.name) : layer.name;
    if (!first.has(kernel)) first.set(kernel, base);
    const use = (uses.get(base) ?? 0) + 1;
    uses.set(base, use);
    return { ...layer, name: use === 1 ? base : `${base}#${use}` };
  });
}

/** The older PyTorch exporter counts calls in the scope (`/fc_1/MatMul`) where it folded the weight's name away. */
function madeOfScopeAlone(kernel: string): boolean {
  return kernel.startsWith('onnx::');
}
