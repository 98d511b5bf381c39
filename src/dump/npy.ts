import { dump } from 'npyjs';

/** An array to be written: C order, `data.length` the product of `shape` ([] for a 0-d array). */
export interface NpyArray {
  shape: readonly number[];
  data: Float64Array | Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

/** The array as a file of NumPy's npy format, its type that of `data`. */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array {
  return new Uint8Array(dump(data, [...shape]));
}

/** A number as a 0-d array: int64 for one that counts, float64 else (and for a count that is NaN), as NumPy saves Python's. */
export function scalarArray(value: number, integer: boolean): NpyArray {
  const counts = integer && Number.isSafeInteger(value);
  return { shape: [], data: counts ? BigInt64Array.of(BigInt(value)) : Float64Array.of(value) };
}
