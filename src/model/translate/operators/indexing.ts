import { tensorOf } from '../numbers.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, range } from '../value.js';

/** Sorting, counting along an axis, and classes as vectors. */
export const INDEXING: Family = {
  Bucketize: bucketize,
  Cumsum: cumulativeSum,
  Cumprod: cumulativeProduct,
  DenseBincount: countOccurrences,
  InTopKV2: isAmongLargest,
  LowerBound: (op) => place(op, 'Less'),
  OneHot: oneHot,
  Roll: roll,
  TopKV2: largest,
  UpperBound: (op) => place(op, 'LessOrEqual'),
};

function cumulativeSum(op: Operation): void {
  const value = op.input(0);
  const axis = op.onnx.cast(op.last(op.input(1)), 'int64');
  const name = op.emit('CumSum', [op.last(value), axis], {
    exclusive: { int: Number(op.bool('exclusive', false)) },
    reverse: { int: Number(op.bool('reverse', false)) },
  });
  op.set(0, name, value.shape);
}

/** Elements that are shifted beyond the end come back at the front. */
function roll(op: Operation): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const shifts = op.constantInput(1, 'shifts');
  const axes = op.constantInput(2, 'axes');
  const layout = op.layoutOf([value]);
  let name = op.in(layout, value);
  for (const [i, given] of axes.entries()) {
    const axis = op.axisOf(given, shape.length);
    const size = shape[axis];
    const shift = size ? ((shifts[i]! % size) + size) % size : shifts[i]!;
    if (shift === 0) continue;
    const at = axisIn(layout, axis, shape.length);
    const part = (start: number, end: number) =>
      op.emit('Slice', [name, ...[[start], [end], [at]].map((list) => op.onnx.ints(list))]);
    const parts = [part(-shift, Number.MAX_SAFE_INTEGER), part(0, -shift)];
    name = op.emit('Concat', parts, { axis: { int: at } });
  }
  op.set(0, name, shape, layout);
}

/** An index that is not below `depth` (or is negative) gives no 1 at all; ONNX's OneHot counts it from the end. */
function oneHot(op: Operation): void {
  const [indices, depth, on, off] = [op.input(0), op.input(1), op.input(2), op.input(3)];
  const shape = op.shapeOf(indices);
  const axis = op.axisOf(op.int('axis', -1), shape.length + 1);
  const [count = null] = op.lengthsOf(depth) ?? [];
  const classes = op.emit('Range', [
    op.onnx.scalar(0, 'int64'),
    op.onnx.cast(op.last(depth), 'int64'),
    op.onnx.scalar(1, 'int64'),
  ]);
  const along = op.emit('Reshape', [classes, op.onnx.ints([-1, ...range(axis, shape.length).map(() => 1)])]);
  const expanded = op.emit('Unsqueeze', [op.onnx.cast(op.last(indices), 'int64'), op.onnx.ints([axis])]);
  const hot = op.emit('Equal', [expanded, along], {}, 'bool');
  // Truth values are chosen as numbers: ONNX chooses between no others.
  const [one, zero] = [on, off].map((v) => op.onnx.cast(op.last(v), v.dtype === 'bool' ? 'uint8' : v.dtype));
  const chosen = op.onnx.cast(op.emit('Where', [hot, one!, zero!]), on.dtype);
  op.set(0, chosen, shape.toSpliced(axis, 0, typeof count === 'number' ? count : null));
}

function largest(op: Operation): void {
  const value = op.input(0);
  const lengths = op.lengthsOf(op.input(1));
  const [count] = lengths ?? op.refuse('of an unknown number');
  const attributes = { axis: { int: -1 }, sorted: { int: Number(op.bool('sorted', true)) } };
  const inputs = [op.last(value), op.vector([count ?? 1])];
  const [values, indices] = op.onnx.emitAll('TopK', inputs, attributes, [undefined, 'int64']);
  const shape = value.shape && [...value.shape.slice(0, -1), typeof count === 'number' ? count : null];
  op.set(0, values!, shape);
  op.set(1, op.onnx.cast(indices!, op.dtypeAttr('index_type', 'int32')), shape);
}

/** How often each whole number below `size` is in a row (or whether it is), each time counted by its weight if there are weights. */
function countOccurrences(op: Operation): void {
  const [value, size, weights] = [op.input(0), op.input(1), op.input(2)];
  const rank = op.rankOf(value);
  const [count = null] = op.lengthsOf(size) ?? [];
  const dtype = op.dtypeAttr('T', 'float32');
  const classes = op.emit('Range', [
    op.onnx.scalar(0, 'int64'),
    op.onnx.cast(op.last(size), 'int64'),
    op.onnx.scalar(1, 'int64'),
  ]);
  const places = op.emit('Unsqueeze', [op.onnx.cast(op.last(value), 'int64'), op.onnx.ints([rank])]);
  const hits = op.onnx.cast(op.emit('Equal', [places, classes], {}, 'bool'), dtype);
  const axis = op.onnx.ints([rank - 1]);
  const keep = { keepdims: { int: 0 } };
  const weighted = weights.shape?.includes(0) !== true && !op.bool('binary_output', false);
  const each = weighted
    ? op.emit('Mul', [hits, op.emit('Unsqueeze', [op.last(weights), op.onnx.ints([rank])])])
    : hits;
  const name = op.emit(op.bool('binary_output', false) ? 'ReduceMax' : 'ReduceSum', [each, axis], keep);
  op.set(0, name, [...op.shapeOf(value).slice(0, -1), typeof count === 'number' ? count : null]);
}

/** The number of boundaries that are not above an element. */
function bucketize(op: Operation): void {
  const value = op.input(0);
  const rank = op.rankOf(value);
  const boundaries = op.floats('boundaries').map((boundary) => op.onnx.scalar(boundary, 'float32'));
  const x = op.onnx.cast(op.last(value), 'float32');
  const reached = boundaries.map((boundary) =>
    op.emit('Unsqueeze', [op.emit('GreaterOrEqual', [x, boundary], {}, 'bool'), op.onnx.ints([rank])]),
  );
  if (reached.length === 0) op.refuse('without boundaries');
  const all = op.onnx.cast(op.emit('Concat', reached, { axis: { int: rank } }), 'int32');
  op.set(0, op.emit('ReduceSum', [all, op.onnx.ints([rank])], { keepdims: { int: 0 } }), value.shape);
}

/** Products of the elements up to each one: of a triangle of them. */
function cumulativeProduct(op: Operation): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const rank = shape.length;
  const axis = op.axisOf(op.constantInput(1, 'an axis')[0] ?? 0, rank);
  const size = shape[axis] ?? op.refuse('along an axis of unknown size');
  const [reverse, exclusive] = [op.bool('reverse', false), op.bool('exclusive', false)];
  const counts = (i: number, j: number) => (exclusive && i === j ? false : reverse ? j >= i : j <= i);
  const triangle = range(0, size).flatMap((i) => range(0, size).map((j) => Number(counts(i, j))));
  const mask = op.onnx.constant('triangle', 'bool', () => tensorOf('bool', [size, size], triangle));
  const order = [...range(0, axis), ...range(axis + 1, rank), axis];
  const rows = op.emit('Unsqueeze', [op.transpose(op.last(value), order), op.onnx.ints([rank - 1])]);
  const chosen = op.emit('Where', [mask, rows, op.onnx.scalar(1, value.dtype)]);
  const product = op.emit('ReduceProd', [chosen, op.onnx.ints([rank])], { keepdims: { int: 0 } });
  const back = [...range(0, axis), rank - 1, ...range(axis, rank - 1)];
  op.set(0, op.transpose(product, back), shape);
}

/** How many elements of a sorted row are below (or not above) each value. */
function place(op: Operation, below: string): void {
  const [sorted, values] = [op.input(0), op.input(1)];
  const elements = op.emit('Unsqueeze', [op.last(sorted), op.onnx.ints([1])]);
  const sought = op.emit('Unsqueeze', [op.last(values), op.onnx.ints([2])]);
  const counted = op.onnx.cast(op.emit(below, [elements, sought], {}, 'bool'), 'int32');
  const sum = op.emit('ReduceSum', [counted, op.onnx.ints([2])], { keepdims: { int: 0 } });
  op.set(0, op.onnx.cast(sum, op.dtypeAttr('out_type', 'int32')), values.shape);
}

/** Whether fewer than k predictions are above the target's. */
function isAmongLargest(op: Operation): void {
  const [predictions, targets] = [op.input(0), op.input(1)];
  const rows = op.last(predictions);
  const index = op.emit('Unsqueeze', [op.onnx.cast(op.last(targets), 'int64'), op.onnx.ints([1])]);
  const theirs = op.emit('GatherElements', [rows, index], { axis: { int: 1 } });
  const above = op.onnx.cast(op.emit('Greater', [rows, theirs], {}, 'bool'), 'int64');
  const count = op.emit('ReduceSum', [above, op.onnx.ints([1])], { keepdims: { int: 0 } });
  const k = op.onnx.cast(op.last(op.input(2)), 'int64');
  op.set(0, op.emit('Less', [count, k], {}, 'bool'), targets.shape);
}
