import type { Container, GraphNode, SymbolicTensor } from './tfjs.js';

/**
 * The uses of layers in a model in the order in which Keras runs them: by their distance from the outputs, and of several at the same distance
 * in the order in which these distances are found. Inputs are left out.
 */
export function nodesInOrder(model: Container): GraphNode[] {
  const { nodesByDepth } = model;
  const depths = Object.keys(nodesByDepth).map(Number);
  const ranks = new Map(foundFromOutputs(model).map((node, rank) => [node, rank]));
  const rank = (node: GraphNode) => ranks.get(node) ?? ranks.size;
  return depths
    .sort((a, b) => b - a)
    .flatMap((depth) => [...(nodesByDepth[depth] ?? [])].sort((a, b) => rank(a) - rank(b)))
    .filter(({ outboundLayer }) => outboundLayer.getClassName() !== 'InputLayer');
}

/**
 * Nodes in the order in which Keras comes upon them as it goes back from the outputs: every node, then those that it gets its inputs from, from
 * the end of a depth-first order.
 */
function foundFromOutputs({ outputs }: Container): GraphNode[] {
  const ordered = new Set<GraphNode>();
  const visit = (tensor: SymbolicTensor) => {
    const stack = [{ node: nodeOf(tensor), next: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const parent = parentsOf(top.node)[top.next++];
      if (parent === undefined || ordered.has(top.node)) {
        ordered.add(top.node);
        stack.pop();
      } else if (!ordered.has(parent)) stack.push({ node: parent, next: 0 });
    }
  };
  for (const output of outputs) visit(output);
  const found = new Set<GraphNode>();
  for (const node of [...ordered].reverse()) {
    found.add(node);
    for (const parent of parentsOf(node)) found.add(parent);
  }
  return [...found];
}

function parentsOf({ inputTensors, inboundLayers }: GraphNode): GraphNode[] {
  return inboundLayers.length === 0 ? [] : inputTensors.map(nodeOf);
}

function nodeOf({ sourceLayer, nodeIndex }: SymbolicTensor): GraphNode {
  return sourceLayer.inboundNodes[nodeIndex]!;
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
  return applied.filter(({ sourceLayer }) => sourceLayer.getClassName() !== 'InputLayer').map(nodeOf);
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
