import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { range, type Value } from '../value.js';

/** Choices by condition. */
export const SELECTIONS: Family = {
  Select: selectRows,
  SelectV2: (op) => {
    // Between shapes, by what is known of them.
    const [known] = op.input(0).rank === 0 ? (op.known(op.input(0)) ?? []) : [];
    const chosen = known === undefined ? undefined : op.input(known ? 1 : 2);
    if (chosen?.rank === 0 && op.input(known ? 2 : 1).rank === 0) op.pass(0, chosen);
    else select(op, op.inputs);
  },
  Where: indicesOfNonZero,
  ClipByValue: (op) => {
    op.elementwise(op.inputs, ([x = '', min = '', max = '']) =>
      op.emit('Min', [op.emit('Max', [x, min]), max]),
    );
  },
};

function select(op: Operation, values: readonly Value[]): void {
  op.elementwise(values, ([condition = '', a = '', b = '']) => {
    if (op.onnx.dtypeOf(a) !== 'bool') return op.emit('Where', [condition, a, b]);
    const chosen = op.emit('And', [condition, a]);
    return op.emit('Or', [chosen, op.emit('And', [op.emit('Not', [condition]), b])]);
  });
}

/** The older Select: a condition of rank 1 chooses rows of values of a higher rank. */
function selectRows(op: Operation): void {
  const [condition, a, b] = [op.input(0), op.input(1), op.input(2)];
  const rank = op.rankOf(a);
  if (condition.rank !== 1 || rank < 2) {
    select(op, [condition, a, b]);
    return;
  }
  const rows = op.emit('Unsqueeze', [op.last(condition), op.onnx.ints(range(1, rank))]);
  op.set(0, op.emit('Where', [rows, op.last(a), op.last(b)]), a.shape);
}

/** Where with one argument: the indices of what is not zero, a row each. */
function indicesOfNonZero(op: Operation): void {
  const value = op.input(0);
  const indices = op.emit('NonZero', [op.last(value)], {}, 'int64');
  op.set(0, op.transpose(indices, [1, 0]), [null, value.rank ?? null]);
}
