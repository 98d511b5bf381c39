/** Element types that are written, with NumPy's names for them. */
const DESCR = {
  float64: '<f8',
  float32: '<f4',
  int64: '<i8',
  int32: '<i4',
  uint8: '|u1',
} as const;

type WritableDType = keyof typeof DESCR;

/** An array to be written: C order, `data.length` the product of `shape` ([] for a 0-d array). */
export interface NpyArray {
  dtype: WritableDType;
  shape: readonly number[];
  data: Float64Array | Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

/** NumPy aligns the items to this many bytes, so that they can be mapped into memory. */
const ALIGNMENT = 64;
const PREFIX = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);

/**
 * The array as a file of NumPy's npy format 1.0, in pieces to be written one after the other; the second is a view of
 * `data`, not a copy. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy({ dtype, shape, data }: NpyArray): [header: Uint8Array, items: Uint8Array] {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCR[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const start = PREFIX.length + 2;
  const bytes = Math.ceil((start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(bytes).fill(' '.charCodeAt(0));
  header.set(PREFIX);
  new DataView(header.buffer).setUint16(PREFIX.length, bytes - start, true);
  header.set(new TextEncoder().encode(text), start);
  header[bytes - 1] = '\n'.charCodeAt(0);
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/** A number as a 0-d array: int64 for one that counts, float64 else (and for a count that is NaN), as NumPy saves Python's. */
export function scalarArray(value: number, integer: boolean): NpyArray {
  return integer && Number.isSafeInteger(value)
    ? { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) }
    : { dtype: 'float64', shape: [], data: Float64Array.of(value) };
}
