import type { WholeList } from './list.js';
import { whole } from './list-forms.js';
import type { Operation } from './operation.js';
import { commonShape, type Length, type Value } from './value.js';

/** Elements that were written one after the other. */
export interface Filling {
  /** In the order in which they were written, (count, ...element). */
  items: Value;
  count: Length;
  /** Where the first was written; undefined: at the end of the list. */
  start: Length | undefined;
  /** 1 where each stands behind the one before, -1 where before it. */
  step: number;
  /** Whether the list gets longer where they go beyond its end. */
  grows: boolean;
}

const END = Number.MAX_SAFE_INTEGER;

/** A list with elements written into it. */
export function filledFrom(op: Operation, list: WholeList, filling: Filling): WholeList {
  const { count, step, grows } = filling;
  const items = step < 0 ? reversed(op, filling.items) : filling.items;
  if (filling.start === undefined) {
    const all = list.length === 0 ? items : joined(op, [whole(op, list, items.dtype), items]);
    const length = op.add(list.length, count);
    return { ...list, kind: 'whole', length, start: 0, count: length, items: all };
  }
  const start = step < 0 ? op.add(op.subtract(filling.start, count), 1) : filling.start;
  const length = grows ? op.arithmetic('Max', list.length, op.add(start, count), Math.max) : list.length;
  if (!list.items) return { ...list, length, start, count, items };
  if (op.add(list.start, list.count) === start) {
    return { ...list, length, count: op.add(list.count, count), items: joined(op, [list.items, items]) };
  }
  const old = whole(op, list, items.dtype);
  const parts = [slice(op, old, 0, start), items, slice(op, old, op.add(start, count), END)];
  return { ...list, length, start: 0, count: length, items: joined(op, parts) };
}

/** Items one behind the other. */
export function joined(op: Operation, parts: readonly Value[]): Value {
  const name = op.emit(
    'Concat',
    parts.map((part) => op.last(part)),
    { axis: { int: 0 } },
  );
  const shape = commonShape(parts.map((part) => part.shape?.slice(1)));
  return op.made(name, shape && [null, ...shape]);
}

function slice(op: Operation, items: Value, start: Length, end: Length): Value {
  const name = op.emit('Slice', [op.last(items), op.vector([start]), op.vector([end]), op.onnx.ints([0])]);
  return op.made(name, items.shape && [null, ...items.shape.slice(1)]);
}

function reversed(op: Operation, items: Value): Value {
  const name = op.emit('Slice', [
    op.last(items),
    ...[[END], [-END], [0], [-1]].map((list) => op.onnx.ints(list)),
  ]);
  return op.made(name, items.shape);
}
