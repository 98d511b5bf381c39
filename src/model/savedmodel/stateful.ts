import type { Graph, GraphInput } from '../graph.js';

/**
 * The inputs with the size of the batch that layers with a state of their own fix: what such a layer starts from is saved
 * for so many samples, though the signature may leave their number open.
 */
export function inputsInBatches(graph: Graph): GraphInput[] {
  const size = stateSize(graph);
  if (size === undefined) return graph.inputs;
  return graph.inputs.map((input) => {
    const [batch, ...rest] = input.shape ?? [0];
    return batch === null ? { ...input, shape: [size, ...rest] } : input;
  });
}

/** For how many samples a loop's first state is saved. */
function stateSize({ nodes, constants }: Graph): number | undefined {
  for (const { control } of nodes) {
    if (control?.kind !== 'loop') continue;
    for (const { initial, shape } of control.variables) {
      const constant = constants.get(initial);
      const [samples] = constant?.shape ?? [];
      if (constant?.variable !== undefined && constant.shape.length > 1 && shape?.[0] === samples)
        return samples;
    }
  }
  return undefined;
}
