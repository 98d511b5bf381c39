import { type Dim, sizeOf } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { broadcastShapes, isStatic, range, type Shape, type Value } from '../value.js';

/** Products of matrices. */
export const MATMULS: Family = {
  MatMul: (op) => multiply(op, op.bool('transpose_a', false), op.bool('transpose_b', false)),
  BatchMatMul: batched,
  BatchMatMulV2: batched,
  BatchMatMulV3: batched,
  Einsum: einsum,
  Cross: crossProduct,
};

/** The cross product of vectors along the last axis. */
function crossProduct(op: Operation): void {
  const [a, b] = [op.input(0), op.input(1)];
  const turned = (value: Value, order: readonly number[]) =>
    op.emit('Gather', [op.last(value), op.onnx.ints(order)], { axis: { int: -1 } });
  const product = (first: readonly number[], second: readonly number[]) =>
    op.emit('Mul', [turned(a, first), turned(b, second)]);
  op.set(
    0,
    op.emit('Sub', [product([1, 2, 0], [2, 0, 1]), product([2, 0, 1], [1, 2, 0])]),
    a.shape ?? b.shape,
  );
}

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
  const dense = denseOf(equation, op.inputs);
  if (dense) {
    op.set(0, multiplyDense(op, dense), einsumShape(equation, op.inputs));
    return;
  }
  const operands = op.inputs.map((value) => op.last(value));
  const shape = einsumShape(equation, op.inputs);
  op.set(0, op.emit('Einsum', operands, { equation: { string: equation } }), shape);
}

/** An equation that is a product with a matrix: the last axes of the first operand with the first of a kernel. */
interface DenseEquation {
  /** Axes that both operands have. */
  contracted: number;
  /** The kernel's shape. */
  kernel: readonly number[];
}

/** How attention's projections are written: `abc,cde->abde`, `abde,dec->abc`. */
function denseOf(equation: string, values: readonly Value[]): DenseEquation | undefined {
  const parts = /^([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)$/.exec(equation);
  const shape = values[1]?.shape;
  if (!parts || !isStatic(shape)) return undefined;
  const [, left = '', right = '', output = ''] = parts;
  const distinct = [left, right, output].every((labels) => new Set(labels).size === labels.length);
  const contracted = [...right].filter((label) => left.includes(label)).length;
  const rows = left.slice(0, left.length - contracted);
  const isDense =
    distinct &&
    contracted > 0 &&
    left.slice(rows.length) === right.slice(0, contracted) &&
    output === rows + right.slice(contracted);
  return isDense ? { contracted, kernel: shape } : undefined;
}

/** One product of matrices, of which onnxruntime makes more than of its Einsum. */
function multiplyDense(op: Operation, { contracted, kernel }: DenseEquation): string {
  const [value, weights] = [op.input(0), op.input(1)];
  const rows = op.rankOf(value) - contracted;
  const inputs = sizeOf(kernel.slice(0, contracted));
  const outputs = kernel.slice(contracted);
  const matrix = [inputs, sizeOf(outputs)];
  const { constant } = weights;
  const right = constant
    ? op.onnx.constant('constant', weights.dtype, () => ({ ...constant.load(), shape: matrix }))
    : op.reshape(op.last(weights), matrix);
  // In ONNX's Reshape a 0 keeps the axis as it is.
  const keep = new Array<number>(rows).fill(0);
  const flat = (name: string, end: readonly number[]) =>
    op.emit('Reshape', [name, op.onnx.ints([...keep, ...end])]);
  const left = contracted === 1 ? op.last(value) : flat(op.last(value), [inputs]);
  const product = op.emit('MatMul', [left, right]);
  return outputs.length === 1 ? product : flat(product, outputs);
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
