import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';

/** Comparisons and logic: their results are truth values. */
export const COMPARISONS: Family = {
  Equal: compare('Equal'),
  NotEqual: compare((op, operands) => op.emit('Not', [op.emit('Equal', operands, {}, 'bool')])),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  LogicalXor: compare('Xor'),
  ApproximateEqual: compare((op, operands) => {
    const tolerance = op.onnx.scalar(op.float('tolerance', 1e-5), op.input(0).dtype);
    return op.emit('Less', [op.emit('Abs', [op.emit('Sub', operands)]), tolerance], {}, 'bool');
  }),
};

function compare(emit: string | ((op: Operation, operands: string[]) => string)): Translator {
  return (op) => {
    op.elementwise([op.input(0), op.input(1)], (operands) =>
      typeof emit === 'string' ? op.emit(emit, operands, {}, 'bool') : emit(op, operands),
    );
  };
}
