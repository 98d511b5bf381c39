import { sizeOf } from '../../tensor.js';
import type { Graph, GraphNode } from '../graph.js';

/** Who makes a value and who reads it. */
export class Consumers {
  private readonly makers = new Map<string, GraphNode>();
  private readonly readers = new Map<string, GraphNode[]>();
  private readonly results: Set<string>;

  constructor(graph: Graph) {
    this.results = new Set(graph.outputs.map((output) => output.value));
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.makers.set(output, node);
      for (const input of new Set(node.inputs)) {
        const readers = this.readers.get(input);
        if (readers) readers.push(node);
        else this.readers.set(input, [node]);
      }
    }
  }

  maker(value: string): GraphNode | undefined {
    return this.makers.get(value);
  }

  of(value: string): readonly GraphNode[] {
    return this.readers.get(value) ?? [];
  }

  /** The only node that reads the value, which is no result of the graph itself. */
  only(value: string): GraphNode | undefined {
    const readers = this.of(value);
    return readers.length === 1 && !this.results.has(value) ? readers[0] : undefined;
  }
}

const KEEPS_WEIGHT = new Set(['Identity', 'Transpose', 'Cast', 'DequantizeLinear']);

export interface TracedConstant {
  /** The constant's value. */
  constant: string;
  /** Its shape as the layer reads it. */
  shape: readonly number[];
}

/** The weight behind a value, through operations that keep its numbers; undefined where it is computed from data. */
export function traceConstant(graph: Graph, consumers: Consumers, value: string): TracedConstant | undefined {
  let current = value;
  let transposed = false;
  for (;;) {
    const constant = graph.constants.get(current);
    if (constant) {
      const shape = transposed ? [...constant.shape].reverse() : constant.shape;
      return { constant: current, shape };
    }
    const maker = consumers.maker(current);
    if (!maker || !KEEPS_WEIGHT.has(maker.op)) return undefined;
    if (maker.op === 'Transpose') transposed = !transposed;
    current = maker.inputs[0] ?? '';
  }
}

/**
 * The weights that a value is put together from, however (exporters that fold nothing slice and concatenate a recurrent
 * layer's gates); undefined where it depends on data. Indices and shapes do not count.
 */
export function weightsBehind(graph: Graph, consumers: Consumers, value: string): string[] | undefined {
  const weights = new Set<string>();
  const seen = new Set<string>();
  const queue = [value];
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    if (current === '' || seen.has(current)) continue;
    seen.add(current);
    const constant = graph.constants.get(current);
    if (constant) {
      if (constant.dtype.includes('float') && constant.shape.length > 0) weights.add(current);
      continue;
    }
    const maker = consumers.maker(current);
    if (!maker) return undefined;
    queue.push(...maker.inputs);
  }
  return [...weights];
}

/**
 * The addition of a vector of as many constants as the layer has features, right behind its output. Where the features are
 * not known, of any vector.
 */
export function biasAfter(
  graph: Graph,
  consumers: Consumers,
  node: GraphNode,
  features: number | undefined,
): { output: string; constant: string } | undefined {
  const value = node.outputs[0] ?? '';
  const add = consumers.only(value);
  if (add?.op !== 'Add') return undefined;
  const constant = add.inputs.find((input) => input !== value) ?? '';
  const traced = traceConstant(graph, consumers, constant);
  if (!traced) return undefined;
  const fits = features === undefined ? traced.shape.length === 1 : sizeOf(traced.shape) === features;
  if (!fits) return undefined;
  return { output: add.outputs[0]!, constant };
}

const ACTIVATIONS = new Set([
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Selu',
  'Celu',
  'Gelu',
  'com.microsoft.Gelu',
  'com.microsoft.FastGelu',
  'com.microsoft.QuickGelu',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Mish',
  'Swish',
  'Softplus',
  'Softsign',
  'Softmax',
  'LogSoftmax',
  'Tanh',
  'ThresholdedRelu',
  'Clip',
]);

/** The value after the activation that follows, or the value itself where none does. */
export function activationAfter(graph: Graph, consumers: Consumers, value: string): string {
  const next = consumers.only(value);
  if (next && ACTIVATIONS.has(next.op) && next.inputs[0] === value) return next.outputs[0]!;
  return gatedActivation(graph, consumers, value) ?? value;
}

/**
 * Activations written out as x * f(x): SiLU with a sigmoid, GELU with erf or tanh, Mish. The product's other factor
 * depends on x alone, through element-wise maths with scalars.
 */
function gatedActivation(graph: Graph, consumers: Consumers, value: string): string | undefined {
  const inside = new Set([value]);
  let last: GraphNode | undefined;
  let gated = false;
  const isScalar = (input: string) => {
    const traced = traceConstant(graph, consumers, input);
    return traced !== undefined && sizeOf(traced.shape) === 1;
  };
  const queue = [...consumers.of(value)];
  // Longest spelling known: GELU by tanh has nine operations.
  for (let steps = 0; queue.length > 0 && steps < 16; steps++) {
    const node = queue.shift()!;
    const ready = node.inputs.every((input) => input === '' || inside.has(input) || isScalar(input));
    if (!ready || !ELEMENTWISE.has(node.op)) continue;
    const output = node.outputs[0]!;
    if (inside.has(output)) continue;
    inside.add(output);
    if (SQUASHING.has(node.op)) gated = true;
    last = node;
    queue.push(...consumers.of(output));
  }
  if (!last || !gated) return undefined;
  const allInside = [...inside].every(
    (made) => made === last.outputs[0] || consumers.of(made).every((node) => inside.has(node.outputs[0]!)),
  );
  return allInside ? last.outputs[0] : undefined;
}

const SQUASHING = new Set(['Sigmoid', 'HardSigmoid', 'Erf', 'Tanh', 'Softplus']);
const ELEMENTWISE = new Set([...SQUASHING, 'Mul', 'Add', 'Sub', 'Div', 'Pow', 'Clip', 'Relu', 'Identity']);
