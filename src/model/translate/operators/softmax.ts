import type { Family, Translator } from '../translator.js';
import { axisIn } from '../value.js';

/** Softmax over the last axis. */
export const SOFTMAXES: Family = {
  Softmax: alongLast('Softmax'),
  LogSoftmax: alongLast('LogSoftmax'),
};

function alongLast(opType: string): Translator {
  return (op) => {
    const value = op.input(0);
    const layout = op.layoutOf([value]);
    const axis = layout === 'first' ? axisIn('first', op.rankOf(value) - 1, op.rankOf(value)) : -1;
    op.set(0, op.emit(opType, [op.in(layout, value)], { axis: { int: axis } }), value.shape, layout);
  };
}
