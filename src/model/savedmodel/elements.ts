import { endianness } from 'node:os';
import { bytesOf, type DType, type TensorData } from '../../tensor.js';
import { DataType } from '../proto/tensorflow_pb.js';

/** Element types that are stored as bytes of a fixed number. */
export type FixedDType = Exclude<DType, 'string'>;

const DTYPES: ReadonlyMap<DataType, DType> = new Map<DataType, DType>([
  [DataType.DT_FLOAT, 'float32'],
  [DataType.DT_DOUBLE, 'float64'],
  [DataType.DT_INT32, 'int32'],
  [DataType.DT_UINT8, 'uint8'],
  [DataType.DT_INT16, 'int16'],
  [DataType.DT_INT8, 'int8'],
  [DataType.DT_STRING, 'string'],
  [DataType.DT_COMPLEX64, 'complex64'],
  [DataType.DT_INT64, 'int64'],
  [DataType.DT_BOOL, 'bool'],
  [DataType.DT_BFLOAT16, 'bfloat16'],
  [DataType.DT_UINT16, 'uint16'],
  [DataType.DT_COMPLEX128, 'complex128'],
  [DataType.DT_HALF, 'float16'],
  [DataType.DT_UINT32, 'uint32'],
  [DataType.DT_UINT64, 'uint64'],
]);

/** TensorFlow's element type in our terms; undefined for the ones that no array holds (resources, variants, quantised, 4- and 8-bit floats). */
export function dtypeOf(type: DataType): DType | undefined {
  // Reference types of TF1 (`float_ref`) are the plain type plus 100.
  return DTYPES.get(type > 100 ? type - 100 : type);
}

/** TensorFlow's own name of a type, for messages. */
export function typeName(type: DataType): string {
  return DataType[type] ?? `type ${type}`;
}

/**
 * Elements from their stored bytes, copied.
 * @param bytes a whole number of elements
 */
export function elementsOf(dtype: FixedDType, bytes: Uint8Array, order: 'LE' | 'BE' = 'LE'): TensorData {
  const copy = Uint8Array.prototype.slice.call(bytes);
  if (order !== endianness())
    swapBytes(copy, dtype.startsWith('complex') ? bytesOf(dtype) / 2 : bytesOf(dtype));
  return viewOf(dtype, copy.buffer);
}

/** An array of zeros for `count` elements (complex ones take two places each). */
export function emptyElements(dtype: FixedDType, count: number): TensorData {
  return viewOf(dtype, new ArrayBuffer(count * bytesOf(dtype)));
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; width > 1 && at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

function viewOf(dtype: FixedDType, buffer: ArrayBuffer): TensorData {
  switch (dtype) {
    case 'float16':
    case 'bfloat16':
    case 'uint16':
      return new Uint16Array(buffer);
    case 'float32':
    case 'complex64':
      return new Float32Array(buffer);
    case 'float64':
    case 'complex128':
      return new Float64Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'uint64':
      return new BigUint64Array(buffer);
  }
}
