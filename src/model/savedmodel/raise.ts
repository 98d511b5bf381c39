import { graphsOf } from '../graph.js';
import type { FlatNode } from './flat.js';
import { raiseLoops } from './frames.js';
import { raiseConditionals } from './switches.js';

/**
 * Raises TF1's loops and conditionals to nodes with graphs of their own, in a graph and in all that its nodes run.
 * @param aliases gets what stands for something else now
 */
export function raiseControlFlow(nodes: readonly FlatNode[], aliases: Map<string, string>): FlatNode[] {
  // A loop's condition and its body may be one graph.
  const raised = new Map<readonly FlatNode[], FlatNode[]>();
  const raise = (graph: readonly FlatNode[]): FlatNode[] => {
    const known = raised.get(graph);
    if (known) return known;
    const result = raiseConditionals(raiseLoops(graph, aliases), aliases);
    raised.set(graph, result);
    for (const inner of result.flatMap(({ control }) => graphsOf(control))) inner.nodes = raise(inner.nodes);
    return result;
  };
  return raise(nodes);
}
