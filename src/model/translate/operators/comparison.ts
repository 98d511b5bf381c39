import { tensorOf } from '../numbers.js';
import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { broadcastLengths } from './lengths.js';

/** Comparisons and logic: their results are truth values. */
export const COMPARISONS: Family = {
  Equal: compare('Equal', (a, b) => a === b),
  NotEqual: compare(
    (op, operands) => op.emit('Not', [op.emit('Equal', operands, {}, 'bool')]),
    (a, b) => a !== b,
  ),
  Greater: compare('Greater', (a, b) => a > b),
  GreaterEqual: compare('GreaterOrEqual', (a, b) => a >= b),
  Less: compare('Less', (a, b) => a < b),
  LessEqual: compare('LessOrEqual', (a, b) => a <= b),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  ApproximateEqual: compare((op, operands) => {
    const tolerance = op.onnx.scalar(op.float('tolerance', 1e-5), op.input(0).dtype);
    return op.emit('Less', [op.emit('Abs', [op.emit('Sub', operands)]), tolerance], {}, 'bool');
  }),
};

type Emit = string | ((op: Operation, operands: string[]) => string);

/** `holds` decides at once between known sizes, by which some shapes are chosen. */
function compare(emit: Emit, holds?: (a: number, b: number) => boolean): Translator {
  return (op) => {
    const values = [op.input(0), op.input(1)];
    const lengths = holds && broadcastLengths(op, values);
    if (lengths?.every(([a, b]) => typeof a === 'number' && typeof b === 'number')) {
      const shape = values.every((value) => value.rank === 0) ? [] : [lengths.length];
      const results = lengths.map(([a, b]) => Number(holds?.(Number(a), Number(b))));
      op.setConstant(0, tensorOf('bool', shape, results));
      return;
    }
    op.elementwise(values, (operands) =>
      typeof emit === 'string' ? op.emit(emit, operands, {}, 'bool') : emit(op, operands),
    );
  };
}
