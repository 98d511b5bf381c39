import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { Value } from '../value.js';

/** Changes of the element type. */
export const CASTS: Family = {
  Cast: cast,
  // In the graphs of SavedModels it only renames a type of the same width and meaning.
  Bitcast: (op) => {
    const value = op.input(0);
    if (op.dtypeAttr('type', value.dtype) !== value.dtype) op.refuse('to another type');
    op.pass(0, value);
  },
};

function cast(op: Operation): void {
  const value = op.input(0);
  const dtype = op.dtypeAttr('DstT', value.dtype);
  if (dtype === 'string' || dtype.startsWith('complex')) op.refuse(`to ${dtype}`);
  if (dtype === value.dtype) {
    op.pass(0, value);
    return;
  }
  const whole = (type: string) => type === 'int32' || type === 'int64';
  if (value.lengths && whole(dtype)) {
    op.define(0, new Value(dtype, value.shape, undefined, value.lengths));
    return;
  }
  const layout = op.layoutOf([value]);
  op.set(0, op.onnx.cast(op.in(layout, value), dtype), value.shape, layout);
}
