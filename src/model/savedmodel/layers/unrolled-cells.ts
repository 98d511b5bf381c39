import type { GraphNode } from '../../graph.js';
import type { Dataflow } from './dataflow.js';
import type { KernelUse } from './operations.js';
import { isIn } from './scopes.js';

/** A recurrent layer with a cell of the author's own, unrolled. */
export interface UnrolledCell<U> {
  /** The scopes of the layer. */
  scope: readonly string[];
  /** The uses of kernels in all of its steps. */
  uses: U[];
  /** Those of kernels that are applied to the state. */
  recurrent: U[];
}

/**
 * Recurrent layers that are unrolled, by what they do: within one scope a series is unpacked into steps, a kernel is used once in
 * each, and what it makes in one step goes into the next.
 */
export function unrolledCells<U extends KernelUse>(
  nodes: readonly GraphNode[],
  uses: readonly U[],
  flow: Dataflow,
): UnrolledCell<U>[] {
  return nodes.flatMap((node) => {
    const { op, scope, outputs, inputs } = node;
    if (op !== 'Unpack' || scope.length === 0 || outputs.length < 2 || !flow.dependsOnInputs(inputs[0]!))
      return [];
    const inside = uses.filter((use) => isIn(use.node, scope));
    const byKernel = new Map<string, U[]>();
    for (const use of inside) {
      const key = use.kernel.values.join();
      byKernel.set(key, [...(byKernel.get(key) ?? []), use]);
    }
    const chains = [...byKernel.values()].filter(
      (steps) => steps.length === outputs.length && isChain(steps, scope, flow),
    );
    return chains.length > 0 ? [{ scope, uses: inside, recurrent: chains.flat() }] : [];
  });
}

/** Whether each step is made of the one before. */
function isChain(steps: readonly KernelUse[], scope: readonly string[], flow: Dataflow): boolean {
  return steps.every((step, at) => {
    const next = steps[at + 1];
    if (!next) return true;
    const found = new Set(step.node.outputs);
    for (const value of found) {
      if (value === next.data) return true;
      for (const reader of flow.readersOf(value)) {
        if (isIn(reader, scope)) for (const output of reader.outputs) found.add(output);
      }
    }
    return false;
  });
}
