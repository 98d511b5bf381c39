import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, range, type Value } from '../value.js';

/** Taking values apart along an axis. */
export const SPLITS: Family = {
  Split: (op) => {
    const axis = op.constantInput(0, 'an axis')[0]!;
    const count = op.int('num_split', op.node.outputs.length);
    const value = op.input(1);
    const size = value.shape?.at(axis);
    split(op, value, axis, new Array<number | null>(count).fill(size ? size / count : null));
  },
  SplitV: (op) => {
    const value = op.input(0);
    const axis = op.constantInput(2, 'an axis')[0]!;
    const sizes = op.constantInput(1, 'sizes');
    const whole = value.shape?.at(axis) ?? null;
    const rest = whole === null ? null : whole - sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
    split(
      op,
      value,
      axis,
      sizes.map((size) => (size < 0 ? rest : size)),
    );
  },
  Unpack: unpack,
};

function split(op: Operation, value: Value, given: number, sizes: readonly (number | null)[]): void {
  if (value.lengths && sizes.every((size) => size !== null)) {
    splitLengths(op, value, sizes);
    return;
  }
  const shape = op.shapeOf(value);
  const axis = op.axisOf(given, shape.length);
  const layout = op.layoutOf([value]);
  const names = splitInto(op, op.in(layout, value), axisIn(layout, axis, shape.length), sizes);
  for (const [index, name] of names.entries()) op.set(index, name, shape.with(axis, sizes[index]!), layout);
}

function splitLengths(op: Operation, value: Value, sizes: readonly number[]): void {
  let start = 0;
  for (const [index, size] of sizes.entries()) {
    op.setLengths(index, value.lengths!.slice(start, start + size), 1, value.dtype);
    start += size;
  }
}

function splitInto(op: Operation, name: string, axis: number, sizes: readonly (number | null)[]): string[] {
  if (sizes.length === 1) return [name];
  const known = sizes.filter((size) => size !== null);
  const outputs = sizes.map(() => undefined);
  if (known.length === sizes.length) {
    return op.onnx.emitAll('Split', [name, op.onnx.ints(known)], { axis: { int: axis } }, outputs);
  }
  if (known.length > 0) op.refuse('into a rest of unknown size');
  const attributes = { axis: { int: axis }, num_outputs: { int: sizes.length } };
  return op.onnx.emitAll('Split', [name], attributes, outputs);
}

function unpack(op: Operation): void {
  const value = op.input(0);
  if (value.lengths) {
    for (const [index, length] of value.lengths.entries()) op.setLengths(index, [length], 0, value.dtype);
    return;
  }
  const shape = op.shapeOf(value);
  const axis = op.axisOf(op.int('axis', 0), shape.length);
  const count = op.int('num', op.node.outputs.length);
  const names = splitInto(
    op,
    op.last(value),
    axis,
    range(0, count).map(() => 1),
  );
  for (const [index, name] of names.entries()) {
    op.set(index, op.emit('Squeeze', [name, op.onnx.ints([axis])]), shape.toSpliced(axis, 1));
  }
}
