import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, type Layout, type Length, layoutWithout, range, type Value } from '../value.js';
import { type AxisRange, rangesOf } from './slice-spec.js';

/** Parts of values. */
export const SLICES: Family = {
  Slice: sliceBySize,
  StridedSlice: stridedSlice,
  Reverse: (op) => {
    const dims = op.constantInput(1, 'axes');
    reverse(
      op,
      dims.flatMap((flag, axis) => (flag ? [axis] : [])),
    );
  },
  ReverseV2: (op) => reverse(op, op.constantInput(1, 'axes')),
  ReverseSequence: reverseSteps,
};

const END = Number.MAX_SAFE_INTEGER;

function sliceBySize(op: Operation): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const begins = op.lengthsOf(op.input(1)) ?? op.refuse('from places of unknown number');
  const sizes = op.lengthsOf(op.input(2)) ?? op.refuse('of unknown rank');
  const ranges = shape.map((_, axis): AxisRange => {
    const [begin, size] = [begins[axis]!, sizes[axis]!];
    return { axis, begin, end: size === -1 ? END : op.add(begin, size), stride: 1, shrink: false };
  });
  const dims = shape.map((dim, axis): Dim => {
    const [begin, size] = [begins[axis]!, sizes[axis]!];
    if (size === -1) return dim === null || typeof begin !== 'number' ? null : dim - begin;
    return typeof size === 'number' ? size : null;
  });
  cut(op, value, ranges, dims, []);
}

function stridedSlice(op: Operation): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const { ranges, added } = rangesOf(op, shape.length);
  const dims = shape.map((dim, axis) => {
    const part = ranges.find((r) => r.axis === axis);
    return part ? sizeOfRange(part, dim) : dim;
  });
  cut(op, value, ranges, dims, added);
}

/** Takes ranges of axes; axes that shrink to one index are dropped, `added` ones are put in. */
function cut(
  op: Operation,
  value: Value,
  ranges: readonly AxisRange[],
  dims: readonly Dim[],
  added: readonly number[],
): void {
  if (value.lengths && cutLengths(op, value, ranges, added)) return;
  const rank = op.rankOf(value);
  const dropped = ranges.flatMap((r) => (r.shrink ? [r.axis] : []));
  const preferred = added.length > 0 ? 'last' : op.layoutOf([value]);
  const result = layoutWithout(preferred, dropped, rank);
  const layout = result ? preferred : 'last';
  let name = sliced(op, op.in(layout, value), ranges, layout, rank);
  if (dropped.length > 0) {
    const axes = dropped.map((axis) => axisIn(layout, axis, rank)).sort((a, b) => a - b);
    name = op.emit('Squeeze', [name, op.onnx.ints(axes)]);
  }
  if (added.length > 0) name = op.emit('Unsqueeze', [name, op.onnx.ints(added)]);
  const kept = dims.filter((_, axis) => !dropped.includes(axis));
  const shape = added.reduce((all: readonly Dim[], at) => all.toSpliced(at, 0, 1), kept);
  op.set(0, name, shape, result ?? 'last');
}

function sliced(
  op: Operation,
  from: string,
  ranges: readonly AxisRange[],
  layout: Layout,
  rank: number,
): string {
  let name = from;
  const whole = (r: AxisRange) => r.begin === 0 && r.end === END && r.stride === 1;
  // An index that is known only at run time may be -1, of which no end of a slice can be told.
  const gathered = ranges.filter((r) => r.shrink && typeof r.begin === 'string');
  const parts = ranges.filter((r) => !gathered.includes(r) && !whole(r));
  if (parts.length > 0) {
    name = op.emit('Slice', [
      name,
      op.vector(parts.map((r) => r.begin)),
      op.vector(parts.map((r) => r.end)),
      op.onnx.ints(parts.map((r) => axisIn(layout, r.axis, rank))),
      op.onnx.ints(parts.map((r) => r.stride)),
    ]);
  }
  for (const r of gathered) {
    const axis = axisIn(layout, r.axis, rank);
    name = op.emit('Gather', [name, op.vector([r.begin])], { axis: { int: axis } });
  }
  return name;
}

/** A part of a shape, or one of its elements. */
function cutLengths(
  op: Operation,
  value: Value,
  ranges: readonly AxisRange[],
  added: readonly number[],
): boolean {
  const [part] = ranges;
  const { lengths, rank } = value;
  if (!lengths || rank !== 1 || added.length > 0) return false;
  if (!part) {
    op.pass(0, value);
    return true;
  }
  if (typeof part.begin !== 'number' || typeof part.end !== 'number') return false;
  const indices = indicesOf(part, lengths.length);
  const chosen = indices.map((i): Length | undefined => lengths[i]).filter((length) => length !== undefined);
  op.setLengths(0, chosen, part.shrink ? 0 : 1, value.dtype);
  return true;
}

/** The indices of a Python slice of `size` elements. */
function indicesOf(part: AxisRange, size: number): number[] {
  const { begin, end, stride } = part;
  if (typeof begin !== 'number' || typeof end !== 'number') return [];
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const place = (at: number) => Math.min(high, Math.max(low, at < 0 ? at + size : at));
  const [from, to] = [place(begin), place(end)];
  const count = Math.max(0, Math.ceil((to - from) / stride));
  return range(0, count).map((i) => from + i * stride);
}

function sizeOfRange(part: AxisRange, dim: Dim): Dim {
  const { begin, end, stride } = part;
  if (part.shrink) return 1;
  if (dim !== null && typeof begin === 'number' && typeof end === 'number')
    return indicesOf(part, dim).length;
  return begin === 0 && end === END && stride === 1 ? dim : null;
}

/** The first steps of each sample, as many as it has, in reverse. */
function reverseSteps(op: Operation): void {
  const [value, lengths] = [op.input(0), op.input(1)];
  const [steps, batch] = [op.int('seq_dim', 0), op.int('batch_dim', 0)];
  if (steps + batch !== 1) op.refuse(`along axis ${steps} of samples along axis ${batch}`);
  const attributes = { time_axis: { int: steps }, batch_axis: { int: batch } };
  op.set(0, op.emit('ReverseSequence', [op.last(value), op.int64(lengths)], attributes), value.shape);
}

function reverse(op: Operation, axes: readonly number[]): void {
  const value = op.input(0);
  if (axes.length === 0) {
    op.pass(0, value);
    return;
  }
  const rank = op.rankOf(value);
  const layout = op.layoutOf([value]);
  const at = axes.map((axis) => axisIn(layout, op.axisOf(axis, rank), rank));
  const lists = [at.map(() => END), at.map(() => -END), at, at.map(() => -1)];
  const name = op.emit('Slice', [op.in(layout, value), ...lists.map((list) => op.onnx.ints(list))]);
  op.set(0, name, value.shape, layout);
}
