import { tensorOf } from '../numbers.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { Value } from '../value.js';
import { castToComplex } from './complex.js';

/** Changes of the element type. */
export const CASTS: Family = {
  Cast: cast,
  // Keras asks for the sign bit of floats: what reads these bits has to know that they are.
  Bitcast: (op) => {
    const value = op.input(0);
    const dtype = op.dtypeAttr('type', value.dtype);
    if (dtype === value.dtype) op.pass(0, value);
    else if (dtype === 'int32' && value.dtype === 'float32') {
      op.define(0, new Value(dtype, value.shape, { floats: value }));
    } else op.refuse('to another type');
  },
};

function cast(op: Operation): void {
  const value = op.input(0);
  const dtype = op.dtypeAttr('DstT', value.dtype);
  if (dtype === 'string') op.refuse('to strings');
  if (dtype.startsWith('complex')) {
    castToComplex(op);
    return;
  }
  if (dtype === value.dtype) {
    op.pass(0, value);
    return;
  }
  const whole = (type: string) => type === 'int32' || type === 'int64';
  if (value.lengths && whole(dtype)) {
    op.define(0, new Value(dtype, value.shape, { lengths: value.lengths }));
    return;
  }
  const sizes = value.lengths && dtype === 'float32' ? op.known(value) : undefined;
  if (sizes) {
    op.setConstant(0, tensorOf(dtype, value.rank === 0 ? [] : [sizes.length], sizes));
    return;
  }
  const layout = op.layoutOf([value]);
  op.set(0, op.onnx.cast(op.in(layout, value), dtype), value.shape, layout);
}
