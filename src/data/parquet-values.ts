import { formatShape } from '../tensor.js';

export type Numbers = Float32Array | Float64Array | Uint8Array;

/** Writes a number; what is wrong with it, if anything. */
export function setNumber(value: unknown, data: Numbers, at: number): string | undefined {
  if (value === null || value === undefined) return 'is empty (null)';
  data[at] = Number(value);
  return undefined;
}

/** Writes the numbers of a list of lists in C order; the place behind them, or what is wrong with it. */
export function fillList(
  value: unknown,
  shape: readonly number[],
  axis: number,
  data: Numbers,
  at: number,
): number | string {
  if (axis === shape.length) return setNumber(value, data, at) ?? at + 1;
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
