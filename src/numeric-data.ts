import type { DataOf, DType } from './tensor.js';

/** Element types that have a typed array. */
export type NumericDType = Exclude<DType, 'string'>;
export type NumericData = DataOf[NumericDType];

const ARRAYS = {
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  complex64: Float32Array,
  complex128: Float64Array,
} as const;

/** Zeros for `elements` elements of a type (complex ones take two numbers each). */
export function allocate(dtype: NumericDType, elements: number): NumericData {
  return new ARRAYS[dtype](dtype.startsWith('complex') ? 2 * elements : elements);
}

/** The bytes of a typed array, not copied. */
export function bytesOfData(data: NumericData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Reverses the bytes of every number in place. `width` is the size of a number: 1, 2, 4 or 8 bytes. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}
