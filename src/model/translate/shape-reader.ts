import { LayoutReader } from './layout-reader.js';
import { type Length, range, type Shape, toFirst, type Value } from './value.js';

/** Vectors longer than this are data, not shapes. */
export const LONGEST_SHAPE = 64;

/** Sizes and other whole numbers that shapes are computed with: known ones stay numbers, others are ONNX values. */
export class ShapeReader extends LayoutReader {
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

  /** A length as an int64 scalar. */
  scalar(length: Length): string {
    if (typeof length === 'number') return this.onnx.scalar(length, 'int64');
    return this.onnx.once(`scalar ${length}`, () => this.emit('Reshape', [length, this.onnx.ints([])]));
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
}

function shapeRank(value: Value): number {
  return value.shape?.length ?? 0;
}
