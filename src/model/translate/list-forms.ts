import type { DType } from '../../tensor.js';
import { choose, loopOver } from './control.js';
import { kernelType } from './kernels.js';
import type { List, SequenceList, WholeList } from './list.js';
import type { Operation } from './operation.js';
import { type Length, type Shape, Value } from './value.js';

/** The list that an input is. */
export function listOf(op: Operation, index: number): { list: List; dtype: DType } {
  const { list, dtype } = op.input(index);
  return { list: list ?? op.refuse('on something that is no list of tensors'), dtype };
}

export function setList(op: Operation, index: number, list: List, dtype: DType): void {
  op.define(index, new Value(dtype, undefined, { list }));
}

/** The shape that an input of whole numbers gives for elements, if it tells all of it (-1 stands for what it leaves open). */
export function elementFrom(op: Operation, index: number): readonly Length[] | undefined {
  const value = op.input(index);
  if (value.rank === 0) return undefined;
  const lengths = op.lengthsOf(value);
  return lengths?.every((length) => typeof length === 'string' || length >= 0) ? lengths : undefined;
}

/** What is known of the shape of a list's elements. */
export function elementShape(list: List): Shape | undefined {
  if (list.kind === 'sequence') return list.shape;
  return (
    list.items?.shape?.slice(1) ?? list.element?.map((length) => (typeof length === 'number' ? length : null))
  );
}

/** Whether elements may be unwritten of which nothing tells the shape. */
export function hasGaps(list: List): boolean {
  if (list.kind === 'sequence') return list.gaps;
  return list.items === undefined && list.element === undefined;
}

export function lengthOf(op: Operation, list: List): Length {
  if (list.kind === 'whole') return list.length;
  return op.emit('Reshape', [op.emit('SequenceLength', [list.name], {}, 'int64'), op.onnx.ints([1])]);
}

/**
 * All elements as one value, (length, ...element).
 * @param told the shape of elements, where what reads the list tells it
 */
export function whole(op: Operation, list: List, dtype: DType, told?: readonly Length[]): Value {
  if (list.kind === 'sequence') return ofSequence(op, list, dtype, told);
  const { length, start, count, items } = list;
  if (!items) {
    const element =
      told ?? list.element ?? op.refuse('on a list of which nothing tells the shape of the elements');
    const zeros = op.emit('Expand', [op.onnx.scalar(0, dtype), op.vector([length, ...element])]);
    return op.made(zeros, shapeOf([length, ...element]));
  }
  if (start === 0 && count === length) return items;
  const unwritten = op.subtract(length, count);
  // A loop without steps may have wanted to begin anywhere.
  const front = start === 0 ? 0 : op.arithmetic('Min', start, unwritten, Math.min);
  const end = op.arithmetic('Max', op.subtract(unwritten, front), 0, Math.max);
  const padded = op.emit('Pad', [op.last(items), op.vector([front, end]), '', op.onnx.ints([0])]);
  return op.made(
    padded,
    items.shape && [typeof length === 'number' ? length : null, ...items.shape.slice(1)],
  );
}

/** The list as an ONNX sequence. */
export function sequence(op: Operation, list: List, dtype: DType): SequenceList {
  if (list.kind === 'sequence') return list;
  const gaps = hasGaps(list);
  const elements = gaps
    ? op.emit('Expand', [op.onnx.scalar(0, dtype), op.vector([list.length, 0])])
    : op.last(whole(op, list, dtype));
  return { kind: 'sequence', name: split(op, elements, list.length), shape: elementShape(list), gaps };
}

/** The elements along the first axis as an ONNX sequence. */
function split(op: Operation, elements: string, length: Length): string {
  const dtype = op.onnx.dtypeOf(elements);
  if (kernelType('SplitToSequence', dtype) === dtype) {
    return op.emit('SplitToSequence', [elements], { axis: { int: 0 }, keepdims: { int: 0 } });
  }
  const empty = op.emit('SequenceEmpty', [], { dtype: { type: dtype } }, dtype);
  const { last } = loopOver(op, length, [empty], (place, [sequence = '']) => {
    const element = op.emit('Gather', [elements, place], { axis: { int: 0 } });
    return { next: [op.emit('SequenceInsert', [sequence, element])], kept: [] };
  });
  return last[0]!;
}

function ofSequence(
  op: Operation,
  list: SequenceList,
  dtype: DType,
  told: readonly Length[] | undefined,
): Value {
  const shape = list.shape ?? (told && shapeOf(told));
  const name = list.gaps
    ? filled(op, list, dtype, told)
    : op.emit('ConcatFromSequence', [list.name], { axis: { int: 0 }, new_axis: { int: 1 } });
  return op.made(name, shape && [null, ...shape]);
}

/** All elements, with zeros for those that were not written. */
function filled(
  op: Operation,
  list: SequenceList,
  dtype: DType,
  told: readonly Length[] | undefined,
): string {
  const length = lengthOf(op, list);
  const at = (place: string) => op.emit('SequenceAt', [list.name, place]);
  const isGap = (element: string) =>
    op.emit('Equal', [op.emit('Size', [element], {}, 'int64'), op.onnx.scalar(0, 'int64')], {}, 'bool');
  const zeros = op.onnx.scalar(0, dtype);
  const shape = told
    ? op.vector(told)
    : op.emit(
        'Shape',
        [anyElement(op, length, at, isGap, op.emit('Expand', [zeros, op.onnx.ints([0])]))],
        {},
        'int64',
      );
  const filling = op.emit('Expand', [zeros, shape]);
  return loopOver(op, length, [], (place) => {
    const element = at(place);
    const [name = ''] = choose(
      op,
      isGap(element),
      () => [filling],
      () => [element],
    );
    return { next: [], kept: [{ name, shape: list.shape }] };
  }).kept[0]!;
}

/** An element that was written, if there is one. */
function anyElement(
  op: Operation,
  length: Length,
  at: (place: string) => string,
  isGap: (element: string) => string,
  none: string,
): string {
  const found = loopOver(op, length, [none], (place, [best = '']) => {
    const next = choose(
      op,
      isGap(best),
      () => [at(place)],
      () => [best],
    );
    return { next, kept: [] };
  });
  return found.last[0]!;
}

export function shapeOf(lengths: readonly Length[]): Shape {
  return lengths.map((length) => (typeof length === 'number' ? length : null));
}

export function isWhole(list: List): list is WholeList {
  return list.kind === 'whole';
}
