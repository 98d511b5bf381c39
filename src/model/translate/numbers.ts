import { type DType, sizeOf, type Tensor, type TensorData } from '../../tensor.js';

/** A tensor of the given type from JavaScript numbers. */
export function tensorOf(dtype: DType, shape: readonly number[], values: readonly number[]): Tensor {
  return { dtype, shape, data: dataOf(dtype, values) };
}

function dataOf(dtype: DType, values: readonly number[]): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'int8':
      return Int8Array.from(values);
    case 'int16':
      return Int16Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    case 'uint8':
      return Uint8Array.from(values);
    case 'bool':
      return Uint8Array.from(values, (value) => Number(value !== 0));
    case 'uint16':
      return Uint16Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'uint64':
      return BigUint64Array.from(values, BigInt);
    default:
      throw new TypeError(`No constant of type ${dtype} can be made from numbers`);
  }
}

/** The elements as JavaScript numbers (int64 beyond 2^53 is rounded). */
export function numbersOf(tensor: Tensor): number[] {
  const { data } = widened(tensor);
  if (Array.isArray(data)) throw new TypeError('Strings are no numbers');
  return Array.from<number | bigint, number>(data, Number);
}

/** Half floats as float32; every other tensor as it is. */
export function widened(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float16' && tensor.dtype !== 'bfloat16') return tensor;
  const { data: bits } = tensor;
  if (!(bits instanceof Uint16Array)) throw new TypeError(`${tensor.dtype} is kept as 16-bit words`);
  const wide = new Float32Array(sizeOf(tensor.shape));
  if (tensor.dtype === 'bfloat16') {
    // A bfloat16 is the upper half of a float32.
    const words = new Uint32Array(wide.buffer);
    for (let i = 0; i < words.length; i++) words[i] = bits[i]! << 16;
  } else {
    for (let i = 0; i < wide.length; i++) wide[i] = fromHalf(bits[i]!);
  }
  return { dtype: 'float32', shape: tensor.shape, data: wide };
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
