import type { GraphNode } from '../../graph.js';

/** Whether a node is in a scope itself, not in one within. */
export function isAt(node: GraphNode, scope: readonly string[]): boolean {
  return node.scope.length === scope.length && isIn(node, scope);
}

/** Whether a node is in a scope, itself or in one within. */
export function isIn(node: GraphNode, scope: readonly string[]): boolean {
  return scope.every((part, at) => node.scope[at] === part);
}
