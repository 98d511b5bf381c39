import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { type Length, range } from '../value.js';

/** Main diagonals of matrices, the last two axes. */
export const DIAGONALS: Family = {
  MatrixDiag: expand,
  MatrixDiagV3: expand,
  MatrixDiagPart: part,
  MatrixDiagPartV3: part,
  MatrixSetDiag: replace,
  MatrixSetDiagV3: replace,
};

/** Vectors -> matrices with these on their diagonals. */
function expand(op: Operation): void {
  requireMain(op, 1);
  const value = op.input(0);
  const rank = op.rankOf(value);
  const sizes = op.node.op.endsWith('V3') ? [2, 3].flatMap((at) => op.known(op.input(at)) ?? []) : [];
  const own = op.dimsOf(value).at(-1)!;
  if (sizes.some((size) => size !== -1 && size !== own)) op.refuse('to matrices that are not square');
  const filling = op.node.op.endsWith('V3') ? op.last(op.input(4)) : op.onnx.scalar(0, value.dtype);
  const rows = op.emit('Unsqueeze', [op.last(value), op.onnx.ints([rank])]);
  const shape = op.shapeOf(value);
  op.set(0, op.emit('Where', [onDiagonal(op, own, own), rows, filling]), [...shape, shape.at(-1)!]);
}

/** Matrices -> their diagonals: of each row of the first ones the element in its column. */
function part(op: Operation): void {
  requireMain(op, 1);
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const rank = shape.length;
  const [rows, columns] = op.dimsOf(value).slice(-2);
  const zeros = op.onnx.scalar(0, value.dtype);
  const kept = op.emit('Where', [onDiagonal(op, rows!, columns!), op.last(value), zeros]);
  const sums = op.emit('ReduceSum', [kept, op.onnx.ints([rank - 1])], { keepdims: { int: 0 } });
  const [height, width] = shape.slice(-2);
  const least = op.arithmetic('Min', rows!, columns!, Math.min);
  const name = op.emit('Slice', [sums, op.onnx.ints([0]), op.vector([least]), op.onnx.ints([rank - 2])]);
  const size = typeof height === 'number' && typeof width === 'number' ? Math.min(height, width) : null;
  op.set(0, name, [...shape.slice(0, -2), size]);
}

/** Matrices with other diagonals. */
function replace(op: Operation): void {
  requireMain(op, 2);
  const [value, diagonal] = [op.input(0), op.input(1)];
  const [rows, columns] = op.dimsOf(value).slice(-2);
  const rank = op.rankOf(diagonal);
  let filled = op.last(diagonal);
  if (typeof rows === 'number' && typeof columns === 'number' && rows > columns) {
    // Rows below the diagonal's end get an entry that is not used.
    const pads = [...new Array<number>(2 * rank - 1).fill(0), rows - columns];
    filled = op.emit('Pad', [filled, op.onnx.ints(pads)]);
  }
  const entries = op.emit('Unsqueeze', [filled, op.onnx.ints([rank])]);
  op.set(0, op.emit('Where', [onDiagonal(op, rows!, columns!), entries, op.last(value)]), value.shape);
}

function requireMain(op: Operation, at: number): void {
  if (!op.node.op.endsWith('V3')) return;
  if (op.constantInput(at, 'a diagonal').some((k) => k !== 0)) op.refuse('off the main diagonal');
}

function onDiagonal(op: Operation, rows: Length, columns: Length): string {
  const places = (length: Length) => {
    const limit = op.emit('Squeeze', [op.vector([length]), op.onnx.ints(range(0, 1))]);
    return op.emit('Range', [op.onnx.scalar(0, 'int64'), limit, op.onnx.scalar(1, 'int64')]);
  };
  const down = op.emit('Unsqueeze', [places(rows), op.onnx.ints([1])]);
  return op.emit('Equal', [down, places(columns)], {}, 'bool');
}
