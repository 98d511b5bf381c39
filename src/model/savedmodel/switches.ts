import { graphsOf } from '../graph.js';
import { dataInputs, type FlatNode, indexOf, isControl, nodeOf, valuesRead } from './flat.js';
import { resolver } from './inline.js';

/** When a value is made: the sides that conditions have to take, by the conditions. */
type Guards = ReadonlyMap<string, number>;

/** What is known of a node: when it runs, and behind how many conditionals. */
interface Known {
  guards: Guards;
  stage: number;
  /** For a `Merge`: the condition that decides, and the side that its first input stands for. */
  decided?: { by: string; first: number };
}

const ALWAYS: Guards = new Map();

/**
 * Raises TF1's conditionals, in which `Switch` sends a value down one of two ways and `Merge` takes what arrives, to conditionals with
 * branches, as TF2 has them: an `If` whose outputs go to the `Merge`s. Those within a branch are left there as they are.
 * @param nodes one graph of nodes, loops being raised already
 * @param aliases gets what the switches hand on
 */
export function raiseConditionals(nodes: readonly FlatNode[], aliases: Map<string, string>): FlatNode[] {
  if (!nodes.some(isSwitch)) return [...nodes];
  const guarded = new Guarded(nodes, resolver(aliases));
  const groups = new Map<string, FlatNode[]>();
  for (const node of nodes) {
    const { guards, stage, decided } = guarded.of(node);
    if (!decided || guards.size > 0) continue;
    // One conditional may need what another with the same condition gave.
    const key = `${stage} ${decided.by}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  const outputs = new Map<FlatNode, string>();
  const conditionals = new Map<FlatNode, FlatNode>();
  const gone = new Set<FlatNode>();
  for (const merges of groups.values()) {
    const first = merges[0]!;
    const conditional = conditionalOf(merges, guarded);
    conditionals.set(first, conditional);
    for (const [at, merge] of merges.entries()) outputs.set(merge, `${conditional.name}:${at}`);
    for (const { nodes: inside } of graphsOf(conditional.control)) for (const node of inside) gone.add(node);
    for (const node of guarded.switchesOn(guarded.of(first).decided!.by)) {
      gone.add(node);
      for (const side of [0, 1]) aliases.set(`${node.name}:${side}`, node.inputs[0]!);
    }
  }
  return nodes.flatMap((node) => {
    if (gone.has(node)) return [];
    const output = outputs.get(node);
    return [
      ...(conditionals.has(node) ? [conditionals.get(node)!] : []),
      output === undefined ? node : { ...node, op: 'Merge', inputs: [output] },
    ];
  });
}

function conditionalOf(merges: readonly FlatNode[], guarded: Guarded): FlatNode {
  const first = merges[0]!;
  const { by } = guarded.of(first).decided!;
  const branches = [0, 1].map((side) => ({
    nodes: guarded.nodesIn(by, side),
    outputs: merges.map((merge) => dataInputs(merge)[guarded.of(merge).decided!.first === side ? 0 : 1]!),
  }));
  return {
    name: `${first.name}/delve_conditional`,
    op: 'If',
    inputs: [by],
    attrs: {},
    // The conditional's own scope is inside it.
    scope: first.scope.slice(0, -1),
    control: { kind: 'conditional', branches },
  };
}

function isSwitch(node: FlatNode): boolean {
  return node.op === 'Switch' || node.op === 'RefSwitch';
}

function isMerge(node: FlatNode): boolean {
  return node.op === 'Merge' || node.op === 'RefMerge';
}

/** Tells when the nodes of a graph run. */
class Guarded {
  private readonly makers: ReadonlyMap<string, FlatNode>;
  private readonly known = new Map<FlatNode, Known>();
  private readonly conditions = new Map<FlatNode, string>();
  private readonly branches = new Map<string, FlatNode[]>();

  constructor(
    private readonly nodes: readonly FlatNode[],
    private readonly resolve: (value: string) => string,
  ) {
    this.makers = new Map(nodes.map((node) => [node.name, node]));
    for (const node of nodes) if (isSwitch(node)) this.conditions.set(node, resolve(node.inputs[1]!));
    for (const node of nodes) this.find(node);
  }

  of(node: FlatNode): Known {
    return this.known.get(node)!;
  }

  /** The nodes that run where a condition takes a side: one graph, whichever conditional asks for it. */
  nodesIn(condition: string, side: number): FlatNode[] {
    const key = `${condition} ${side}`;
    const nodes =
      this.branches.get(key) ?? this.nodes.filter((node) => this.of(node).guards.get(condition) === side);
    this.branches.set(key, nodes);
    return nodes;
  }

  /** The switches, in no branch, that ask a condition. */
  switchesOn(condition: string): FlatNode[] {
    return this.nodes.filter(
      (node) => this.conditions.get(node) === condition && this.of(node).guards.size === 0,
    );
  }

  /** Finds out about a node, those that it reads first; without recursion, for long chains. */
  private find(start: FlatNode): void {
    const stack = [start];
    const entered = new Set<FlatNode>();
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const waiting = entered.has(node) ? [] : this.readBy(node).filter((maker) => !this.known.has(maker));
      entered.add(node);
      if (waiting.length > 0 && !this.known.has(node)) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      if (!this.known.has(node)) this.known.set(node, this.knownOf(node));
    }
  }

  private readBy(node: FlatNode): FlatNode[] {
    return [...this.valuesOf(node)].flatMap((value) => this.makers.get(nodeOf(value)) ?? []);
  }

  /** What a node waits for: a control dependency on a switch's outlet ties constants to their branch. */
  private valuesOf(node: FlatNode): Set<string> {
    const controls = node.inputs.filter(isControl).map((input) => this.resolve(`${input.slice(1)}:0`));
    return new Set([...valuesRead(node).map(this.resolve), ...controls]);
  }

  private knownOf(node: FlatNode): Known {
    const values = [...this.valuesOf(node)];
    const stage = Math.max(0, ...values.map((value) => this.stageOf(value)));
    if (isMerge(node) && dataInputs(node).length === 2) return this.knownOfMerge(node, stage);
    const guards = new Map<string, number>();
    for (const value of values) for (const [by, side] of this.guardsOf(value)) guards.set(by, side);
    return { guards, stage };
  }

  private knownOfMerge(node: FlatNode, stage: number): Known {
    const [a, b] = dataInputs(node).map((value) => this.guardsOf(this.resolve(value)));
    const opposed = [...a!].find(([by, side]) => b!.has(by) && b!.get(by) !== side);
    // A constant may be tied to its branch by nothing.
    const single = [...a!].find(([by]) => !b!.has(by)) ?? [...b!].find(([by]) => !a!.has(by));
    const [by] = opposed ?? single ?? [];
    if (by === undefined) return { guards: ALWAYS, stage };
    const first = a!.get(by) ?? 1 - b!.get(by)!;
    const guards = new Map([...a!].filter(([other, side]) => other !== by && b!.get(other) === side));
    return { guards, stage: stage + 1, decided: { by, first } };
  }

  private stageOf(value: string): number {
    const maker = this.makers.get(nodeOf(value));
    return (maker && this.known.get(maker)?.stage) ?? 0;
  }

  private guardsOf(value: string): Guards {
    const maker = this.makers.get(nodeOf(value));
    const known = maker && this.known.get(maker);
    if (!maker || !known) return ALWAYS;
    if (!this.conditions.has(maker)) return known.guards;
    return new Map([...known.guards, [this.conditions.get(maker)!, indexOf(value)]]);
  }
}
