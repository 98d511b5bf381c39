import type { DType } from '../../../tensor.js';
import { loopOver } from '../control.js';
import type { List, SequenceList, WholeList } from '../list.js';
import { joined } from '../list-filling.js';
import { elementShape, isWhole, lengthOf, listOf, sequence, setList, whole } from '../list-forms.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { commonShape, type Length, type Value } from '../value.js';

/** Lists of tensors with something written, added or taken away. */
export const LIST_WRITERS: Family = {
  TensorListSetItem: (op) => write(op, 0, op.input(1), op.input(2)),
  TensorArrayWriteV3: (op) => write(op, 3, op.input(1), op.input(2)),
  TensorListPushBack: (op) => {
    const { list, dtype } = listOf(op, 0);
    setList(op, 0, pushed(op, list, op.input(1)), dtype);
  },
  TensorListPopBack: popBack,
  TensorListResize: resize,
  TensorListScatterIntoExistingList: (op) => scatterInto(op, 0, op.input(2), op.input(1)),
  TensorArrayScatterV3: (op) => scatterInto(op, 3, op.input(1), op.input(2)),
  TensorListConcatLists: (op) => {
    const parts = [0, 1].map((index) => whole(op, listOf(op, index).list, listOf(op, index).dtype));
    setWhole(op, joined(op, parts));
  },
};

function write(op: Operation, at: number, index: Value, item: Value): void {
  const { list, dtype } = listOf(op, at);
  const place = op.lengthsOf(index)![0]!;
  const end = isWhole(list) ? op.add(list.start, list.count) : undefined;
  if (isWhole(list) && !list.items) {
    setList(op, 0, { ...list, length: grown(op, list.length, place), ...started(op, place, item) }, dtype);
  } else if (isWhole(list) && end === place) {
    setList(op, 0, { ...appended(op, list, item), length: grown(op, list.length, place) }, dtype);
  } else {
    const known = sequence(op, list, dtype);
    setList(
      op,
      0,
      replaced(op, resizes(op) ? lengthened(op, known, dtype, place) : known, place, item),
      dtype,
    );
  }
}

/** Whether the list is to grow where something is written beyond its end. */
function resizes(op: Operation): boolean {
  return op.bool('resize_if_index_out_of_bounds', false);
}

function grown(op: Operation, length: Length, place: Length): Length {
  return resizes(op) ? op.arithmetic('Max', length, op.add(place, 1), Math.max) : length;
}

function started(op: Operation, start: Length, item: Value): Pick<WholeList, 'start' | 'count' | 'items'> {
  return { start, count: 1, items: single(op, item) };
}

function appended(op: Operation, list: WholeList, item: Value): WholeList {
  return { ...list, count: op.add(list.count, 1), items: joined(op, [list.items!, single(op, item)]) };
}

/** One element as items. */
function single(op: Operation, item: Value): Value {
  return op.made(op.emit('Unsqueeze', [op.last(item), op.onnx.ints([0])]), item.shape && [1, ...item.shape]);
}

function setWhole(op: Operation, items: Value): void {
  const length = op.dimsOf(items)[0]!;
  setList(op, 0, { kind: 'whole', length, start: 0, count: length, items, element: undefined }, items.dtype);
}

function replaced(op: Operation, list: SequenceList, place: Length, item: Value): SequenceList {
  const at = op.scalar(place);
  const without = op.emit('SequenceErase', [list.name, at]);
  const name = op.emit('SequenceInsert', [without, op.last(item), at]);
  return { ...list, name, shape: commonShape([list.shape ?? item.shape, item.shape]) };
}

/** The list with elements for all places up to one. */
function lengthened(op: Operation, list: SequenceList, dtype: DType, place: Length): SequenceList {
  const missing = op.subtract(op.add(place, 1), lengthOf(op, list));
  const gap = op.emit('Expand', [op.onnx.scalar(0, dtype), op.onnx.ints([0])]);
  const { last } = loopOver(op, missing, [list.name], (_, [longer = '']) => ({
    next: [op.emit('SequenceInsert', [longer, gap])],
    kept: [],
  }));
  return { ...list, name: last[0]!, gaps: true };
}

function pushed(op: Operation, list: List, item: Value): List {
  if (isWhole(list) && list.length === 0) return { ...list, length: 1, ...started(op, 0, item) };
  if (isWhole(list) && list.items && op.add(list.start, list.count) === list.length) {
    return { ...appended(op, list, item), length: op.add(list.length, 1) };
  }
  const known = sequence(op, list, item.dtype);
  const name = op.emit('SequenceInsert', [known.name, op.last(item)]);
  return { ...known, name, shape: commonShape([known.shape ?? item.shape, item.shape]) };
}

function popBack(op: Operation): void {
  const { list, dtype } = listOf(op, 0);
  const known = sequence(op, list, dtype);
  setList(op, 0, { ...known, name: op.emit('SequenceErase', [known.name]) }, dtype);
  op.set(1, op.emit('SequenceAt', [known.name, op.onnx.scalar(-1, 'int64')]), elementShape(list));
}

function resize(op: Operation): void {
  const { list, dtype } = listOf(op, 0);
  const length = op.lengthsOf(op.input(1))![0]!;
  if (isWhole(list) && !list.items) {
    setList(op, 0, { ...list, length }, dtype);
    return;
  }
  const all = whole(op, list, dtype);
  const kept = op.emit('Slice', [op.last(all), op.onnx.ints([0]), op.vector([length]), op.onnx.ints([0])]);
  const items = op.made(kept, all.shape && [null, ...all.shape.slice(1)]);
  const count = op.dimsOf(items)[0]!;
  setList(op, 0, { kind: 'whole', length, start: 0, count, items, element: undefined }, dtype);
}

function scatterInto(op: Operation, at: number, indices: Value, tensor: Value): void {
  const { list, dtype } = listOf(op, at);
  const all = whole(op, list, dtype, op.dimsOf(tensor).slice(1));
  const places = op.emit('Unsqueeze', [op.int64(indices), op.onnx.ints([1])]);
  const name = op.emit('ScatterND', [op.last(all), places, op.last(tensor)]);
  setWhole(op, op.made(name, all.shape));
}
