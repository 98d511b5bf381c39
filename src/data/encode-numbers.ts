import { allocate, type NumericData, type NumericDType } from '../numeric-data.js';
import type { Numbers } from './decode-numbers.js';

/** A number that an element type cannot hold. */
export class UnfitValue extends Error {
  constructor(
    /** Which element. */
    readonly index: number,
    readonly value: number | bigint,
    /** What is wrong with it, after "the value is": `not a whole number`. */
    readonly why: string,
  ) {
    super(`${value} is ${why}`);
  }
}

const RANGES: Partial<Record<NumericDType, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
};

/**
 * Numbers as elements of a type, rounded to the nearest for floating types. Throws UnfitValue for a number that an integer type
 * cannot hold exactly (no rounding, no wrapping), one other than 0 and 1 for bool, and a finite one that a floating
 * type would make infinite.
 */
export function encodeNumbers(numbers: Numbers, dtype: NumericDType): NumericData {
  switch (dtype) {
    case 'float32':
      return toFloat32(numbers);
    case 'float64':
      return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
    case 'float16':
      return to16Bits(numbers, float16Bits, 0x7c00, dtype);
    case 'bfloat16':
      return to16Bits(numbers, bfloat16Bits, 0x7f80, dtype);
    case 'int64':
      return toInt64(numbers, new BigInt64Array(numbers.length), -(2 ** 63), 2 ** 63, dtype);
    case 'uint64':
      return toInt64(numbers, new BigUint64Array(numbers.length), 0, 2 ** 64, dtype);
    case 'bool':
      return toBool(numbers);
    default:
      return toInteger(numbers, dtype);
  }
}

/** 64-bit integers as the other 64-bit integers, exactly. Throws UnfitValue. */
export function reinterpretInt64(
  data: BigInt64Array | BigUint64Array,
  dtype: 'int64' | 'uint64',
): NumericData {
  const result = dtype === 'int64' ? new BigInt64Array(data.length) : new BigUint64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    result[i] = data[i]!;
    if (result[i] !== data[i]) throw new UnfitValue(i, data[i]!, `out of the range of ${dtype}`);
  }
  return result;
}

function toFloat32(numbers: Numbers): Float32Array {
  if (numbers instanceof Float32Array) return numbers;
  const result = new Float32Array(numbers);
  if (numbers instanceof Float64Array) {
    for (let i = 0; i < result.length; i++) {
      if (Math.abs(result[i]!) === Number.POSITIVE_INFINITY) refuseOverflow(numbers[i]!, i, 'float32');
    }
  }
  return result;
}

function to16Bits(
  numbers: Numbers,
  bitsOf: (value: number) => number,
  infinity: number,
  dtype: string,
): Uint16Array {
  const result = new Uint16Array(numbers.length);
  for (let i = 0; i < result.length; i++) {
    const bits = bitsOf(numbers[i]!);
    if ((bits & 0x7fff) === infinity) refuseOverflow(numbers[i]!, i, dtype);
    result[i] = bits;
  }
  return result;
}

function refuseOverflow(value: number, index: number, dtype: string): void {
  if (Number.isFinite(value)) throw new UnfitValue(index, value, `too large for ${dtype}`);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The nearest IEEE 754 binary16 number (ties to even), as its bits. */
export function float16Bits(value: number): number {
  scratch.setFloat64(0, value);
  const sign = (scratch.getUint8(0) & 0x80) << 8;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const size = Math.abs(value);
  // 65520 lies half way between the largest number and what would be the next.
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 the spacing is that of the subnormals, 2^-24; a carry into the exponent is right as it stands.
  const exponent = size < 2 ** -14 ? -14 : ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023;
  const fraction = roundToEven(size * 2 ** (10 - exponent));
  return sign | (size < 2 ** -14 ? fraction : ((exponent + 14) << 10) + fraction);
}

/** The nearest bfloat16 number (ties to even), as its bits. */
export function bfloat16Bits(value: number): number {
  scratch.setFloat64(0, value);
  const sign = (scratch.getUint8(0) & 0x80) << 8;
  if (Number.isNaN(value)) return sign | 0x7fc0;
  const size = Math.abs(value);
  // 2^128 - 2^119 lies half way between the largest number and what would be the next.
  if (size >= 2 ** 128 - 2 ** 119) return sign | 0x7f80;
  const exponent = size < 2 ** -126 ? -126 : ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023;
  const fraction = roundToEven(size * 2 ** (7 - exponent));
  return sign | (size < 2 ** -126 ? fraction : ((exponent + 126) << 7) + fraction);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function toInteger(numbers: Numbers, dtype: NumericDType): NumericData {
  const result = allocate(dtype, numbers.length);
  const [lowest, highest] = RANGES[dtype] ?? [0, 0];
  if (result instanceof BigInt64Array || result instanceof BigUint64Array)
    throw new Error(`${dtype} is 64 bits wide`);
  for (let i = 0; i < result.length; i++) {
    const value = numbers[i]!;
    // Once negated: NaN fails every comparison.
    if (!(value >= lowest && value <= highest && Math.trunc(value) === value))
      throw unfitInteger(value, i, dtype);
    result[i] = value;
  }
  return result;
}

function toInt64<T extends BigInt64Array | BigUint64Array>(
  numbers: Numbers,
  result: T,
  lowest: number,
  beyond: number,
  dtype: NumericDType,
): T {
  for (let i = 0; i < result.length; i++) {
    const value = numbers[i]!;
    if (!(value >= lowest && value < beyond && Math.trunc(value) === value))
      throw unfitInteger(value, i, dtype);
    result[i] = BigInt(value);
  }
  return result;
}

function unfitInteger(value: number, index: number, dtype: NumericDType): UnfitValue {
  if (Number.isInteger(value)) return new UnfitValue(index, value, `out of the range of ${dtype}`);
  return new UnfitValue(index, value, 'not a whole number');
}

function toBool(numbers: Numbers): Uint8Array {
  const result = new Uint8Array(numbers.length);
  for (let i = 0; i < result.length; i++) {
    const value = numbers[i]!;
    if (value !== 0 && value !== 1) throw new UnfitValue(i, value, 'neither 0 nor 1');
    result[i] = value;
  }
  return result;
}
