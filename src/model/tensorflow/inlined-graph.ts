import type { Attribute, GraphNode } from '../graph.js';
import { type AttrValue, DataType, type NodeDef } from '../proto/tensorflow_pb.js';
import { dataTypeOf } from '../savedmodel/elements.js';
import { type FlatNode, isControl, nodeOf } from '../savedmodel/flat.js';
import { isTrainingFlag } from '../savedmodel/inference.js';
import { type InlinedGraph, resolver } from '../savedmodel/inline.js';
import { boolTensorAttr, intAttr, shapeAttr, typeAttr, typesAttr } from './attr.js';
import type { CompiledOperations } from './compiled-operations.js';
import type { GraphWriter } from './graph-writer.js';

/** The nodes of functions, written out in the main graph beside what was there. */
export class WrittenGraph {
  private readonly resolve: (value: string) => string;
  private readonly main: ReadonlyMap<string, NodeDef>;
  private readonly written: Map<string, NodeDef>;
  private readonly done = new Map<string, string>();

  /**
   * @param graph the main graph, whose nodes are the caller's own to change
   * @param inlined what the outputs need, with control dependencies
   * @param fed values that are given from outside, and the values that are given instead
   */
  constructor(
    private readonly graph: GraphWriter,
    private readonly inlined: InlinedGraph,
    private readonly fed: ReadonlyMap<string, string>,
    compiled: CompiledOperations,
  ) {
    this.resolve = resolver(inlined.aliases);
    this.main = new Map(graph.nodes.map((node) => [node.name, node]));
    this.written = new Map(this.main);
    for (const flat of inlined.nodes) {
      const inputs = flat.inputs.map((input) => this.valueOf(input));
      const main = this.main.get(flat.name);
      if (main) rewire(main, inputs);
      else this.write(compiled.callOf(flat) ?? flat, inputs);
    }
  }

  /** The node that makes a value, or the one of that name. */
  nodeOf(value: string): NodeDef | undefined {
    return this.written.get(nodeOf(value));
  }

  /** A value of the file, or `^node`, as the written graph has it. */
  valueOf(value: string): string {
    if (isControl(value)) return this.controlOf(value);
    const made = this.resolve(value);
    return this.fed.get(made) ?? made;
  }

  /** What the calls of the main graph do besides what they give, as control inputs. */
  effects(): string[] {
    const calls = [...this.inlined.effects].filter(([name, all]) => this.main.has(name) && all.length > 0);
    return calls.map(([name]) => this.controlOf(`^${name}`));
  }

  /**
   * A value of the graph that layers were found in: what makes it is added where the file does not have it, which is read of the
   * file's values, or of more such.
   */
  valueFound(value: string, found: ReadonlyMap<string, GraphNode>): string {
    const node = found.get(value);
    if (node && !this.nodeOf(value)) {
      for (const input of node.inputs) this.valueFound(input, found);
      this.writeFound(node);
    }
    return this.valueOf(value);
  }

  private writeFound(node: GraphNode): void {
    const attrs = Object.fromEntries(
      [...node.attrs].flatMap(([name, attribute]) => {
        const value = attrValueOf(attribute);
        return value ? [[name, value]] : [];
      }),
    );
    this.write(
      { name: node.name, op: node.op, attrs },
      node.inputs.map((input) => this.valueOf(input)),
    );
  }

  private write(
    { name, op, attrs }: Pick<FlatNode, 'name' | 'op' | 'attrs'>,
    inputs: readonly string[],
  ): void {
    const { _class, ...attr } = attrs;
    this.graph.node(name, op, ordered(inputs), attr);
    this.written.set(name, this.graph.nodes.at(-1)!);
  }

  /** A call that is written out has run when what it does besides its result has. */
  private controlOf(value: string): string {
    const effects = this.inlined.effects.get(value.slice(1));
    if (!effects) return value;
    const known = this.done.get(value);
    if (known !== undefined) return known;
    const waits = effects.map((effect) => this.controlOf(effect));
    const made = `^${this.graph.node(`${value.slice(1)}/delve_done`, 'NoOp', waits)}`;
    this.done.set(value, made);
    return made;
  }
}

function rewire(node: NodeDef, inputs: readonly string[]): void {
  node.input = ordered(inputs);
  // What Keras feeds while it trains, and no signature does.
  if (!isTrainingFlag(node)) return;
  node.op = 'Const';
  node.attr = { dtype: typeAttr(DataType.DT_BOOL), value: boolTensorAttr(false) };
}

/** Control inputs come last, each once. */
function ordered(inputs: readonly string[]): string[] {
  return [...inputs.filter((input) => !isControl(input)), ...new Set(inputs.filter(isControl))];
}

function attrValueOf(attribute: Attribute): AttrValue | undefined {
  switch (attribute.kind) {
    case 'int':
      return intAttr(attribute.value);
    case 'type':
      return attribute.value && typeAttr(dataTypeOf(attribute.value));
    case 'types':
      return typesAttr(attribute.value.flatMap((dtype) => (dtype ? [dataTypeOf(dtype)] : [])));
    case 'shape':
      return shapeAttr(attribute.value);
    default:
      return undefined;
  }
}
