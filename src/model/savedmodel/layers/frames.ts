import type { Graph, GraphNode } from '../../graph.js';

/** Nodes inside TF1's while loops, which run many times for one value of their inputs. */
export function nodesInLoops(graph: Graph): Set<GraphNode> {
  const inside = new Set<GraphNode>();
  const values = new Set<string>();
  for (const node of graph.nodes) {
    const enters = node.op === 'Enter' || node.op === 'RefEnter';
    const leaves = node.op === 'Exit' || node.op === 'RefExit';
    if (leaves || !(enters || node.inputs.some((value) => values.has(value)))) continue;
    inside.add(node);
    for (const value of node.outputs) values.add(value);
  }
  return inside;
}
