import { sizeOf } from '../../../tensor.js';
import { tensorOf } from '../numbers.js';
import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { type Length, range, type Shape, type Value } from '../value.js';
import { partsOf, setComplex } from './complex.js';

/** Fourier transforms of real numbers. */
export const REAL_TRANSFORMS: Family = {
  RFFT: (op) => realTransform(op, 1),
  RFFT2D: (op) => realTransform(op, 2),
};

/** Fourier transforms of complex numbers. */
export const COMPLEX_TRANSFORMS: Family = {
  FFT: complexTransform(1, -1),
  FFT2D: complexTransform(2, -1),
  FFT3D: complexTransform(3, -1),
  IFFT: complexTransform(1, 1),
  IFFT2D: complexTransform(2, 1),
  IFFT3D: complexTransform(3, 1),
  IRFFT: (op) => inverseRealTransform(op, 1),
  IRFFT2D: (op) => inverseRealTransform(op, 2),
};

/** Both parts of complex numbers, by the names of their ONNX values. */
interface Parts {
  real: string;
  imaginary: string;
}

/** The transform of the last axis of real numbers: X_k = sum of x_n exp(-2 pi i n k / N), for k up to N / 2; then that of the axes before. */
function realTransform(op: Operation, axes: number): void {
  const lengths = op.constantInput(1, 'a length');
  const shape = op.shapeOf(op.input(0));
  const rank = shape.length;
  let name = op.last(op.input(0));
  for (const [i, length] of lengths.entries()) name = toLength(op, name, shape, rank - axes + i, length);
  const length = lengths[axes - 1]!;
  const bins = Math.floor(length / 2) + 1;
  let parts: Parts = {
    real: op.emit('MatMul', [name, basis(op, length, bins, Math.cos)]),
    imaginary: op.emit('MatMul', [name, basis(op, length, bins, (angle) => -Math.sin(angle))]),
  };
  for (const [i, size] of lengths.slice(0, -1).entries()) {
    parts = alongAxis(op, parts, rank, rank - axes + i, (p) => transformLast(op, p, size, -1));
  }
  const result = [...shape.slice(0, rank - axes), ...lengths.slice(0, -1), bins];
  setComplex(op, op.made(parts.real, result), op.made(parts.imaginary, result));
}

/** The transform of the last axes of complex numbers, the sign that of the exponent; the inverse is divided by the number of elements. */
function complexTransform(axes: number, sign: 1 | -1): Translator {
  return (op) => {
    const { real, imaginary } = partsOf(op, 0);
    const shape = op.shapeOf(real);
    const rank = shape.length;
    let parts: Parts = { real: op.last(real), imaginary: op.last(imaginary) };
    for (const axis of range(rank - axes, rank)) {
      const size = shape[axis] ?? op.refuse('of an axis of unknown size');
      parts = alongAxis(op, parts, rank, axis, (p) => transformLast(op, p, size, sign));
    }
    setComplex(op, op.made(parts.real, shape), op.made(parts.imaginary, shape));
  };
}

/** x_n = sum over k of w_k (Re X_k cos - Im X_k sin) / N, where w_k counts the conjugate bin that is left out. */
function inverseRealTransform(op: Operation, axes: number): void {
  const lengths = op.constantInput(1, 'a length');
  const { real, imaginary } = partsOf(op, 0);
  const shape = op.shapeOf(real);
  const rank = shape.length;
  const length = lengths[axes - 1]!;
  const bins = Math.floor(length / 2) + 1;
  const cropped = (value: Value) =>
    lengths.reduce(
      (name, size, i) => toLength(op, name, shape, rank - axes + i, i === axes - 1 ? bins : size),
      op.last(value),
    );
  let parts: Parts = { real: cropped(real), imaginary: cropped(imaginary) };
  for (const [i, size] of lengths.slice(0, -1).entries()) {
    parts = alongAxis(op, parts, rank, rank - axes + i, (p) => transformLast(op, p, size, 1));
  }
  const weight = (k: number) => (k === 0 || 2 * k === length ? 1 : 2) / length;
  const fromReal = matrix(op, bins, length, (k, n) => weight(k) * Math.cos(angle(k, n, length)));
  const fromImaginary = matrix(op, bins, length, (k, n) => -weight(k) * Math.sin(angle(k, n, length)));
  const name = op.emit('Add', [
    op.emit('MatMul', [parts.real, fromReal]),
    op.emit('MatMul', [parts.imaginary, fromImaginary]),
  ]);
  op.set(0, name, [...shape.slice(0, rank - axes), ...lengths]);
}

/** (a + ib)(c + is), where c and s are the cosines and the signed sines. */
function transformLast(op: Operation, { real, imaginary }: Parts, size: number, sign: 1 | -1): Parts {
  const scale = sign === 1 ? 1 / size : 1;
  const cosines = basis(op, size, size, (x) => scale * Math.cos(x));
  const sines = basis(op, size, size, (x) => scale * sign * Math.sin(x));
  const product = (a: string, b: string) => op.emit('MatMul', [a, b]);
  return {
    real: op.emit('Sub', [product(real, cosines), product(imaginary, sines)]),
    imaginary: op.emit('Add', [product(real, sines), product(imaginary, cosines)]),
  };
}

function alongAxis(
  op: Operation,
  parts: Parts,
  rank: number,
  axis: number,
  run: (parts: Parts) => Parts,
): Parts {
  if (axis === rank - 1) return run(parts);
  const order = range(0, rank);
  order[axis] = rank - 1;
  order[rank - 1] = axis;
  const swap = ({ real, imaginary }: Parts): Parts => ({
    real: op.transpose(real, order),
    imaginary: op.transpose(imaginary, order),
  });
  return swap(run(swap(parts)));
}

/** Cuts an axis to a length, or fills it up with zeros. */
function toLength(op: Operation, name: string, shape: Shape, axis: number, length: number): string {
  const size = shape[axis];
  if (size === length) return name;
  const cut =
    typeof size === 'number' && size < length
      ? name
      : op.emit('Slice', [name, ...[[0], [length], [axis]].map((list) => op.onnx.ints(list))]);
  if (typeof size === 'number' && size > length) return cut;
  const left = size ?? op.emit('Gather', [op.shapeVector(cut), op.onnx.ints([axis])]);
  const pads: Length[] = new Array<number>(2 * shape.length).fill(0);
  pads[shape.length + axis] = op.subtract(length, left);
  return op.emit('Pad', [cut, op.vector(pads)]);
}

function basis(op: Operation, rows: number, columns: number, of: (angle: number) => number): string {
  return matrix(op, rows, columns, (n, k) => of(angle(n, k, rows)));
}

/** 2 pi n k / N, the product reduced first, so that large ones cost no digits. */
function angle(n: number, k: number, size: number): number {
  return (2 * Math.PI * ((n * k) % size)) / size;
}

function matrix(
  op: Operation,
  rows: number,
  columns: number,
  element: (row: number, column: number) => number,
): string {
  const { dtype: given } = op.input(0);
  const dtype = given === 'float64' || given === 'complex128' ? 'float64' : 'float32';
  const shape = [rows, columns];
  return op.onnx.constant('basis', dtype, () =>
    tensorOf(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, (_, i) => element(Math.floor(i / columns), i % columns)),
    ),
  );
}
