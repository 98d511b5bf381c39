import type { GraphNode } from '../../graph.js';
import type { Dataflow, Source } from './dataflow.js';
import type { KernelUse } from './operations.js';

/** The values of a layer's output, and the bias that went into it. */
export interface Taps {
  preActivation: string;
  activation: string;
  bias: Source | undefined;
  /** A reshape after the activation that undoes one before the kernel (TimeDistributed's of batch and time). */
  reshape: GraphNode | undefined;
  /** Whether the operation's output was turned from channels last to channels first. */
  turned: boolean;
}

const ADDS: ReadonlySet<string> = new Set(['BiasAdd', 'BiasAddV1', 'AddV2', 'Add']);
/** What may stand between a kernel's use and its bias, and which operations before it it undoes. */
const UNDOES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Squeeze', new Set(['ExpandDims', 'Reshape'])],
  ['Reshape', new Set(['ExpandDims', 'Reshape'])],
  ['BatchToSpaceND', new Set(['SpaceToBatchND'])],
  // Some convolutions are there for one layout only.
  ['Transpose', new Set(['Transpose'])],
]);
/** Element-wise operations, of which activations are made, and those along the last axis that softmax is made of. */
const ACTIVATIONS: ReadonlySet<string> = new Set(
  (
    'Relu Relu6 LeakyRelu Elu Selu Softmax LogSoftmax Sigmoid Tanh Softplus Softsign Exp Expm1 Log Log1p Erf Erfc Neg Abs Sign ' +
    'Square Sqrt Rsqrt Pow Reciprocal Inv Mul AddV2 Add Sub RealDiv Div DivNoNan Maximum Minimum ClipByValue Greater ' +
    'GreaterEqual Less LessEqual Select SelectV2 Cast Sum Max'
  ).split(' '),
);

/**
 * Follows a kernel's output through its bias, and from there through its layer's activation.
 * @param layerScope scopes of the layer, as the file has them
 * @param isKernelUse tells nodes at which another layer begins
 */
export function tapsOf(
  use: KernelUse,
  layerScope: readonly string[],
  flow: Dataflow,
  isKernelUse: (node: GraphNode) => boolean,
): Taps {
  const inLayer = (node: GraphNode) => layerScope.every((part, at) => node.scope[at] === part);
  const { value: preActivation, bias, turned } = withBias(use, layerScope, flow, inLayer);
  const own = layerScope.length > 0 ? inLayer : besides(use.node.scope, preActivation, flow);
  const activation = withActivation(preActivation, flow, own, isKernelUse);
  const [next, ...others] = flow.readersOf(activation);
  const undone =
    next?.op === 'Reshape' &&
    others.length === 0 &&
    activation !== preActivation &&
    inLayer(next) &&
    operationsBefore(use, flow, inLayer).some((node) => undoes(next, node, layerScope));
  return { preActivation, activation, bias, turned, reshape: undone ? next : undefined };
}

function withBias(
  use: KernelUse,
  layerScope: readonly string[],
  flow: Dataflow,
  inLayer: (node: GraphNode) => boolean,
): { value: string; bias: Source | undefined; turned: boolean } {
  const before = operationsBefore(use, flow, inLayer);
  let bias: Source | undefined;
  let turned = false;
  let tap = use.node.outputs[0]!;
  let value = tap;
  // Undoings come in pairs with what was done before, so few steps are enough.
  for (let step = 0; step < 6; step++) {
    const readers = flow.readersOf(value);
    const next = readers[0];
    if (readers.length !== 1 || !next || !inLayer(next) || flow.isOutput(value)) break;
    const other = next.inputs.find((input) => input !== value);
    if (ADDS.has(next.op) && !bias) {
      bias = other === undefined ? undefined : biasOf(other, use, flow);
      if (!bias) break;
      value = next.outputs[0]!;
      tap = value;
      continue;
    }
    if (!UNDOES.has(next.op) || next.inputs[0] !== value) break;
    if (next.op === 'Transpose' && use.family !== 'convolution') break;
    value = next.outputs[0]!;
    if (before.some((node) => undoes(next, node, layerScope))) {
      tap = value;
      turned ||= next.op === 'Transpose';
    } else if (bias) break;
  }
  return { value: tap, bias, turned };
}

/** What was done in this layer to the data and to the kernel before the one was applied to the other. */
function operationsBefore(
  use: KernelUse,
  flow: Dataflow,
  inLayer: (node: GraphNode) => boolean,
): GraphNode[] {
  const operations: GraphNode[] = [];
  for (const start of [use.data, use.operand]) {
    let node = flow.maker(start);
    for (let step = 0; node && inLayer(node) && step < 3; step++) {
      operations.push(node);
      node = flow.maker(node.inputs[0]);
    }
  }
  return operations;
}

/**
 * Whether one operation undoes what another did before the kernel. Where scopes do not tell layers apart, a reshape
 * may be the author's: it counts if both are parts of one operation (`Tensordot/Reshape` and `Tensordot`).
 */
function undoes(after: GraphNode, before: GraphNode, layerScope: readonly string[]): boolean {
  if (!UNDOES.get(after.op)?.has(before.op)) return false;
  if (layerScope.length > 0 || before.op !== 'Reshape') return true;
  const own = [...after.scope, after.name.split('/').at(-1)!];
  return same(before.scope, own) || (after.scope.length > 0 && same(before.scope, after.scope));
}

/** A bias has one element per feature, which is a dimension of the kernel or the last ones' product. */
function biasOf(value: string, use: KernelUse, flow: Dataflow): Source | undefined {
  const bias = flow.sourceOf(value);
  if (!bias) return undefined;
  const { shape } = use.kernel;
  if (use.family === 'convolution') {
    const features =
      use.term === 'depthwise-conv'
        ? shape.slice(-2)
        : use.term === 'conv'
          ? shape.slice(-1)
          : shape.slice(-2, -1);
    return bias.elements === product(features) ? bias : undefined;
  }
  const fits =
    shape.some((_, from) => product(shape.slice(from)) === bias.elements) || shape[0] === bias.elements;
  return fits ? bias : undefined;
}

function withActivation(
  preActivation: string,
  flow: Dataflow,
  own: (node: GraphNode) => boolean,
  isKernelUse: (node: GraphNode) => boolean,
): string {
  const made = new Set([preActivation]);
  const pending = [preActivation];
  const within = new Set<GraphNode>();
  const follows = (node: GraphNode) =>
    own(node) &&
    ACTIVATIONS.has(node.op) &&
    !isKernelUse(node) &&
    node.inputs.every((value) => made.has(value) || plainConstant(value, flow));
  for (let value = pending.shift(); value !== undefined; value = pending.shift()) {
    for (const node of flow.readersOf(value)) {
      if (within.has(node) || !follows(node)) continue;
      within.add(node);
      made.add(node.outputs[0]!);
      // What it makes may complete the inputs of a node that was looked at too early.
      for (const each of made) pending.push(each);
    }
  }
  const leaves = [...made].filter(
    (value) => flow.isOutput(value) || flow.readersOf(value).some((node) => !within.has(node)),
  );
  return leaves.length === 1 ? leaves[0]! : preActivation;
}

/** A number of the activation's formula, which is no variable. */
function plainConstant(value: string, flow: Dataflow): boolean {
  return !flow.dependsOnInputs(value) && flow.sourceOf(value)?.variable === undefined;
}

/**
 * Where scopes do not tell layers apart: a single activation beside the layer's operation, or one in a scope of
 * its own (`Gelu`).
 */
function besides(scope: readonly string[], value: string, flow: Dataflow): (node: GraphNode) => boolean {
  const readers = flow.readersOf(value);
  const single = readers.length === 1 ? readers[0] : undefined;
  if (
    single &&
    same(single.scope, scope) &&
    /Relu|Elu|Selu|Softmax|Sigmoid|Tanh|Softplus|Softsign/.test(single.op)
  ) {
    return (node) => node === single;
  }
  const inner = readers[0]?.scope ?? [];
  return (node) => inner.length === scope.length + 1 && same(node.scope, inner);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, at) => part === b[at]);
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, dim) => all * dim, 1);
}
