import { create } from '@bufbuild/protobuf';
import type { DType, Tensor } from '../../tensor.js';
import { type OnnxAttributes, onnxNode, onnxTensor } from '../onnx/build.js';
import { type GraphProto, GraphProtoSchema, type NodeProto, type ValueInfoProto } from '../proto/onnx_pb.js';
import { isDataInput, kernelType, mayFail } from './kernels.js';
import { tensorOf, widened } from './numbers.js';
import { Scope } from './scope.js';

interface Initializer {
  dtype: DType;
  load(): Tensor;
}

/**
 * An ONNX graph under construction. Nodes are added in order; what nothing needs is left out in the end, so that
 * it costs little to emit too much. Constants are loaded in the end, too, and only those that are needed.
 *
 * Graphs that a loop or conditional runs are scopes: within one, nodes are added to it, or to one around it where that has all that
 * they need. Names are unique in all of them.
 */
export class Emitter {
  /** Put before the names of what is emitted: the operation that is being translated. */
  prefix = '';
  private readonly main = new Scope('main');
  private scope = this.main;
  private readonly dtypes = new Map<string, DType>();
  /** The scopes of values that are not made in the main one. */
  private readonly scopes = new Map<string, Scope>();
  private readonly initializers = new Map<string, Initializer>();
  private readonly taken = new Map<string, number>();
  private readonly shared = new Map<string, string>();

  /** Keeps a name for an input or output of the graph. */
  reserve(name: string, dtype: DType): void {
    this.taken.set(name, 1);
    this.dtypes.set(name, dtype);
  }

  has(name: string): boolean {
    return this.taken.has(name);
  }

  dtypeOf(name: string): DType {
    const dtype = this.dtypes.get(name);
    if (!dtype) throw new Error(`The ONNX value ${name} is used before it is made`);
    return dtype;
  }

  /** Whether a value can be read where nodes are being added now. */
  sees(name: string): boolean {
    return this.scope.sees(this.scopeOf(name));
  }

  /** A new graph within the one to which nodes are being added now. */
  open(kind: 'loop' | 'branch'): Scope {
    return new Scope(kind, this.scope);
  }

  /** Adds nodes to another graph meanwhile. */
  within<T>(scope: Scope, add: () => T): T {
    const outer = this.scope;
    this.scope = scope;
    try {
      return add();
    } finally {
      this.scope = outer;
    }
  }

  /** An input of the graph to which nodes are being added now. */
  input(name: string, dtype: DType): string {
    const unique = this.declare(name, dtype);
    this.scopes.set(unique, this.scope);
    this.scope.inputs.push(unique);
    return unique;
  }

  /** The values as outputs of the graph to which nodes are being added now: made by its own nodes, no two the same. */
  outputs(names: readonly string[]): string[] {
    const used = new Set<string>(this.scope.inputs);
    return names.map((name) => {
      const own = this.scopeOf(name) === this.scope && !used.has(name);
      const output = own ? name : this.declare('Identity', this.dtypeOf(name));
      used.add(output);
      if (own) return name;
      this.scope.nodes.push(onnxNode('Identity', [name], [output]));
      this.scopes.set(output, this.scope);
      return output;
    });
  }

  /**
   * Adds a node with one output and returns the output's name. Its type is that of the first data input unless
   * given. Where onnxruntime lacks a kernel for the type, casts are added around the node.
   */
  emit(opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}, dtype?: DType): string {
    return this.emitAll(opType, inputs, attributes, [dtype])[0]!;
  }

  /** The same for several outputs; `undefined` stands for the type of the first data input. */
  emitAll(
    opType: string,
    inputs: readonly string[],
    attributes: OnnxAttributes,
    dtypes: readonly (DType | undefined)[],
  ): string[] {
    const isData = (name: string, index: number) => name !== '' && isDataInput(opType, index);
    const first = inputs.find(isData);
    const data = first === undefined ? undefined : this.dtypeOf(first);
    const kernel = data && kernelType(opType, data);
    const cast = kernel !== data && kernel !== undefined;
    const given = cast ? inputs.map((name, i) => (isData(name, i) ? this.cast(name, kernel) : name)) : inputs;
    const outputs = dtypes.map((dtype) => this.declare(opType, dtype ?? kernel ?? 'float32'));
    this.add(onnxNode(opType, given, outputs, attributes));
    return outputs.map((name, i) => (cast && data && !dtypes[i] ? this.cast(name, data) : name));
  }

  /** Gives an ONNX value a name that was reserved. */
  copyTo(name: string, from: string): void {
    this.add(onnxNode('Identity', [from], [name]));
  }

  cast(name: string, dtype: DType): string {
    if (this.dtypeOf(name) === dtype) return name;
    return this.once(`cast ${dtype} ${name}`, () =>
      this.emit('Cast', [name], { to: { type: dtype } }, dtype),
    );
  }

  /** A constant that is read when the graph is finished, if it is needed. Half floats become float32. */
  constant(name: string, dtype: DType, load: () => Tensor): string {
    const unique = this.declare(name, dtype, '');
    this.initializers.set(unique, { dtype, load });
    return unique;
  }

  /** A vector of int64. */
  ints(values: readonly number[]): string {
    return this.once(`ints ${values.join(',')}`, () =>
      this.constant(`ints_${values.join('_')}`, 'int64', () => tensorOf('int64', [values.length], values)),
    );
  }

  scalar(value: number, dtype: DType): string {
    return this.once(`scalar ${dtype} ${value}`, () =>
      this.constant(`${dtype}_${value}`, dtype, () => tensorOf(dtype, [], [value])),
    );
  }

  /** Makes something at its first use, under a key that says what it is and from what it is made. */
  once(key: string, make: () => string): string {
    const known = this.shared.get(key);
    if (known !== undefined && this.sees(known)) return known;
    const made = make();
    this.shared.set(key, made);
    return made;
  }

  /** The graph of a scope, with what its outputs need. */
  subgraph({ nodes }: Scope, inputs: ValueInfoProto[], outputs: ValueInfoProto[]): GraphProto {
    const node = needed(nodes, new Set(outputs.map(({ name }) => name ?? '')));
    return create(GraphProtoSchema, { name: this.prefix, node, input: inputs, output: outputs });
  }

  /** The graph with what its outputs and the other wanted values need. */
  finish(inputs: ValueInfoProto[], outputs: ValueInfoProto[], wanted: Iterable<string>): GraphProto {
    const read = new Set<string>(wanted);
    for (const { name } of outputs) if (name !== undefined) read.add(name);
    const node = needed(this.main.nodes, read);
    const initializer = [...this.initializers]
      .filter(([name]) => read.has(name))
      .map(([name, { load }]) => onnxTensor(name, widened(load())));
    return create(GraphProtoSchema, { name: 'delve', node, initializer, input: inputs, output: outputs });
  }

  /** Adds a node where it is computed as seldom as can be. */
  private add(node: NodeProto): void {
    const scope = mayFail(node.opType ?? '')
      ? this.scope
      : this.scope.outermostFor(new Set(node.input.map((name) => this.scopeOf(name))));
    scope.nodes.push(node);
    if (scope === this.main) return;
    for (const name of node.output) this.scopes.set(name, scope);
  }

  private scopeOf(name: string): Scope {
    return this.scopes.get(name) ?? this.main;
  }

  private declare(name: string, dtype: DType, prefix = this.prefix): string {
    const wanted = prefix === '' ? name : `${prefix}/${name}`;
    let unique = wanted;
    for (let n = this.taken.get(wanted) ?? 0; this.taken.has(unique); n++) unique = `${wanted}_${n}`;
    this.taken.set(wanted, (this.taken.get(wanted) ?? 0) + 1);
    if (unique !== wanted) this.taken.set(unique, 1);
    this.dtypes.set(unique, dtype);
    return unique;
  }
}

/** The nodes that make what is read, in their order; adds to `read` what they read themselves. */
function needed(nodes: readonly NodeProto[], read: Set<string>): NodeProto[] {
  const kept: NodeProto[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.output.some((name) => read.has(name))) continue;
    kept.push(node);
    for (const name of namesRead(node)) read.add(name);
  }
  return kept.reverse();
}

/** What a node reads, and what the graphs that it runs read. */
function namesRead(node: NodeProto): string[] {
  const inner = node.attribute.flatMap(({ g }) => g?.node.flatMap(namesRead) ?? []);
  return [...node.input, ...inner];
}
