import type { Operation } from '../operation.js';
import type { Length, Value } from '../value.js';

/** Vectors longer than this are data rather than shapes, and left to the run. */
const LONGEST = 64;

/**
 * The operands of an element-wise operation element by element, after broadcasting, where all are whole numbers
 * or vectors of them that shapes are computed with; otherwise undefined.
 */
export function broadcastLengths(op: Operation, values: readonly Value[]): Length[][] | undefined {
  const lists = values.map((value) => smallIntegers(op, value));
  const count = Math.max(...lists.map((list) => list?.length ?? 0));
  if (!lists.every((list) => list && (list.length === count || list.length === 1))) return undefined;
  return Array.from({ length: count }, (_, i) => lists.map((list) => list![list!.length === 1 ? 0 : i]!));
}

function smallIntegers(op: Operation, value: Value): readonly Length[] | undefined {
  if (value.lengths) return value.lengths;
  const { constant, dtype } = value;
  if (!constant || !/^int(32|64)$/.test(dtype) || constant.shape.length > 1) return undefined;
  return (constant.shape[0] ?? 1) <= LONGEST ? op.known(value) : undefined;
}
