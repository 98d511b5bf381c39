import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, inOrderOf, type Length, layoutWithout, range, type Shape, type Value } from '../value.js';

/** Operations that ask for shapes and change them. */
export const SHAPES: Family = {
  Shape: shapes,
  ShapeN: shapes,
  VariableShape: shapes,
  Size: (op) => {
    const size = op.dimsOf(op.input(0)).reduce((product, dim) => op.multiply(product, dim), 1);
    op.setLengths(0, [size], 0, op.dtypeAttr('out_type', 'int32'));
  },
  Rank: (op) => {
    op.setLengths(0, [op.rankOf(op.input(0))], 0, 'int32');
  },
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  BroadcastTo: (op) => {
    const value = op.input(0);
    const shape = op.input(1);
    op.set(0, op.emit('Expand', [op.last(value), op.int64(shape)]), op.shapeFrom(shape));
  },
  BroadcastArgs: broadcastArgs,
  Tile: tile,
};

function shapes(op: Operation): void {
  const dtype = op.dtypeAttr('out_type', 'int32');
  for (const [index, value] of op.inputs.entries()) {
    if (value.shape) op.setLengths(index, op.dimsOf(value), 1, dtype);
    else op.set(index, op.onnx.cast(op.shapeVector(op.last(value)), dtype), [null]);
  }
}

function reshape(op: Operation): void {
  const [value, target] = [op.input(0), op.input(1)];
  const lengths = target.lengths ?? op.known(target);
  if (!lengths) {
    op.set(0, op.emit('Reshape', [op.last(value), op.int64(target)]), op.shapeFrom(target));
    return;
  }
  const own =
    value.lengths ?? (lengths.length < 2 && op.input(0).dtype.includes('int') ? op.known(value) : undefined);
  if (own && lengths.length < 2 && own.length <= 64) {
    op.setLengths(0, own, lengths.length === 0 ? 0 : 1, value.dtype);
    return;
  }
  op.set(0, op.reshape(inMemoryOrder(op, value), lengths), reshaped(value.shape, lengths));
}

/** With one position only, both layouts have their elements in the same order. */
function inMemoryOrder(op: Operation, value: Value): string {
  const onePosition = value.shape?.slice(1, -1).every((dim) => dim === 1) ?? false;
  return value.prefersFirst && onePosition ? op.first(value) : op.last(value);
}

/** The shape that comes out; a single -1 is what the others leave. */
function reshaped(from: Shape | undefined, target: readonly Length[]): Shape {
  const shape = target.map((length): Dim => (typeof length === 'number' && length >= 0 ? length : null));
  const total = from?.reduce(
    (product: Dim, dim) => (product === null || dim === null ? null : product * dim),
    1,
  );
  const rest = shape.reduce((product: number, dim) => product * (dim ?? 1), 1);
  if (typeof total !== 'number' || rest === 0 || shape.filter((dim) => dim === null).length !== 1)
    return shape;
  return shape.map((dim) => dim ?? total / rest);
}

function squeeze(op: Operation): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const given = op.ints('squeeze_dims', op.ints('axis', []));
  const axes =
    given.length > 0
      ? given.map((axis) => op.axisOf(axis, shape.length))
      : shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  if (given.length === 0 && shape.includes(null)) op.refuse('without axes on a shape that is not known');
  if (value.lengths) {
    op.setLengths(0, value.lengths, axes.length > 0 ? 0 : 1, value.dtype);
    return;
  }
  if (axes.length === 0) {
    op.pass(0, value);
    return;
  }
  const rest = shape.filter((_, axis) => !axes.includes(axis));
  const preferred = op.layoutOf([value]);
  const result = layoutWithout(preferred, axes, shape.length);
  const layout = result ? preferred : 'last';
  const at = axes.map((axis) => axisIn(layout, axis, shape.length)).sort((a, b) => a - b);
  op.set(0, op.emit('Squeeze', [op.in(layout, value), op.onnx.ints(at)]), rest, result ?? 'last');
}

function expandDims(op: Operation): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const [given = 0] = op.constantInput(1, 'an axis');
  const axis = op.axisOf(given, shape.length + 1);
  if (value.lengths && shape.length === 0) {
    op.setLengths(0, value.lengths, 1, value.dtype);
    return;
  }
  // Between the batch and the channels an axis can be put into channels-first values as well.
  const first = value.prefersFirst && axis > 0 && axis < shape.length;
  const name = first
    ? op.emit('Unsqueeze', [op.first(value), op.onnx.ints([axis + 1])])
    : op.emit('Unsqueeze', [op.last(value), op.onnx.ints([axis])]);
  op.set(0, name, shape.toSpliced(axis, 0, 1), first ? 'first' : 'last');
}

/** The shape that two shapes broadcast to. */
function broadcastArgs(op: Operation): void {
  const [a, b] = op.inputs.map((value) => op.lengthsOf(value) ?? op.refuse('of shapes of unknown length'));
  const rank = Math.max(a!.length, b!.length);
  const [left, right] = [a!, b!].map((s) => [...new Array<number>(rank - s.length).fill(1), ...s]);
  const lengths = range(0, rank).map((axis) => broadcastLength(op, left![axis]!, right![axis]!));
  op.setLengths(0, lengths, 1, op.input(0).dtype);
}

function broadcastLength(op: Operation, a: Length, b: Length): Length {
  if (a === 1 || a === b) return b;
  if (b === 1) return a;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : op.arithmetic('Max', a, b, Math.max);
}

function tile(op: Operation): void {
  const [value, multiples] = [op.input(0), op.input(1)];
  const lengths = op.lengthsOf(multiples) ?? op.refuse('with repeats of unknown length');
  const known = op.known(multiples);
  if (value.lengths && known && value.lengths.length * (known[0] ?? 1) <= 64) {
    const repeated = range(0, known[0] ?? 1).flatMap(() => value.lengths ?? []);
    op.setLengths(0, repeated, value.rank === 0 ? 0 : 1, value.dtype);
    return;
  }
  const layout = op.layoutOf([value]);
  const repeats = op.vector(inOrderOf(layout, lengths));
  const shape = value.shape?.map((dim, axis): Dim => {
    const times = lengths[axis];
    return dim === null || typeof times !== 'number' ? null : dim * times;
  });
  op.set(0, op.emit('Tile', [op.in(layout, value), repeats]), shape, layout);
}
