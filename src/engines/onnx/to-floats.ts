import { decodeNumbers } from '../../data/decode-numbers.js';
import type { DataOf, DType } from '../../tensor.js';

type Numbers = Exclude<DataOf[DType], string[]>;

/** Numbers of an engine's output as floats; float32 and float64 are passed on as they are. */
export function toFloats(dtype: DType, data: Numbers): Float32Array | Float64Array {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  const numbers = decodeNumbers({ dtype, shape: [data.length], data });
  return Float64Array.from(numbers as ArrayLike<number | bigint>, Number);
}
