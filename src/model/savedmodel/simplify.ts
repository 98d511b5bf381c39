import { graphsOf } from '../graph.js';
import { dataInputs, type FlatNode, nodeOf } from './flat.js';
import { PASSES } from './inference.js';
import { resolver } from './inline.js';
import { knownNumbers } from './known-numbers.js';
import { topological } from './order.js';

/**
 * Adds to `aliases` what stands for something else when the network is run for inference: values that are only
 * passed on, reads of variables, the branch that a known condition takes.
 * @param fed values that are given from outside, which stand for themselves
 */
export function simplify(
  nodes: readonly FlatNode[],
  aliases: Map<string, string>,
  fed: ReadonlySet<string>,
): void {
  const graphs = [nodes];
  for (const graph of graphs) {
    for (const node of graph) graphs.push(...graphsOf(node.control).map((inner) => inner.nodes));
    passValues(graph, aliases, fed);
  }
  const byName = new Map(graphs.flat().map((node) => [node.name, node]));
  for (const graph of graphs) resolveConditions(graph, aliases, byName);
}

function passValues(
  nodes: readonly FlatNode[],
  aliases: Map<string, string>,
  fed: ReadonlySet<string>,
): void {
  for (const node of nodes) {
    if (PASSES.has(node.op) && !node.assigned && !fed.has(`${node.name}:0`))
      aliases.set(`${node.name}:0`, node.inputs[0] ?? '');
    if (node.op !== 'IdentityN') continue;
    for (const [at, input] of dataInputs(node).entries()) aliases.set(`${node.name}:${at}`, input);
  }
}

/** TF1's conditionals: `Switch` sends a value down one of two ways, `Merge` takes what arrives. */
function resolveConditions(
  nodes: readonly FlatNode[],
  aliases: Map<string, string>,
  byName: ReadonlyMap<string, FlatNode>,
): void {
  if (!nodes.some((node) => node.op === 'Switch' || node.op === 'RefSwitch')) return;
  const resolve = resolver(aliases);
  const find = (value: string) => byName.get(nodeOf(resolve(value)));
  const dead = new Set<string>();
  const isDead = (value: string) => dead.has(value) || dead.has(nodeOf(value));
  // A switch may be noted after the operation that it was put before.
  const ordered = topological(nodes.map((node) => ({ ...node, inputs: dataInputs(node).map(resolve) })));
  for (const node of ordered) {
    const inputs = node.inputs.map(resolve);
    if (node.op === 'Switch' || node.op === 'RefSwitch') {
      const [taken] = knownNumbers(inputs[1] ?? '', find) ?? [];
      if (isDead(inputs[0] ?? '')) dead.add(node.name);
      else if (typeof taken === 'number') {
        aliases.set(`${node.name}:${taken ? 1 : 0}`, inputs[0] ?? '');
        dead.add(`${node.name}:${taken ? 0 : 1}`);
      }
    } else if (node.op === 'Merge' || node.op === 'RefMerge') {
      const alive = inputs.filter((value) => !isDead(value));
      if (alive.length === 1 && inputs.length > 1) aliases.set(`${node.name}:0`, alive[0]!);
      else if (alive.length === 0) dead.add(node.name);
    } else if (inputs.some(isDead)) {
      dead.add(node.name);
    }
  }
}
