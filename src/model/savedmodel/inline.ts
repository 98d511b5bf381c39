import { UserError } from '../../errors.js';
import type { AttrValue, FunctionDef, NameAttrList, NodeDef, OpDef } from '../proto/tensorflow_pb.js';
import { type Attrs, countOf, dataInputs, type FlatNode, isControl, nodeOf, type OpDefs } from './flat.js';
import { handedOn } from './invariants.js';
import { knownNumbers } from './known-numbers.js';
import { shapeOf } from './tensor-proto.js';

/** A graph with its function calls inlined, before values that stand for others are replaced. */
export interface InlinedGraph {
  nodes: FlatNode[];
  /** The value that a value stands for: a call's output for what the function returns. */
  aliases: Map<string, string>;
  /** For each node of the main graph that called a function: the function, and what was given to it. */
  calls: { function: string; args: string[] }[];
  /** For each call that was inlined: what has to have run before what waits for the call may (`^node`), where controls are followed. */
  effects: Map<string, string[]>;
}

/** What is needed to read one graph of nodes: the main one, or a function's. */
interface Body {
  nodes: ReadonlyMap<string, NodeDef>;
  /** Before every name: the path of calls that led here. */
  prefix: string;
  scope: string[];
  /** The caller's values by the function's argument names. */
  args: ReadonlyMap<string, string[]>;
  /** The call's attributes, which stand for placeholders in the function's. */
  attrs: Attrs;
  /** Functions that are being inlined around this, the outermost first. */
  chain: string[];
  /** What has to have run before any of its nodes may: `^node`. */
  waits: string[];
  /** Whether XLA is to compile it. */
  compiled: boolean;
  /** The values that it returns. */
  results: string[];
  /** Whether it is run again and again. */
  repeated: boolean;
  /** Nodes that are wanted, in the order of tracing, and what was made of them. */
  wanted: NodeDef[];
  entries: (FlatNode | Body)[];
}

const CALLS: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
/** Operations that choose between functions by their first input. */
const CONDITIONALS: ReadonlySet<string> = new Set(['If', 'StatelessIf', 'Case', 'StatelessCase']);
const LOOPS: ReadonlySet<string> = new Set(['While', 'StatelessWhile']);

/** What a node calls. */
interface Called {
  name: string;
  def: FunctionDef;
  attrs: Attrs;
  /** How many of the node's inputs are not the function's. */
  before: number;
}

interface InlineOptions {
  /** Also follows control dependencies and runs all of a function, as what is run for its effect needs. */
  control?: boolean;
  /** Values of the main graph that are given from outside: nothing behind them is wanted. */
  stopAt?: ReadonlySet<string>;
  /** Also inlines what loops and conditionals run, each as a graph of its own (`FlatNode.control`). */
  bodies?: boolean;
}

/**
 * Inlines the functions that a main graph calls, in place and in the order in which their nodes were traced. Of a conditional
 * whose condition is known (a training switch, a size), the branch that it takes is inlined. Loops and other conditionals stay, with
 * graphs of their own where these are asked for.
 */
export class Inliner {
  private readonly main: ReadonlyMap<string, NodeDef>;

  constructor(
    mainNodes: readonly NodeDef[],
    private readonly functions: ReadonlyMap<string, FunctionDef>,
    private readonly opDefs: OpDefs,
    private readonly file: string,
  ) {
    this.main = new Map(mainNodes.map((node) => [node.name, node]));
  }

  /**
   * The nodes that the given values (or `^node`) of the main graph need.
   * @throws UserError if the graph refers to what it does not hold
   */
  inline(roots: readonly string[], options: InlineOptions = {}): InlinedGraph {
    const aliases = new Map<string, string>();
    const effects = new Map<string, string[]>();
    const calls: InlinedGraph['calls'] = [];
    const main: Body = {
      nodes: this.main,
      prefix: '',
      scope: [],
      args: new Map(),
      attrs: {},
      chain: [],
      waits: [],
      compiled: false,
      results: [],
      repeated: false,
      wanted: this.wantedIn(this.main, roots.map(nodeOf), new Set(), options),
      entries: [],
    };
    const bodies = new Map([['', main]]);
    const find = this.finder(bodies, aliases);
    const pending = [main];
    const controls: (() => void)[] = [];
    for (let body = pending.pop(); body; body = pending.pop()) {
      for (const node of body.wanted) {
        const called = this.functionOf(node, body, find);
        if (!called) {
          const flat = this.flatten(node, body);
          body.entries.push(flat);
          if (!options.bodies) continue;
          const run = this.runBy(node, body, aliases);
          for (const inner of run) {
            bodies.set(inner.prefix, inner);
            pending.push(inner);
          }
          if (run.length > 0) controls.push(() => this.addControl(flat, run));
          continue;
        }
        const inner = this.enter(node, called, body, aliases, options.control ?? false);
        if (options.control) effects.set(body.prefix + node.name, this.effectsOf(called, inner));
        if (body === main) calls.push({ function: called.name, args: [...inner.args.values()].flat() });
        body.entries.push(inner);
        bodies.set(inner.prefix, inner);
        pending.push(inner);
      }
    }
    for (const add of controls) add();
    return { nodes: inOrder(main), aliases, calls, effects };
  }

  /** Finds the node that makes a value, in any body that was entered. */
  private finder(bodies: ReadonlyMap<string, Body>, aliases: ReadonlyMap<string, string>) {
    const resolve = resolver(aliases);
    return (value: string): FlatNode | undefined => {
      const path = nodeOf(resolve(value));
      for (let end = path.length; end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 2) + 1) {
        const body = bodies.get(path.slice(0, end));
        const node = body?.nodes.get(path.slice(end));
        if (body && node) return this.flatten(node, body);
      }
      return undefined;
    };
  }

  private functionOf(
    node: NodeDef,
    body: Body,
    find: (value: string) => FlatNode | undefined,
  ): Called | undefined {
    if (CALLS.has(node.op)) return this.calledBy(node, 'f', 0);
    if (CONDITIONALS.has(node.op)) {
      const [condition, ...more] = knownNumbers(this.value(node.input[0] ?? '', body), find) ?? [];
      if (typeof condition !== 'number' || more.length > 0) return undefined;
      const branches = this.branchesOf(node);
      return branches[condition] ?? branches.at(-1);
    }
    const def = this.functions.get(node.op);
    return def && { name: node.op, def, attrs: node.attr, before: 0 };
  }

  private calledBy(node: NodeDef, attribute: string, before: number): Called {
    const f = node.attr[attribute]?.value;
    if (f?.case !== 'func') throw this.damaged(`the call ${node.name} names no function`);
    return this.named(f.value, node, before);
  }

  private named({ name, attr }: NameAttrList, node: NodeDef, before: number): Called {
    const def = this.functions.get(name);
    if (!def) throw this.damaged(`the call ${node.name} names the function ${name}, which is missing`);
    return { name, def, attrs: attr, before };
  }

  /** What a conditional chooses from: by 0 (false) the first, by any number beyond the last the last. */
  private branchesOf(node: NodeDef): Called[] {
    const list = node.attr.branches?.value;
    if (list?.case === 'list') return list.value.func.map((f) => this.named(f, node, 1));
    return [this.calledBy(node, 'else_branch', 1), this.calledBy(node, 'then_branch', 1)];
  }

  /** The bodies that a loop (its condition, what it repeats) or a conditional (its branches) runs; none for other nodes. */
  private runBy(node: NodeDef, caller: Body, aliases: Map<string, string>): Body[] {
    if (CONDITIONALS.has(node.op)) {
      return this.branchesOf(node).map((branch, at) => {
        const place = { prefix: `${caller.prefix}${node.name}/branch_${at}/`, scope: caller.scope };
        return this.open(branch, this.givenBy(node, branch, caller), node, place, caller, false);
      });
    }
    if (!LOOPS.has(node.op)) return [];
    const body = this.calledBy(node, 'body', 0);
    const initial = this.givenBy(node, body, caller);
    const variables = initial.map((_, at) => variableOf(caller.prefix + node.name, at));
    for (const [at, value] of initial.entries()) {
      if (handedOn(body.def, at, this.functions) !== at) continue;
      aliases.set(variables[at]!, value);
      aliases.set(`${caller.prefix}${node.name}:${at}`, value);
    }
    return [this.calledBy(node, 'cond', 0), body].map((called, at) => {
      const place = {
        prefix: `${caller.prefix}${node.name}/${at === 0 ? 'condition' : 'body'}/`,
        scope: caller.scope,
      };
      return this.open(called, variables, node, place, caller, false);
    });
  }

  private addControl(node: FlatNode, run: readonly Body[]): void {
    const graphs = run.map((body) => ({ nodes: inOrder(body), outputs: body.results }));
    if (CONDITIONALS.has(node.op)) {
      node.control = { kind: 'conditional', branches: graphs };
      return;
    }
    const shapes = node.attrs.output_shapes?.value;
    const told = shapes?.case === 'list' ? shapes.value.shape : [];
    const variables = dataInputs(node).map((initial, at) => ({
      value: variableOf(node.name, at),
      initial,
      result: `${node.name}:${at}`,
      shape: told[at] && shapeOf(told[at]),
    }));
    node.control = { kind: 'loop', variables, condition: graphs[0]!, body: graphs[1]! };
  }

  private enter(
    call: NodeDef,
    called: Called,
    caller: Body,
    aliases: Map<string, string>,
    control: boolean,
  ): Body {
    const place = {
      prefix: prefixOf(call, caller),
      scope: [...caller.scope, ...call.name.split('/').slice(0, -1)],
    };
    const body = this.open(called, this.givenBy(call, called, caller), call, place, caller, control);
    for (const [index, result] of body.results.entries()) {
      aliases.set(`${caller.prefix}${call.name}:${index}`, result);
    }
    return body;
  }

  /** The values that a node gives to the function that it calls. */
  private givenBy(node: NodeDef, { before }: Called, caller: Body): string[] {
    const inputs = node.input.filter((ref) => !isControl(ref)).slice(before);
    return inputs.map((ref) => this.value(ref, caller));
  }

  /** A function's body with the values that are given to it. */
  private open(
    called: Called,
    given: readonly string[],
    call: NodeDef,
    place: Pick<Body, 'prefix' | 'scope'>,
    caller: Body,
    control: boolean,
  ): Body {
    if (caller.chain.includes(called.name)) throw this.damaged(`the function ${called.name} calls itself`);
    const signature = called.def.signature;
    if (!signature) throw this.damaged(`the function ${called.name} has no signature`);
    const attrs = substitute(called.attrs, caller.attrs);
    const args = new Map<string, string[]>();
    let at = 0;
    for (const arg of signature.inputArg) {
      const count = countOf(arg, attrs, signature);
      args.set(arg.name, given.slice(at, at + count));
      at += count;
    }
    if (at !== given.length) {
      throw this.damaged(
        `the call ${call.name} gives ${given.length} values to ${called.name}, which takes ${at}`,
      );
    }
    const nodes = new Map(called.def.nodeDef.map((node) => [node.name, node]));
    const returned = signature.outputArg.map((arg) => {
      const ref = called.def.ret[arg.name];
      if (ref === undefined) throw this.damaged(`the function ${called.name} does not say what it returns`);
      return ref;
    });
    const roots = control ? [...nodes.keys()] : returned.map((ref) => ref.split(':', 1)[0]!);
    const body: Body = {
      nodes,
      ...place,
      args,
      attrs,
      chain: [...caller.chain, called.name],
      waits: control
        ? [...caller.waits, ...call.input.filter(isControl).map((ref) => this.value(ref, caller))]
        : [],
      compiled: caller.compiled || isCompiled(call),
      results: [],
      repeated: caller.repeated || LOOPS.has(call.op),
      wanted: this.wantedIn(nodes, roots, args, { control }),
      entries: [],
    };
    body.results = returned.map((ref) => this.value(ref, body));
    return body;
  }

  private flatten(node: NodeDef, body: Body): FlatNode {
    // Nodes behind others of the body wait as long as these do.
    const first = !node.input.some((ref) => body.nodes.has(nodeOf(ref).split(':', 1)[0]!));
    return {
      name: body.prefix + node.name,
      op: node.op,
      inputs: [...node.input.map((ref) => this.value(ref, body)), ...(first ? body.waits : [])],
      attrs: substitute(node.attr, body.attrs),
      scope: [...body.scope, ...node.name.split('/').slice(0, -1)],
      ...(body.compiled && { compiled: true }),
      ...(readsAssigned(node, body) && { assigned: true }),
    };
  }

  /** What a function does besides what it returns. */
  private effectsOf({ def }: Called, body: Body): string[] {
    return Object.values(def.controlRet).map((name) => this.value(`^${name}`, body));
  }

  /** Nodes from which the roots can be reached, in their own order. */
  private wantedIn(
    nodes: ReadonlyMap<string, NodeDef>,
    roots: readonly string[],
    args: { has(name: string): boolean },
    options: InlineOptions,
  ): NodeDef[] {
    const wanted = new Set<string>();
    const pending = roots.filter((name) => !args.has(name));
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (wanted.has(name)) continue;
      const node = nodes.get(name);
      if (!node) throw this.damaged(`a node "${name}" is referred to, but missing`);
      wanted.add(name);
      // TF1 ties a constant to its branch by a control dependency.
      const control = options.control || node.input.every(isControl);
      for (const ref of node.input) {
        if (isControl(ref) && !control) continue;
        if (options.stopAt?.has(ref.includes(':') ? ref : `${ref}:0`)) continue;
        const from = (isControl(ref) ? ref.slice(1) : ref).split(':', 1)[0]!;
        if (!args.has(from)) pending.push(from);
      }
    }
    return [...nodes.values()].filter((node) => wanted.has(node.name));
  }

  /** `node`, `node:index`, `node:argument:index` or a function's argument -> the value `node:index` of the whole. */
  private value(ref: string, body: Body): string {
    if (isControl(ref)) return `^${body.prefix}${ref.slice(1)}`;
    const [name = '', second, third] = ref.split(':');
    const arg = body.args.get(name);
    if (arg) {
      const given = arg[Number(second ?? 0)];
      if (given === undefined) throw this.damaged(`the argument ${ref} is missing`);
      return given;
    }
    if (second === undefined) return `${body.prefix}${name}:0`;
    if (third === undefined && /^\d+$/.test(second)) return `${body.prefix}${ref}`;
    const node = body.nodes.get(name);
    if (!node) throw this.damaged(`a node "${name}" is referred to, but missing`);
    return `${body.prefix}${name}:${this.outputIndex(node, second, Number(third ?? 0), body.attrs)}`;
  }

  private outputIndex(node: NodeDef, output: string, index: number, outer: Attrs): number {
    const def: OpDef | undefined = this.opDefs.get(node.op) ?? this.functions.get(node.op)?.signature;
    // Every output of a call is in its one list.
    if (CALLS.has(node.op)) return index;
    // Files leave out operations of branches within branches; those with several outputs are known (op-defs.ts).
    if (!def) return index;
    const attrs = substitute(node.attr, outer);
    let start = 0;
    for (const arg of def.outputArg) {
      if (arg.name === output) return start + index;
      start += countOf(arg, attrs, def);
    }
    throw this.damaged(`the node ${node.name} (${node.op}) has no output "${output}"`);
  }

  private damaged(found: string): UserError {
    return new UserError(`${this.file} is damaged or incomplete: ${found}; export the model again.`);
  }
}

/** What the names of a function's nodes begin with, so that they are none of the caller's own. */
function prefixOf(call: NodeDef, caller: Body): string {
  const own = `${call.name}/`;
  const taken = [...caller.nodes.keys()].some((name) => name.startsWith(own));
  return `${caller.prefix}${own}${taken ? 'inlined/' : ''}`;
}

function isCompiled({ attr }: NodeDef): boolean {
  const marked = attr._XlaMustCompile?.value;
  return marked?.case === 'b' && marked.value;
}

/** Whether a node reads a variable behind an assignment to it, which control dependencies tell; in a loop, it comes round again. */
function readsAssigned(node: NodeDef, { nodes, repeated }: Body): boolean {
  if (node.op !== 'ReadVariableOp') return false;
  const before = repeated
    ? [...nodes.values()]
    : node.input.flatMap((ref) => (isControl(ref) ? (nodes.get(ref.slice(1)) ?? []) : []));
  return before.some(
    ({ op, input }) => /^Assign(Add|Sub)?VariableOp$/.test(op) && input[0] === node.input[0],
  );
}

/** A loop's variable as its condition and its body read it. */
function variableOf(loop: string, at: number): string {
  return `${loop}/delve_variable_${at}:0`;
}

function substitute(attrs: Attrs, outer: Attrs): Attrs {
  const entries = Object.entries(attrs);
  if (!entries.some(([, attr]) => attr.value.case === 'placeholder')) return attrs;
  return Object.fromEntries(
    entries.map(([name, attr]): [string, AttrValue] => [
      name,
      (attr.value.case === 'placeholder' ? outer[attr.value.value] : undefined) ?? attr,
    ]),
  );
}

function inOrder(main: Body): FlatNode[] {
  const nodes: FlatNode[] = [];
  const pending: (FlatNode | Body)[] = [main];
  for (let entry = pending.pop(); entry; entry = pending.pop()) {
    if (!('entries' in entry)) nodes.push(entry);
    else for (let at = entry.entries.length - 1; at >= 0; at--) pending.push(entry.entries[at]!);
  }
  return nodes;
}

/** Follows aliases to the value that is really made. */
export function resolver(aliases: ReadonlyMap<string, string>): (value: string) => string {
  return (value) => {
    let resolved = value;
    for (let steps = 0; ; steps++) {
      const next = aliases.get(resolved);
      if (next === undefined) return resolved;
      if (steps > aliases.size) throw new UserError(`The graph is damaged: ${value} stands for itself.`);
      resolved = next;
    }
  };
}
