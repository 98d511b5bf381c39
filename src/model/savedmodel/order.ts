import { type FlatNode, nodeOf } from './flat.js';

/**
 * Nodes, each behind those whose values it reads. Stable: takes, of the nodes whose inputs are there, the one traced first. TF1's loops
 * (`NextIteration`) stay in their order.
 */
export function topological(nodes: readonly FlatNode[]): FlatNode[] {
  const placeOf = new Map(nodes.map((node, place) => [node.name, place]));
  const sources = nodes.map((node) =>
    node.inputs.flatMap((input) => {
      const place = placeOf.get(nodeOf(input));
      return place === undefined || nodes[place]!.op.endsWith('NextIteration') ? [] : [place];
    }),
  );
  if (sources.every((from, place) => from.every((source) => source < place))) return [...nodes];
  const done = new Array<boolean>(nodes.length).fill(false);
  const entered = new Array<boolean>(nodes.length).fill(false);
  const ordered: FlatNode[] = [];
  for (const start of nodes.keys()) {
    const stack = [start];
    for (let place = stack.at(-1); place !== undefined; place = stack.at(-1)) {
      const waiting = entered[place]
        ? []
        : sources[place]!.filter((source) => !done[source] && !entered[source]);
      entered[place] = true;
      if (waiting.length > 0) {
        stack.push(...waiting.sort((a, b) => b - a));
        continue;
      }
      stack.pop();
      if (!done[place]) ordered.push(nodes[place]!);
      done[place] = true;
    }
  }
  return ordered;
}
