import { create } from '@bufbuild/protobuf';
import type { DType, Tensor } from '../../tensor.js';
import { type OnnxAttributes, onnxNode, onnxTensor } from '../onnx/build.js';
import { type GraphProto, GraphProtoSchema, type NodeProto, type ValueInfoProto } from '../proto/onnx_pb.js';
import { isDataInput, kernelType } from './kernels.js';
import { tensorOf, widened } from './numbers.js';

interface Initializer {
  dtype: DType;
  load(): Tensor;
}

/**
 * An ONNX graph under construction. Nodes are added in order; what nothing needs is left out in the end, so that
 * it costs little to emit too much. Constants are loaded in the end, too, and only those that are needed.
 */
export class Emitter {
  /** Put before the names of what is emitted: the operation that is being translated. */
  prefix = '';
  private readonly nodes: NodeProto[] = [];
  private readonly dtypes = new Map<string, DType>();
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
    this.nodes.push(onnxNode(opType, given, outputs, attributes));
    return outputs.map((name, i) => (cast && data && !dtypes[i] ? this.cast(name, data) : name));
  }

  /** Gives an ONNX value a name that was reserved. */
  copyTo(name: string, from: string): void {
    this.nodes.push(onnxNode('Identity', [from], [name]));
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

  /** Makes something at its first use, under a key that says what it is. */
  once(key: string, make: () => string): string {
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.shared.set(key, made);
    return made;
  }

  /** The graph with what its outputs and the other wanted values need. */
  finish(inputs: ValueInfoProto[], outputs: ValueInfoProto[], wanted: Iterable<string>): GraphProto {
    const needed = new Set<string>(wanted);
    for (const { name } of outputs) if (name !== undefined) needed.add(name);
    const nodes: NodeProto[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.output.some((name) => needed.has(name))) continue;
      nodes.push(node);
      for (const name of node.input) needed.add(name);
    }
    const initializer = [...this.initializers]
      .filter(([name]) => needed.has(name))
      .map(([name, { load }]) => onnxTensor(name, widened(load())));
    return create(GraphProtoSchema, {
      name: 'delve',
      node: nodes.reverse(),
      initializer,
      input: inputs,
      output: outputs,
    });
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
