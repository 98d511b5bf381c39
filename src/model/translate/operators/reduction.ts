import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { axisIn, type Layout, type Length, layoutWithout, range, type Value } from '../value.js';

/** Reductions over axes. */
export const REDUCTIONS: Family = {
  Mean: reduction('ReduceMean'),
  Sum: reduction('ReduceSum', (op, a, b) => op.add(a, b)),
  Prod: reduction('ReduceProd', (op, a, b) => op.multiply(a, b)),
  Max: reduction('ReduceMax', (op, a, b) => op.arithmetic('Max', a, b, Math.max)),
  Min: reduction('ReduceMin', (op, a, b) => op.arithmetic('Min', a, b, Math.min)),
  All: reduction('ReduceMin'),
  Any: reduction('ReduceMax'),
  EuclideanNorm: (op) => {
    reduce(op, (x, axes, keep) =>
      op.emit('Sqrt', [op.emit('ReduceSum', [op.emit('Mul', [x, x]), axes], keep)]),
    );
  },
  L2Loss: (op) => {
    const value = op.input(0);
    const x = op.in(op.layoutOf([value]), value);
    const sum = op.emit('ReduceSum', [op.emit('Mul', [x, x])], { keepdims: { int: 0 } });
    op.set(0, op.emit('Mul', [sum, op.onnx.scalar(0.5, value.dtype)]), []);
  },
  ArgMax: extremum('ArgMax'),
  ArgMin: extremum('ArgMin'),
};

type Reduce = (x: string, axes: string, keep: { keepdims: { int: number } }) => string;

function reduction(opType: string, combine?: (op: Operation, a: Length, b: Length) => Length): Translator {
  return (op) => {
    const { lengths, dtype } = op.input(0);
    const [axis] = op.known(op.input(1)) ?? [];
    if (combine && lengths && lengths.length > 0 && axis !== undefined) {
      const result = lengths.reduce((total, length) => combine(op, total, length));
      op.setLengths(0, [result], op.bool('keep_dims', false) ? 1 : 0, dtype);
      return;
    }
    reduce(op, (x, axes, keep) => op.emit(opType, [x, axes], keep));
  };
}

function reduce(op: Operation, emit: Reduce): void {
  const value = op.input(0);
  const rank = op.rankOf(value);
  const axes = op.constantInput(1, 'axes').map((axis) => op.axisOf(axis, rank));
  const keep = op.bool('keep_dims', false);
  // ONNX takes no axes for all axes, TensorFlow for none.
  if (axes.length === 0) {
    op.pass(0, value);
    return;
  }
  const { layout, result } = layoutFor(op, value, axes, keep);
  const at = axes.map((axis) => axisIn(layout, axis, rank)).sort((a, b) => a - b);
  const name = emit(op.in(layout, value), op.onnx.ints(at), { keepdims: { int: Number(keep) } });
  const shape = op.shapeOf(value);
  const kept = keep
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : range(0, rank).flatMap((axis) => (axes.includes(axis) ? [] : [shape[axis]!]));
  op.set(0, name, kept, result);
}

/** The layout to read in, and that of the result. */
function layoutFor(
  op: Operation,
  value: Value,
  axes: readonly number[],
  keep: boolean,
): { layout: Layout; result: Layout } {
  const layout = op.layoutOf([value]);
  if (keep) return { layout, result: layout };
  const result = layoutWithout(layout, axes, op.rankOf(value));
  return result ? { layout, result } : { layout: 'last', result: 'last' };
}

function extremum(opType: string): Translator {
  return (op) => {
    const value = op.input(0);
    const shape = op.shapeOf(value);
    const [dimension = 0] = op.constantInput(1, 'an axis');
    const axis = op.axisOf(dimension, shape.length);
    const { layout, result } = layoutFor(op, value, [axis], false);
    const attributes = { axis: { int: axisIn(layout, axis, shape.length) }, keepdims: { int: 0 } };
    const index = op.emit(opType, [op.in(layout, value)], attributes, 'int64');
    const typed = op.onnx.cast(index, op.dtypeAttr('output_type', 'int64'));
    op.set(0, typed, shape.toSpliced(axis, 1), result);
  };
}
