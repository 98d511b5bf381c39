import type { GraphNode } from '../../graph.js';
import type { LayerFamily } from '../../layer.js';
import type { Dataflow, Source } from './dataflow.js';

/** An operation of the network that applies a kernel to data. */
export interface KernelUse {
  node: GraphNode;
  family: LayerFamily;
  /** The field's term without its rank: `conv`, `depthwise-conv`, `conv-transpose`, `dense`. */
  term: string;
  kernel: Source;
  /** The value that the kernel is applied to. */
  data: string;
  /** The kernel's operand as the operation reads it. */
  operand: string;
}

interface Operation {
  family: LayerFamily;
  term: string;
  /** Which inputs may be the kernel, and which then is the data. */
  operands: readonly (readonly [kernel: number, data: number])[];
}

const FORWARD: Operation['operands'] = [[1, 0]];
const EITHER: Operation['operands'] = [
  [1, 0],
  [0, 1],
];

const conv = (term: string, operands = FORWARD): Operation => ({ family: 'convolution', term, operands });
const dense: Operation = { family: 'dense', term: 'dense', operands: EITHER };

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['Conv2D', conv('conv')],
  ['Conv3D', conv('conv')],
  ['DepthwiseConv2dNative', conv('depthwise-conv')],
  ['Conv2DBackpropInput', conv('conv-transpose', [[1, 2]])],
  ['Conv3DBackpropInputV2', conv('conv-transpose', [[1, 2]])],
  ['MatMul', dense],
  ['BatchMatMul', dense],
  ['BatchMatMulV2', dense],
  ['BatchMatMulV3', dense],
  ['Einsum', dense],
]);

/** What a node does as a kernel's use; undefined where it uses none (attention's scores, a product of two activations). */
export function kernelUse(node: GraphNode, flow: Dataflow): KernelUse | undefined {
  const operation = OPERATIONS.get(node.op);
  if (!operation) return undefined;
  for (const [kernelAt, dataAt] of operation.operands) {
    const operand = node.inputs[kernelAt];
    const data = node.inputs[dataAt];
    if (operand === undefined || data === undefined || !flow.dependsOnInputs(data)) continue;
    const kernel = flow.sourceOf(operand);
    if (kernel) return { node, family: operation.family, term: operation.term, kernel, data, operand };
  }
  return undefined;
}
