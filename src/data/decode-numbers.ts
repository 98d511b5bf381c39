import type { Tensor } from '../tensor.js';

/** Numbers as JavaScript computes with them. */
export type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/**
 * The elements of a tensor as numbers: its own array where that holds numbers; 16-bit floats as float32 (exact), 64-bit integers as
 * float64 (the nearest one beyond 2^53). Not for complex numbers and strings.
 */
export function decodeNumbers({ dtype, data }: Tensor): Numbers {
  if (dtype === 'float16' && data instanceof Uint16Array) return fromFloat16(data);
  if (dtype === 'bfloat16' && data instanceof Uint16Array) return fromBfloat16(data);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return fromInt64(data);
  if (Array.isArray(data) || dtype.startsWith('complex')) throw new Error(`${dtype} is not for computing`);
  return data;
}

let float16Values: Float32Array | undefined;

function fromFloat16(bits: Uint16Array): Float32Array {
  float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, half) => float16Value(half));
  const table = float16Values;
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
  return values;
}

/** The value of an IEEE 754 binary16 number, given as its bits. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function fromBfloat16(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

// Through halves: going by way of bigint takes ten times as long.
function fromInt64(data: BigInt64Array | BigUint64Array): Float64Array {
  const halves = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
  const values = new Float64Array(data.length);
  const low = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
  const signed = data instanceof BigInt64Array;
  for (let i = 0; i < values.length; i++) {
    const high = halves[2 * i + 1 - low]!;
    values[i] = (signed ? high | 0 : high) * 2 ** 32 + halves[2 * i + low]!;
  }
  return values;
}
