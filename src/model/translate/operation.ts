import type { DType, Tensor } from '../../tensor.js';
import { computeType } from './kernels.js';
import { ShapeReader } from './shape-reader.js';
import { broadcastShapes, type Layout, type Length, mergeShapes, type Shape, Value } from './value.js';

/** One TensorFlow operation being translated: reads its inputs in the layout it wants, emits ONNX, sets its outputs. */
export class Operation extends ShapeReader {
  /** Sets an output to an ONNX value in the given layout. */
  set(index: number, name: string, shape: Shape | undefined, layout: Layout = 'last'): Value {
    const value = new Value(this.onnx.dtypeOf(name), this.told(index, shape));
    value.names[layout] = name;
    value.primary = layout;
    if ((value.rank ?? 3) < 3) value.names.last = name;
    return this.define(index, value);
  }

  /** Sets an output to whole numbers that shapes are computed with. */
  setLengths(index: number, lengths: readonly Length[], rank: 0 | 1, dtype: DType): Value {
    return this.define(index, new Value(dtype, rank === 0 ? [] : [lengths.length], { lengths }));
  }

  setConstant(index: number, tensor: Tensor): Value {
    const constant = { shape: tensor.shape, load: () => tensor };
    return this.define(index, new Value(computeType(tensor.dtype), tensor.shape, { constant }));
  }

  /** An ONNX value, as TensorFlow lays it out, beside the operation's outputs. */
  made(name: string, shape: Shape | undefined): Value {
    const value = new Value(this.onnx.dtypeOf(name), shape);
    value.names.last = name;
    return value;
  }

  /** Makes an output the same value as an input. */
  pass(index: number, value: Value): void {
    const told = this.node.outputShapes[index];
    if (!value.shape && told) this.set(index, this.last(value), told);
    else this.define(index, value);
  }

  /** What an output was set to. */
  output(index: number): Value | undefined {
    return this.values.get(this.node.outputs[index] ?? '');
  }

  /** The shape that values broadcast to. */
  broadcastOf(values: readonly Value[]): Shape | undefined {
    return broadcastShapes(values.map((value) => value.shape));
  }

  define(index: number, value: Value): Value {
    const name = this.node.outputs[index];
    if (name) this.values.set(name, value);
    return value;
  }

  /** What was inferred of an output's shape, completed by what the file tells. */
  told(index: number, shape: Shape | undefined): Shape | undefined {
    return mergeShapes(shape, this.node.outputShapes[index]);
  }

  /**
   * Emits an element-wise operation over inputs that broadcast, in the layout that is cheapest. The rank of
   * every input must be known, unless all are taken as TensorFlow lays them out.
   */
  elementwise(values: readonly Value[], emit: (operands: string[]) => string, index = 0): Value {
    const shape = this.broadcastOf(values);
    const layout = shape ? this.layoutOf(values) : 'last';
    const operands = values.map((value) =>
      shape ? this.operand(layout, value, shape.length) : this.last(value),
    );
    return this.set(index, emit(operands), shape, layout);
  }
}
