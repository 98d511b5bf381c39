import type { Conditional, Loop } from '../graph.js';
import { dataInputs, type FlatNode, indexOf, nodeOf } from './flat.js';
import { topological } from './order.js';

/** What a graph's values are, whatever level of loops and conditionals they are at. */
interface Values {
  /** Whether a value comes from outside: nothing behind it is needed. */
  given(value: string): boolean;
  /** The value that is really made for one that stands for it. */
  resolve(value: string): string;
}

/**
 * The nodes that the wanted values need, each before those that read it, otherwise in their own order; their
 * inputs are the values that really are made, control dependencies left out. Loops and conditionals keep what is needed
 * of them, and have as inputs all that they read of the graph around them.
 * @param given values that come from outside or are constants: nothing behind them is needed
 */
export function neededNodes(
  nodes: readonly FlatNode[],
  wanted: readonly string[],
  given: (value: string) => boolean,
  resolve: (value: string) => string,
): FlatNode[] {
  const level = new Level(nodes, { given, resolve }, () => {});
  level.want(wanted);
  return level.nodes();
}

/** One graph of nodes: the main one, or what a loop or a branch runs. */
class Level {
  private readonly makers: Map<string, FlatNode>;
  private readonly needed = new Map<FlatNode, Plain | NeededLoop | NeededConditional>();
  private readonly pending: string[] = [];
  private busy = false;

  /** @param outside told of the values that are read and not made here */
  constructor(
    private readonly all: readonly FlatNode[],
    private readonly values: Values,
    private readonly outside: (value: string) => void,
  ) {
    this.makers = new Map(all.map((node) => [node.name, node]));
  }

  want(wanted: Iterable<string>): void {
    this.pending.push(...wanted);
    // What a loop of this level reads comes in while it is at work.
    if (this.busy) return;
    this.busy = true;
    for (let next = this.pending.pop(); next !== undefined; next = this.pending.pop()) {
      const value = this.values.resolve(next);
      if (this.values.given(value)) continue;
      const node = this.makers.get(nodeOf(value));
      if (node) this.of(node).want(value);
      else this.outside(value);
    }
    this.busy = false;
  }

  nodes(): FlatNode[] {
    return topological(this.all.flatMap((node) => this.needed.get(node)?.node() ?? []));
  }

  private of(node: FlatNode): Plain | NeededLoop | NeededConditional {
    const known = this.needed.get(node);
    if (known) return known;
    const { control } = node;
    const read = (values: Iterable<string>) => this.want(values);
    const made = !control
      ? new Plain(node, this.values, read)
      : control.kind === 'loop'
        ? new NeededLoop(node, control, this.values, read)
        : new NeededConditional(node, control, this.values, read);
    this.needed.set(node, made);
    made.start();
    return made;
  }
}

class Plain {
  private readonly inputs: string[];

  constructor(
    private readonly own: FlatNode,
    values: Values,
    private readonly read: (values: Iterable<string>) => void,
  ) {
    this.inputs = dataInputs(own).map(values.resolve);
  }

  start(): void {
    this.read(this.inputs);
  }

  want(_value: string): void {}

  node(): FlatNode {
    return { ...this.own, inputs: this.inputs };
  }
}

/** A loop keeps the variables whose results are wanted, and those that these or its condition need. */
class NeededLoop {
  private readonly body: Level;
  private readonly condition: Level;
  private readonly variables = new Set<number>();
  private readonly results = new Set<string>();
  private readonly reads = new Set<string>();

  constructor(
    private readonly own: FlatNode,
    private readonly loop: Loop<FlatNode>,
    private readonly values: Values,
    private readonly read: (values: Iterable<string>) => void,
  ) {
    const places = new Map(loop.variables.map(({ value }, at) => [value, at]));
    const outside = (value: string) => {
      const place = places.get(value);
      if (place === undefined) this.readOutside(value);
      else this.keep(place);
    };
    this.body = new Level(loop.body.nodes, values, outside);
    this.condition = new Level(loop.condition.nodes, values, outside);
  }

  start(): void {
    this.condition.want(this.loop.condition.outputs);
  }

  want(value: string): void {
    this.results.add(value);
    this.keep(indexOf(value));
  }

  node(): FlatNode {
    const kept = [...this.variables].sort((a, b) => a - b);
    const { variables, condition, body } = this.loop;
    const resolved = (graph: { outputs: string[] }) => graph.outputs.map(this.values.resolve);
    const next = resolved(body);
    const control: Loop<FlatNode> = {
      kind: 'loop',
      variables: kept.map((at) => {
        const variable = variables[at]!;
        return {
          ...variable,
          initial: this.values.resolve(variable.initial),
          result: this.results.has(variable.result) ? variable.result : '',
        };
      }),
      condition: { nodes: this.condition.nodes(), outputs: resolved(condition) },
      body: { nodes: this.body.nodes(), outputs: kept.map((at) => next[at]!) },
    };
    const outputs = control.variables.map(({ result }) => result);
    return { ...this.own, inputs: [...this.reads], control, outputs };
  }

  private keep(place: number): void {
    if (this.variables.has(place)) return;
    this.variables.add(place);
    this.readOutside(this.values.resolve(this.loop.variables[place]!.initial));
    this.body.want([this.loop.body.outputs[place]!]);
  }

  private readOutside(value: string): void {
    this.reads.add(value);
    this.read([value]);
  }
}

/** A conditional keeps the outputs that are wanted. */
class NeededConditional {
  private readonly branches: Level[];
  private readonly wanted = new Set<number>();
  private readonly reads = new Set<string>();

  constructor(
    private readonly own: FlatNode,
    private readonly conditional: Conditional<FlatNode>,
    private readonly values: Values,
    private readonly read: (values: Iterable<string>) => void,
  ) {
    const outside = (value: string) => this.readOutside(value);
    this.branches = conditional.branches.map((branch) => new Level(branch.nodes, values, outside));
  }

  start(): void {
    this.readOutside(this.values.resolve(dataInputs(this.own)[0]!));
  }

  want(value: string): void {
    const place = indexOf(value);
    this.wanted.add(place);
    for (const [at, branch] of this.branches.entries()) {
      branch.want([this.conditional.branches[at]!.outputs[place]!]);
    }
  }

  node(): FlatNode {
    const kept = [...this.wanted].sort((a, b) => a - b);
    const branches = this.branches.map((level, at) => ({
      nodes: level.nodes(),
      outputs: kept.map((place) => this.values.resolve(this.conditional.branches[at]!.outputs[place]!)),
    }));
    const outputs = kept.map((place) => `${this.own.name}:${place}`);
    const control: Conditional<FlatNode> = { kind: 'conditional', branches };
    return { ...this.own, inputs: [...this.reads], control, outputs };
  }

  private readOutside(value: string): void {
    this.reads.add(value);
    this.read([value]);
  }
}
