import { type DType, sizeOf, type Tensor } from '../../tensor.js';
import type { GraphNode } from '../graph.js';
import type { OnnxAttributes } from '../onnx/build.js';
import type { Emitter } from './emitter.js';
import { computeType } from './kernels.js';
import { numbersOf, tensorOf } from './numbers.js';
import { permuteTensor } from './permute.js';
import { Unsupported } from './unsupported.js';
import {
  broadcastShapes,
  type Layout,
  type Length,
  mergeShapes,
  range,
  type Shape,
  toFirst,
  toLast,
  Value,
} from './value.js';

/** Vectors longer than this are data, not shapes. */
const LONGEST_SHAPE = 64;

/** One TensorFlow operation being translated: reads its inputs in the layout it wants, emits ONNX, sets its outputs. */
export class Operation {
  constructor(
    readonly node: GraphNode,
    readonly onnx: Emitter,
    private readonly values: Map<string, Value>,
  ) {}

  // --- attributes: each as the file has it, or the default where it is left out

  int(name: string, fallback: number): number {
    const found = this.node.attrs.get(name);
    return found?.kind === 'int' ? found.value : fallback;
  }

  float(name: string, fallback: number): number {
    const found = this.node.attrs.get(name);
    return found?.kind === 'float' ? found.value : fallback;
  }

  bool(name: string, fallback: boolean): boolean {
    const found = this.node.attrs.get(name);
    return found?.kind === 'bool' ? found.value : fallback;
  }

  text(name: string, fallback: string): string {
    const found = this.node.attrs.get(name);
    return found?.kind === 'string' ? found.value : fallback;
  }

  /** Whole numbers; an empty list may be of any kind. */
  ints(name: string, fallback: readonly number[]): readonly number[] {
    const found = this.node.attrs.get(name);
    return found?.kind === 'ints' ? found.value : fallback;
  }

  floats(name: string): readonly number[] {
    const found = this.node.attrs.get(name);
    return found?.kind === 'floats' ? found.value : [];
  }

  /** A type attribute, as it is computed. */
  dtypeAttr(name: string, fallback: DType): DType {
    const found = this.node.attrs.get(name);
    return computeType((found?.kind === 'type' && found.value) || fallback);
  }

  /** Says that this operation, or this use of it, is not translated. */
  refuse(reason: string): never {
    throw new Unsupported(reason);
  }

  // --- inputs

  get inputs(): Value[] {
    return this.node.inputs.map((_, index) => this.input(index));
  }

  input(index: number): Value {
    const name = this.node.inputs[index];
    const value = name === undefined ? undefined : this.values.get(name);
    if (!value) throw new Error(`${this.node.name} (${this.node.op}) reads ${name}, which nothing makes`);
    return value;
  }

  rankOf(value: Value): number {
    return value.rank ?? this.refuse('on a tensor of unknown rank');
  }

  shapeOf(value: Value): Shape {
    return value.shape ?? this.refuse('on a tensor of unknown rank');
  }

  /** An axis as TensorFlow gives it (maybe negative), counted from the front. */
  axisOf(axis: number, rank: number): number {
    return axis < 0 ? axis + rank : axis;
  }

  /** The value as TensorFlow lays it out. */
  last(value: Value): string {
    const { names, constant, lengths } = value;
    if (names.last !== undefined) return names.last;
    if (lengths) names.last = this.ofLengths(lengths, value.dtype, value.rank ?? 1);
    else if (constant) names.last = this.onnx.constant(`constant`, value.dtype, () => constant.load());
    else if (names.first !== undefined) names.last = this.transpose(names.first, toLast(this.rankOf(value)));
    else throw new Error(`${this.node.name} reads a value that was never made`);
    return names.last;
  }

  /** The value with its last axis moved behind the first. */
  first(value: Value): string {
    const rank = this.rankOf(value);
    if (rank < 3) return this.last(value);
    value.names.first ??= this.permuted(value, toFirst(rank));
    return value.names.first;
  }

  in(layout: Layout, value: Value): string {
    return layout === 'first' ? this.first(value) : this.last(value);
  }

  /** The layout in which an operation that works in either is cheapest. */
  layoutOf(values: readonly Value[]): Layout {
    const rank = Math.max(...values.map((value) => value.rank ?? Number.NaN));
    return values.some((value) => value.rank === rank && value.prefersFirst) ? 'first' : 'last';
  }

  /** The value as an operand of an element-wise operation whose result has the given rank and layout. */
  operand(layout: Layout, value: Value, rank: number): string {
    const own = this.rankOf(value);
    if (layout === 'last' || own === 0) return this.last(value);
    if (own === rank) return this.first(value);
    const key = `rank ${rank}`;
    const known = value.derived.get(key);
    if (known !== undefined) return known;
    const padded = (shape: readonly number[]) => [...new Array<number>(rank - own).fill(1), ...shape];
    const { constant } = value;
    const name = constant
      ? this.onnx.constant('constant', value.dtype, () => {
          const tensor = constant.load();
          return permuteTensor({ ...tensor, shape: padded(tensor.shape) }, toFirst(rank));
        })
      : own === 1
        ? this.emit('Unsqueeze', [this.last(value), this.onnx.ints(range(1, rank - 1))])
        : this.transpose(
            this.emit('Unsqueeze', [this.last(value), this.onnx.ints(range(0, rank - own))]),
            toFirst(rank),
          );
    value.derived.set(key, name);
    return name;
  }

  /** Transposed; a constant already here, anything else when the model runs. */
  permuted(value: Value, permutation: readonly number[]): string {
    if (permutation.every((axis, i) => axis === i)) return this.last(value);
    const { constant } = value;
    const key = `permuted ${permutation.join(',')}`;
    const known = value.derived.get(key);
    if (known !== undefined) return known;
    const name = constant
      ? this.onnx.constant('constant', value.dtype, () => permuteTensor(constant.load(), permutation))
      : this.transpose(this.last(value), permutation);
    value.derived.set(key, name);
    return name;
  }

  /** The numbers of a constant (not too large a one), or undefined where only the run tells. */
  known(value: Value): number[] | undefined {
    if (value.lengths)
      return value.lengths.every((x) => typeof x === 'number') ? [...value.lengths] : undefined;
    if (value.constant && sizeOf(value.constant.shape) <= 4096) return numbersOf(value.constant.load());
    return undefined;
  }

  /** The numbers of an input that has to be a constant. */
  constantInput(index: number, what: string): number[] {
    return this.known(this.input(index)) ?? this.refuse(`with ${what} that is not constant`);
  }

  /** The elements of a scalar or vector of integers, each known or an ONNX value; undefined where its length is unknown. */
  lengthsOf(value: Value): readonly Length[] | undefined {
    if (value.lengths) return value.lengths;
    const known = this.known(value);
    if (known) return known;
    const shape = value.shape;
    if (!shape || shape.length > 1) return undefined;
    const count = shape.length === 0 ? 1 : shape[0];
    if (count === null || count === undefined || count > LONGEST_SHAPE) return undefined;
    const vector = this.int64(value);
    if (count === 1) return [this.emit('Reshape', [vector, this.onnx.ints([1])])];
    return range(0, count).map((i) => this.emit('Gather', [vector, this.onnx.ints([i])]));
  }

  /** A vector (or scalar) of integers as ONNX wants shapes and axes. */
  int64(value: Value): string {
    if (value.lengths && value.rank === 1) return this.vector(value.lengths);
    return this.onnx.cast(this.last(value), 'int64');
  }

  /** The sizes of a value's axes. */
  dimsOf(value: Value): Length[] {
    const shape = this.shapeOf(value);
    return shape.map((dim, axis) => dim ?? this.dimOf(value, axis));
  }

  private dimOf(value: Value, axis: number): string {
    const first = value.prefersFirst;
    const at = first ? toFirst(shapeRank(value)).indexOf(axis) : axis;
    const source = first ? this.first(value) : this.last(value);
    return this.onnx.once(`dim ${axis} ${source}`, () =>
      this.emit('Gather', [this.shapeVector(source), this.onnx.ints([at])]),
    );
  }

  /** ONNX's Shape of an ONNX value: an int64 vector. */
  shapeVector(name: string): string {
    return this.onnx.once(`shape ${name}`, () => this.emit('Shape', [name], {}, 'int64'));
  }

  /** The shape that a vector of integers describes. */
  shapeFrom(value: Value): Shape | undefined {
    const known = value.lengths ?? this.known(value);
    if (known) return known.map((length) => (typeof length === 'number' && length >= 0 ? length : null));
    const count = value.shape?.length === 1 ? value.shape[0] : undefined;
    return typeof count === 'number' ? new Array<null>(count).fill(null) : undefined;
  }

  // --- lengths

  /** An int64 vector of these lengths. */
  vector(lengths: readonly Length[]): string {
    const known = lengths.filter((length) => typeof length === 'number');
    if (known.length === lengths.length) return this.onnx.ints(known);
    if (lengths.length === 1) return String(lengths[0]);
    return this.onnx.once(`vector ${lengths.join(' ')}`, () =>
      this.emit(
        'Concat',
        lengths.map((length) => (typeof length === 'number' ? this.onnx.ints([length]) : length)),
        { axis: { int: 0 } },
      ),
    );
  }

  /** `compute` of two lengths, or the ONNX operator where one is known only at run time. */
  arithmetic(opType: string, a: Length, b: Length, compute: (a: number, b: number) => number): Length {
    if (typeof a === 'number' && typeof b === 'number') return compute(a, b);
    return this.onnx.once(`${opType} ${a} ${b}`, () =>
      this.emit(opType, [this.vector([a]), this.vector([b])]),
    );
  }

  add(a: Length, b: Length): Length {
    if (a === 0) return b;
    return b === 0 ? a : this.arithmetic('Add', a, b, (x, y) => x + y);
  }

  subtract(a: Length, b: Length): Length {
    return b === 0 ? a : this.arithmetic('Sub', a, b, (x, y) => x - y);
  }

  multiply(a: Length, b: Length): Length {
    if (a === 1) return b;
    return b === 1 ? a : this.arithmetic('Mul', a, b, (x, y) => x * y);
  }

  /** Rounded towards minus infinity, as TensorFlow's FloorDiv. */
  divide(a: Length, b: Length): Length {
    if (b === 1) return a;
    if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
    return this.arithmetic('Div', this.subtract(a, this.modulo(a, b)), b, Math.trunc);
  }

  /** With the sign of b, as TensorFlow's FloorMod. */
  modulo(a: Length, b: Length): Length {
    return this.arithmetic('Mod', a, b, (x, y) => x - Math.floor(x / y) * y);
  }

  private ofLengths(lengths: readonly Length[], dtype: DType, rank: number): string {
    const known = lengths.filter((length) => typeof length === 'number');
    if (known.length === lengths.length) {
      const shape = rank === 0 ? [] : [lengths.length];
      return this.onnx.constant('constant', dtype, () => tensorOf(dtype, shape, known));
    }
    const vector = this.onnx.cast(this.vector(lengths), dtype);
    return rank === 0 ? this.emit('Reshape', [vector, this.onnx.ints([])]) : vector;
  }

  // --- emitting

  emit(opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}, dtype?: DType): string {
    return this.onnx.emit(opType, inputs, attributes, dtype);
  }

  transpose(name: string, permutation: readonly number[]): string {
    if (permutation.every((axis, i) => axis === i)) return name;
    return this.emit('Transpose', [name], { perm: { ints: permutation } });
  }

  /** A reshape to a shape of which one length may be left to ONNX to find. */
  reshape(name: string, target: readonly Length[]): string {
    const open = target.filter((length) => typeof length === 'string').length;
    const free = open === 1 && !target.includes(-1) && !target.includes(0);
    const shape = free ? target.map((length) => (typeof length === 'string' ? -1 : length)) : target;
    return this.emit(
      'Reshape',
      [name, this.vector(shape)],
      target.includes(0) ? { allowzero: { int: 1 } } : {},
    );
  }

  // --- outputs

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
    return this.define(index, new Value(dtype, rank === 0 ? [] : [lengths.length], undefined, lengths));
  }

  setConstant(index: number, tensor: Tensor): Value {
    const known = { shape: tensor.shape, load: () => tensor };
    return this.define(index, new Value(computeType(tensor.dtype), tensor.shape, known));
  }

  /** Makes an output the same value as an input. */
  pass(index: number, value: Value): void {
    this.define(index, value);
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
    const shape = broadcastShapes(values.map((value) => value.shape));
    const layout = shape ? this.layoutOf(values) : 'last';
    const operands = values.map((value) =>
      shape ? this.operand(layout, value, shape.length) : this.last(value),
    );
    return this.set(index, emit(operands), shape, layout);
  }
}

function shapeRank(value: Value): number {
  return value.shape?.length ?? 0;
}
