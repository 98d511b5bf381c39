import type { Tensor, TensorData } from '../../tensor.js';

/** The axes in another order: axis i of the result is axis `permutation[i]` of the tensor (NumPy's transpose). */
export function permuteTensor(tensor: Tensor, permutation: readonly number[]): Tensor {
  const shape = permutation.map((axis) => tensor.shape[axis]!);
  return { dtype: tensor.dtype, shape, data: permuteData(tensor.data, tensor.shape, permutation) };
}

function permuteData(data: TensorData, shape: readonly number[], permutation: readonly number[]): TensorData {
  const steps = stridesOf(shape);
  const target = permutation.map((axis) => shape[axis]!);
  const strides = permutation.map((axis) => steps[axis]!);
  if (Array.isArray(data)) return gather(data, target, strides, new Array<string>(data.length));
  if (data instanceof BigInt64Array) return gather(data, target, strides, new BigInt64Array(data.length));
  if (data instanceof BigUint64Array) return gather(data, target, strides, new BigUint64Array(data.length));
  // One call site per array type keeps each loop's element type fixed for the compiler.
  if (data instanceof Float32Array) return gather(data, target, strides, new Float32Array(data.length));
  if (data instanceof Float64Array) return gather(data, target, strides, new Float64Array(data.length));
  if (data instanceof Int32Array) return gather(data, target, strides, new Int32Array(data.length));
  if (data instanceof Uint32Array) return gather(data, target, strides, new Uint32Array(data.length));
  if (data instanceof Int16Array) return gather(data, target, strides, new Int16Array(data.length));
  if (data instanceof Uint16Array) return gather(data, target, strides, new Uint16Array(data.length));
  if (data instanceof Int8Array) return gather(data, target, strides, new Int8Array(data.length));
  return gather(data, target, strides, new Uint8Array(data.length));
}

interface Elements<E> {
  length: number;
  [index: number]: E;
}

function gather<E, T extends Elements<E>>(
  source: Elements<E>,
  shape: readonly number[],
  strides: readonly number[],
  target: T,
): T {
  const rank = shape.length;
  const inner = shape[rank - 1] ?? 1;
  const step = strides[rank - 1] ?? 1;
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let at = 0; at < target.length; ) {
    for (let i = 0, read = from; i < inner; i++, read += step) target[at++] = source[read]!;
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return target;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
