import { dataInputs, type FlatNode, nodeOf } from './flat.js';
import { PASSES } from './inference.js';
import { resolver } from './inline.js';
import { knownNumbers } from './known-numbers.js';

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
  for (const node of nodes) {
    if (PASSES.has(node.op) && !fed.has(`${node.name}:0`))
      aliases.set(`${node.name}:0`, node.inputs[0] ?? '');
    if (node.op !== 'IdentityN') continue;
    for (const [at, input] of dataInputs(node).entries()) aliases.set(`${node.name}:${at}`, input);
  }
  resolveConditions(nodes, aliases);
}

/** TF1's conditionals: `Switch` sends a value down one of two ways, `Merge` takes what arrives. */
function resolveConditions(nodes: readonly FlatNode[], aliases: Map<string, string>): void {
  if (!nodes.some((node) => node.op === 'Switch' || node.op === 'RefSwitch')) return;
  const resolve = resolver(aliases);
  const byName = new Map(nodes.map((node) => [node.name, node]));
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

/**
 * The nodes that the wanted values need, each before those that read it, otherwise in their own order; their
 * inputs are the values that really are made, control dependencies left out.
 * @param given values that come from outside or are constants: nothing behind them is needed
 */
export function neededNodes(
  nodes: readonly FlatNode[],
  wanted: readonly string[],
  given: (value: string) => boolean,
  resolve: (value: string) => string,
): FlatNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Map<string, FlatNode>();
  const pending = wanted.map(resolve);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const name = nodeOf(value);
    const node = byName.get(name);
    if (given(value) || !node || needed.has(name)) continue;
    const inputs = dataInputs(node).map(resolve);
    needed.set(name, { ...node, inputs });
    for (const input of inputs) pending.push(input);
  }
  return topological(nodes.flatMap((node) => needed.get(node.name) ?? []));
}

/** Stable: takes, of the nodes whose inputs are there, the one traced first. Loops (TF1's `NextIteration`) stay in their order. */
function topological(nodes: readonly FlatNode[]): FlatNode[] {
  const placeOf = new Map(nodes.map((node, place) => [node.name, place]));
  const sources = nodes.map((node) =>
    node.inputs.flatMap((input) => {
      const place = placeOf.get(nodeOf(input));
      return place === undefined || nodes[place]!.op === 'NextIteration' ? [] : [place];
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
