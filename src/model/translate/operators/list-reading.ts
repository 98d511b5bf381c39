import { loopOver } from '../control.js';
import { elementFrom, elementShape, lengthOf, listOf, shapeOf, whole } from '../list-forms.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import type { Length, Value } from '../value.js';

/** What is read of lists of tensors. */
export const LIST_READERS: Family = {
  TensorListGetItem: (op) => element(op, 0, op.input(1)),
  TensorArrayReadV3: (op) => element(op, 2, op.input(1)),
  TensorListGather: (op) => gather(op, 0, op.input(1), elementFrom(op, 2)),
  TensorArrayGatherV3: (op) => gather(op, 2, op.input(1), undefined),
  TensorListStack: stack,
  TensorListConcat: (op) => concat(op, 0),
  TensorListConcatV2: (op) => concat(op, 0),
  TensorArrayConcatV3: (op) => concat(op, 1),
  TensorListLength: (op) => op.setLengths(0, [lengthOf(op, listOf(op, 0).list)], 0, 'int32'),
  TensorArraySizeV3: (op) => op.setLengths(0, [lengthOf(op, listOf(op, 1).list)], 0, 'int32'),
  TensorListElementShape: (op) => {
    const { list } = listOf(op, 0);
    const told =
      list.kind === 'whole' ? ((list.items && op.dimsOf(list.items).slice(1)) ?? list.element) : undefined;
    const known = told ?? elementShape(list)?.map((dim): Length => dim ?? op.refuse('that is not known'));
    op.setLengths(0, known ?? op.refuse('that is not known'), 1, op.dtypeAttr('shape_type', 'int32'));
  },
};

function element(op: Operation, at: number, index: Value): void {
  const { list, dtype } = listOf(op, at);
  const place = op.last(index);
  const name =
    list.kind === 'sequence'
      ? op.emit('SequenceAt', [list.name, place])
      : op.emit('Gather', [op.last(whole(op, list, dtype)), place], { axis: { int: 0 } });
  op.set(0, name, elementShape(list));
}

function gather(op: Operation, at: number, indices: Value, told: readonly Length[] | undefined): void {
  const { list, dtype } = listOf(op, at);
  const all = whole(op, list, dtype, told);
  const taken = op.emit('Gather', [op.last(all), op.last(indices)], { axis: { int: 0 } });
  op.set(0, taken, all.shape && [indices.shape?.[0] ?? null, ...all.shape.slice(1)]);
}

function stack(op: Operation): void {
  const { list, dtype } = listOf(op, 0);
  const told = elementFrom(op, 1);
  const all = whole(op, list, dtype, told);
  // What a list of no elements would have been made of, only its reader tells.
  const open = told?.some((length) => typeof length === 'string');
  if (!open) op.pass(0, all);
  else
    op.set(
      0,
      op.reshape(op.last(all), [lengthOf(op, list), ...told!]),
      all.shape ?? [null, ...shapeOf(told!)],
    );
}

/** The elements one behind the other, and the length of each. */
function concat(op: Operation, at: number): void {
  const { list, dtype } = listOf(op, at);
  if (list.kind === 'sequence') {
    const attributes = { axis: { int: 0 }, new_axis: { int: 0 } };
    const name = op.emit('ConcatFromSequence', [list.name], attributes);
    op.set(0, name, list.shape && [null, ...list.shape.slice(1)]);
    op.set(1, lengthsIn(op, list.name, lengthOf(op, list)), [null]);
    return;
  }
  const all = whole(op, list, dtype);
  const [count = 0, length, ...rest] = op.dimsOf(all);
  if (length === undefined) op.refuse('of scalars');
  const total = op.multiply(count, length);
  op.set(0, op.reshape(op.last(all), [total, ...rest]), shapeOf([total, ...rest]));
  op.set(1, op.emit('Expand', [op.vector([length]), op.vector([count])]), shapeOf([count]));
}

function lengthsIn(op: Operation, sequence: string, count: Length): string {
  const lengths = loopOver(op, count, [], (place) => {
    const shape = op.emit('Shape', [op.emit('SequenceAt', [sequence, place])], {}, 'int64');
    return { next: [], kept: [{ name: op.emit('Gather', [shape, op.onnx.scalar(0, 'int64')]), shape: [] }] };
  });
  return lengths.kept[0]!;
}
