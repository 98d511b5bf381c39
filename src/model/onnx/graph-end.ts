import type { ModelProto, NodeProto, TensorProto } from '../proto/onnx_pb.js';
import type { OnnxAttributes } from './build.js';
import { onnxNode, onnxTensor } from './build.js';

/** Adds operations behind those of a network, in its own version of the operators. */
export class GraphEnd {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  /** Version of the default operator set. */
  readonly opset: number;

  constructor(proto: ModelProto) {
    const own = proto.opsetImport.find(({ domain }) => (domain ?? '') === '');
    this.opset = Number(own?.version ?? 0n);
  }

  add(name: string, opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string {
    this.nodes.push(onnxNode(opType, inputs, [name], attributes));
    return name;
  }

  /** A vector of int64. */
  ints(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    this.initializers.push(onnxTensor(name, { dtype: 'int64', shape: [values.length], data }));
    return name;
  }

  /** A reduction along axes, which newer versions of the operators take as an input; the axes stay, of length 1. */
  reduce(name: string, opType: 'ReduceMean' | 'ReduceMax', input: string, axes: readonly number[]): string {
    if (this.opset >= 18) return this.add(name, opType, [input, this.ints(`${name}/axes`, axes)]);
    return this.add(name, opType, [input], { axes: { ints: axes } });
  }

  /** The last place along an axis, which stays, of length 1. Needs version 10. */
  last(name: string, input: string, axis: number): string {
    const bounds = ([part, value]: readonly [string, number]) => this.ints(`${name}/${part}`, [value]);
    const [starts, ends, axes] = (
      [
        ['starts', -1],
        ['ends', 2 ** 31 - 1],
        ['axes', axis],
      ] as const
    ).map(bounds);
    return this.add(name, 'Slice', [input, starts!, ends!, axes!]);
  }
}
