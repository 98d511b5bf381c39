import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { range } from '../value.js';

/** Values made from a shape or from a few numbers. */
export const FILLS: Family = {
  Fill: fill,
  ZerosLike: (op) => like(op, 0),
  OnesLike: (op) => like(op, 1),
  Range: sequence,
  LinSpace: evenlySpaced,
  MatrixBandPart: bandPart,
};

function fill(op: Operation): void {
  const [dims, value] = [op.input(0), op.input(1)];
  const count = op.known(dims);
  const filling = /^int(32|64)$/.test(value.dtype) ? op.lengthsOf(value) : undefined;
  if (count?.length === 1 && count[0]! <= 16 && filling) {
    op.setLengths(
      0,
      range(0, count[0]!).map(() => filling[0]!),
      1,
      value.dtype,
    );
    return;
  }
  op.set(0, op.emit('Expand', [op.last(value), op.int64(dims)]), op.shapeFrom(dims));
}

function like(op: Operation, number: number): void {
  const value = op.input(0);
  if (value.lengths) {
    op.setLengths(
      0,
      value.lengths.map(() => number),
      value.rank === 0 ? 0 : 1,
      value.dtype,
    );
    return;
  }
  const layout = op.layoutOf([value]);
  const shape = op.shapeVector(op.in(layout, value));
  op.set(0, op.emit('Expand', [op.onnx.scalar(number, value.dtype), shape]), value.shape, layout);
}

function sequence(op: Operation): void {
  const [start, limit, delta] = op.inputs.map((input) => op.known(input)?.[0]);
  const { dtype } = op.input(0);
  if (start !== undefined && limit !== undefined && delta) {
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    if (dtype.includes('int') && count <= 64) {
      op.setLengths(
        0,
        range(0, count).map((i) => start + i * delta),
        1,
        dtype,
      );
      return;
    }
    op.set(0, rangeOf(op), [count]);
    return;
  }
  op.set(0, rangeOf(op), [null]);
}

function rangeOf(op: Operation): string {
  return op.emit(
    'Range',
    op.inputs.map((input) => op.last(input)),
  );
}

/** start + i * (stop - start) / (number - 1) */
function evenlySpaced(op: Operation): void {
  const [start, stop] = [op.last(op.input(0)), op.last(op.input(1))];
  const [count = 1] = op.constantInput(2, 'a number');
  const { dtype } = op.input(0);
  const scalar = (value: number) => op.onnx.scalar(value, dtype);
  const places = op.emit('Range', [scalar(0), scalar(count), scalar(1)]);
  const step = op.emit('Div', [op.emit('Sub', [stop, start]), scalar(Math.max(1, count - 1))]);
  op.set(0, op.emit('Add', [op.emit('Mul', [places, step]), start]), [count]);
}

/** Keeps a band about the diagonal; negative numbers of diagonals mean all of them. */
function bandPart(op: Operation): void {
  const value = op.input(0);
  const [lower = -1] = op.constantInput(1, 'a number of diagonals');
  const [upper = -1] = op.constantInput(2, 'a number of diagonals');
  let name = op.last(value);
  const trilu = (k: number, keepUpper: boolean) =>
    op.emit('Trilu', [name, op.onnx.scalar(k, 'int64')], { upper: { int: Number(keepUpper) } });
  if (lower >= 0) name = trilu(-lower, true);
  if (upper >= 0) name = trilu(upper, false);
  op.set(0, name, value.shape);
}
