import { formatShape } from '../tensor.js';
import type { ParquetColumn } from './parquet-columns.js';
import { decodeUtf8 } from './utf8.js';

export type Values = Float32Array | Float64Array | Uint8Array | string[];

export function allocateValues(element: ParquetColumn['element'], length: number): Values {
  switch (element) {
    case 'string':
      return new Array<string>(length).fill('');
    case 'uint8':
      return new Uint8Array(length);
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
  }
}

/** Writes a number, or text; what is wrong with it, if anything. */
export function setValue(value: unknown, data: Values, at: number): string | undefined {
  if (value === null || value === undefined) return 'is empty (null)';
  if (!Array.isArray(data)) {
    data[at] = Number(value);
    return undefined;
  }
  const text = value instanceof Uint8Array ? decodeUtf8(value) : String(value);
  if (text === undefined) return 'holds bytes that are no text in UTF-8';
  data[at] = text;
  return undefined;
}

/** Text as text, and bytes that are none as they are, for a message that tells of them. */
export function textFromBytes(bytes: Uint8Array): string | Uint8Array {
  return decodeUtf8(bytes) ?? bytes;
}

/** Writes the values of a list of lists in C order; the place behind them, or what is wrong with it. */
export function fillList(
  value: unknown,
  shape: readonly number[],
  axis: number,
  data: Values,
  at: number,
): number | string {
  if (axis === shape.length) return setValue(value, data, at) ?? at + 1;
  if (value === null || value === undefined) return 'is empty (null)';
  if (!isListValue(value)) return 'holds no list';
  if (value.length !== shape[axis]) {
    return `holds ${value.length} values along axis ${axis}, but samples are ${formatShape(shape)}, as in the first row`;
  }
  let next = at;
  for (let i = 0; i < value.length; i++) {
    const after = fillList(value[i], shape, axis + 1, data, next);
    if (typeof after === 'string') return after;
    next = after;
  }
  return next;
}

/** Lengths of a list of lists, axis by axis, as its first elements have them. */
export function listShape(value: unknown): number[] {
  return isListValue(value) ? [value.length, ...listShape(value[0])] : [];
}

function isListValue(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}
