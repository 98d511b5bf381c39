import type { Container, GraphNode, SymbolicTensor } from './tfjs.js';

/**
 * The uses of layers in a model in the order in which Keras runs them, by their distance from the outputs: the order of `model.layers`.
 * Inputs are left out.
 */
export function nodesInOrder({ nodesByDepth }: Container): GraphNode[] {
  const depths = Object.keys(nodesByDepth).map(Number);
  return depths
    .sort((a, b) => b - a)
    .flatMap((depth) => nodesByDepth[depth] ?? [])
    .filter(({ outboundLayer }) => outboundLayer.getClassName() !== 'InputLayer');
}

/**
 * The uses of layers in the order in which TensorFlow.js applies them in a run of the model, which is another one: depth-first from the outputs,
 * the last of several inputs first. A node of which several outputs are used is applied once for each of them.
 */
export function nodesAsApplied({ inputs, outputs }: Container): GraphNode[] {
  const fed = inputs.map(({ name }) => name);
  const visited = new Set<string>();
  const applied: SymbolicTensor[] = [];
  for (const output of outputs) {
    for (const tensor of sorted(output, fed)) {
      if (visited.has(tensor.name)) continue;
      visited.add(tensor.name);
      applied.push(tensor);
    }
  }
  return applied
    .filter(({ sourceLayer }) => sourceLayer.getClassName() !== 'InputLayer')
    .map(({ sourceLayer, nodeIndex }) => sourceLayer.inboundNodes[nodeIndex]!);
}

/** What is needed for one output, each after what it needs itself. */
function sorted(output: SymbolicTensor, fed: readonly string[]): SymbolicTensor[] {
  const visited = new Set(fed);
  const expanded = new Set<SymbolicTensor>();
  const result: SymbolicTensor[] = [];
  const stack = [output];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (visited.has(top.name)) {
      stack.pop();
    } else if (top.inputs.length === 0 || expanded.has(top)) {
      stack.pop();
      visited.add(top.name);
      result.push(top);
    } else {
      expanded.add(top);
      stack.push(...top.inputs.filter(({ name }) => !visited.has(name)));
    }
  }
  return result;
}
