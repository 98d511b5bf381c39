import { elementFrom, setList } from '../list-forms.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import type { Length, Value } from '../value.js';

/** New lists of tensors. */
export const LIST_MAKERS: Family = {
  EmptyTensorList: (op) => reserve(op, 0, elementFrom(op, 0), [0]),
  TensorListReserve: (op) => reserve(op, lengthFrom(op, op.input(1)), elementFrom(op, 0), [0]),
  // The handle; the flow, which stands for what was written so far.
  TensorArrayV3: (op) => reserve(op, lengthFrom(op, op.input(0)), elementAttr(op), [0, 1]),
  TensorListFromTensor: (op) => {
    const items = op.input(0);
    const length = op.dimsOf(items)[0] ?? op.refuse('of a scalar');
    setList(
      op,
      0,
      { kind: 'whole', length, start: 0, count: length, items, element: undefined },
      items.dtype,
    );
  },
  TensorListScatter: (op) => scatter(op, undefined),
  TensorListScatterV2: (op) => scatter(op, op.known(op.input(3))?.[0] === -1 ? undefined : op.input(3)),
  TensorListSplit: (op) => split(op, op.input(0), op.input(2)),
  TensorArraySplitV3: (op) => split(op, op.input(1), op.input(2)),
};

function reserve(
  op: Operation,
  length: Length,
  element: readonly Length[] | undefined,
  outputs: readonly number[],
): void {
  const dtype = op.dtypeAttr(op.node.attrs.has('dtype') ? 'dtype' : 'element_dtype', 'float32');
  for (const index of outputs) {
    setList(op, index, { kind: 'whole', length, start: 0, count: 0, items: undefined, element }, dtype);
  }
}

function lengthFrom(op: Operation, value: Value): Length {
  return op.lengthsOf(value)?.[0] ?? op.refuse('of an unknown length');
}

function elementAttr(op: Operation): readonly number[] | undefined {
  const attribute = op.node.attrs.get('element_shape');
  const shape = attribute?.kind === 'shape' ? attribute.value : undefined;
  return shape?.every((dim) => dim !== null) ? shape : undefined;
}

/** Elements put at indices; without a length the last index tells it. */
function scatter(op: Operation, count: Value | undefined): void {
  const [tensor, indices] = [op.input(0), op.input(1)];
  const places = op.int64(indices);
  const last = () => op.emit('ReduceMax', [places], { keepdims: { int: 1 } });
  const length = count ? lengthFrom(op, count) : op.add(last(), 1);
  const zeros = op.emit('Expand', [
    op.onnx.scalar(0, tensor.dtype),
    op.vector([length, ...op.dimsOf(tensor).slice(1)]),
  ]);
  const at = op.emit('Unsqueeze', [places, op.onnx.ints([1])]);
  const items = op.made(
    op.emit('ScatterND', [zeros, at, op.last(tensor)]),
    tensor.shape && [null, ...tensor.shape.slice(1)],
  );
  setList(op, 0, { kind: 'whole', length, start: 0, count: length, items, element: undefined }, tensor.dtype);
}

/** Rows dealt out to elements, so many to each. */
function split(op: Operation, tensor: Value, lengths: Value): void {
  const name = op.emit('SplitToSequence', [op.last(tensor), op.int64(lengths)], { axis: { int: 0 } });
  const shape = tensor.shape && [null, ...tensor.shape.slice(1)];
  setList(op, 0, { kind: 'sequence', name, shape, gaps: false }, tensor.dtype);
}
