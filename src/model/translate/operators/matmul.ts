import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { broadcastShapes, range, type Shape, type Value } from '../value.js';

/** Products of matrices. */
export const MATMULS: Family = {
  MatMul: (op) => multiply(op, op.bool('transpose_a', false), op.bool('transpose_b', false)),
  BatchMatMul: batched,
  BatchMatMulV2: batched,
  BatchMatMulV3: batched,
  Einsum: einsum,
};

function batched(op: Operation): void {
  multiply(op, op.bool('adj_x', false), op.bool('adj_y', false));
}

function multiply(op: Operation, transposeA: boolean, transposeB: boolean): void {
  const [a, b] = [op.input(0), op.input(1)];
  const dtype = op.dtypeAttr('Tout', a.dtype);
  const operands = [matrix(op, a, transposeA), matrix(op, b, transposeB)].map((name) =>
    op.onnx.cast(name, dtype),
  );
  const rows = a.shape?.at(transposeA ? -1 : -2) ?? null;
  const columns = b.shape?.at(transposeB ? -2 : -1) ?? null;
  const batch = broadcastShapes([a.shape?.slice(0, -2), b.shape?.slice(0, -2)]);
  op.set(0, op.emit('MatMul', operands), batch && [...batch, rows, columns]);
}

function matrix(op: Operation, value: Value, transposed: boolean): string {
  if (!transposed) return op.last(value);
  const rank = op.rankOf(value);
  return op.permuted(value, [...range(0, rank - 2), rank - 1, rank - 2]);
}

function einsum(op: Operation): void {
  const equation = op.text('equation', '').replaceAll(' ', '');
  const operands = op.inputs.map((value) => op.last(value));
  const shape = einsumShape(equation, op.inputs);
  op.set(0, op.emit('Einsum', operands, { equation: { string: equation } }), shape);
}

/** The shape that an equation such as `abc,cde->abde` gives; undefined where it leaves axes unnamed. */
function einsumShape(equation: string, values: readonly Value[]): Shape | undefined {
  const [inputs = '', output] = equation.split('->');
  if (output === undefined || equation.includes('.')) return undefined;
  const sizes = new Map<string, Dim>();
  for (const [index, labels] of inputs.split(',').entries()) {
    for (const [axis, label] of [...labels].entries()) {
      const size = values[index]?.shape?.[axis] ?? null;
      if ((sizes.get(label) ?? null) === null) sizes.set(label, size);
    }
  }
  return [...output].map((label) => sizes.get(label) ?? null);
}
