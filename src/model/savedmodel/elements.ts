import { endianness } from 'node:os';
import { allocate, bytesOfData, type NumericDType, swapBytes } from '../../numeric-data.js';
import { bytesOf, type DType, type TensorData } from '../../tensor.js';
import { DataType } from '../proto/tensorflow_pb.js';

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

/** The format's number of a type. */
export function dataTypeOf(dtype: DType): DataType {
  for (const [type, name] of DTYPES) if (name === dtype) return type;
  throw new Error(`TensorFlow has no type ${dtype}`);
}

/** TensorFlow's own name of a type, for messages. */
export function typeName(type: DataType): string {
  return DataType[type] ?? `type ${type}`;
}

/**
 * Elements from their stored bytes, copied.
 * @param bytes a whole number of elements
 */
export function elementsOf(dtype: NumericDType, bytes: Uint8Array, order: 'LE' | 'BE' = 'LE'): TensorData {
  const data = allocate(dtype, bytes.length / bytesOf(dtype));
  const copy = bytesOfData(data);
  copy.set(bytes);
  if (order !== endianness()) swapBytes(copy, data.BYTES_PER_ELEMENT);
  return data;
}
