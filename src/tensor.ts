/** Element types that model files and datasets hold. `float16` and `bfloat16` are kept as their 16 bits. */
export type DType =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'complex64'
  | 'complex128'
  | 'string';

/** The array that holds the elements of a type: `bool` as bytes 0 or 1, 16-bit floats as their bits, complex numbers as pairs. */
export interface DataOf {
  float16: Uint16Array;
  bfloat16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  complex64: Float32Array;
  complex128: Float64Array;
  string: string[];
}

export type TensorData = DataOf[DType];

/** A dense array in C order: `data.length` is the product of `shape` (twice that for complex types). */
export interface Tensor {
  dtype: DType;
  shape: readonly number[];
  data: TensorData;
}

/** A dimension that only the data tells (the batch, mostly) is null. */
export type Dim = number | null;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** A shape as people write it: `(?, 28, 28, 1)`. */
export function formatShape(shape: readonly Dim[]): string {
  return `(${shape.map((dim) => dim ?? '?').join(', ')}${shape.length === 1 ? ',' : ''})`;
}

const BYTES: Record<Exclude<DType, 'string'>, number> = {
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

/** Bytes of one element of a type; complex numbers count both parts. */
export function bytesOf(dtype: DType): number {
  if (dtype === 'string') throw new Error('strings have no fixed size');
  return BYTES[dtype];
}
