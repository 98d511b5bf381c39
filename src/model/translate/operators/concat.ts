import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, type Value } from '../value.js';

/** Putting values together along an axis, an old or a new one. */
export const CONCATENATIONS: Family = {
  ConcatV2: (op) => concat(op, op.inputs.slice(0, -1), op.constantInput(op.inputs.length - 1, 'an axis')[0]!),
  Concat: (op) => concat(op, op.inputs.slice(1), op.constantInput(0, 'an axis')[0]!),
  Pack: pack,
};

function concat(op: Operation, values: readonly Value[], given: number): void {
  if (joinLengths(op, values, 1)) return;
  const rank =
    values.find((value) => value.rank !== undefined)?.rank ?? op.refuse('of tensors of unknown rank');
  const axis = op.axisOf(given, rank);
  const layout = values.every((value) => value.rank === rank) ? op.layoutOf(values) : 'last';
  const parts = values.map((value) => op.in(layout, value));
  const name =
    parts.length === 1 ? parts[0]! : op.emit('Concat', parts, { axis: { int: axisIn(layout, axis, rank) } });
  const shape = Array.from({ length: rank }, (_, i): Dim => {
    const dims = values.map((value) => value.shape?.[i] ?? null);
    if (i !== axis) return dims.find((dim) => dim !== null) ?? null;
    return dims.reduce((sum: Dim, dim) => (sum === null || dim === null ? null : sum + dim), 0);
  });
  op.set(0, name, shape, layout);
}

function pack(op: Operation): void {
  if (joinLengths(op, op.inputs, 0)) return;
  const values = op.inputs;
  const shape =
    values.map((value) => value.shape).find((s) => s !== undefined) ??
    op.refuse('of tensors of unknown rank');
  const axis = op.axisOf(op.int('axis', 0), shape.length + 1);
  const parts = values.map((value) => op.emit('Unsqueeze', [op.last(value), op.onnx.ints([axis])]));
  const name = parts.length === 1 ? parts[0]! : op.emit('Concat', parts, { axis: { int: axis } });
  op.set(0, name, shape.toSpliced(axis, 0, values.length));
}

/** Whole numbers (rank 0) or vectors of them that make up a shape, put together as such. */
function joinLengths(op: Operation, values: readonly Value[], rank: 0 | 1): boolean {
  const small = (value: Value) =>
    value.rank === rank && (value.lengths !== undefined || (value.shape?.[0] ?? 1) <= 16);
  if (!values.every((value) => /^int(32|64)$/.test(value.dtype) && small(value))) return false;
  if (!values.some((value) => value.lengths) && !values.every((value) => value.constant)) return false;
  const lists = values.map((value) => op.lengthsOf(value));
  if (lists.includes(undefined)) return false;
  op.setLengths(
    0,
    lists.flatMap((list) => list ?? []),
    1,
    values[0]!.dtype,
  );
  return true;
}
