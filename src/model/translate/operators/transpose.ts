import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, toLast } from '../value.js';

/** Axes in another order. */
export const TRANSPOSES: Family = {
  Transpose: transpose,
  InvertPermutation: (op) => {
    const permutation = op.constantInput(0, 'a permutation');
    op.setLengths(
      0,
      permutation.map((_, axis) => permutation.indexOf(axis)),
      1,
      op.input(0).dtype,
    );
  },
};

/** What channels-first values are turned to costs nothing where the author's order is the one they have. */
function transpose(op: Operation): void {
  const value = op.input(0);
  const rank = op.rankOf(value);
  const permutation = op.constantInput(1, 'an order of axes').map((axis) => op.axisOf(axis, rank));
  const shape = permutation.map((axis) => op.shapeOf(value)[axis]!);
  // (B, C, ...) -> (B, ..., C): the input itself is the result with its channels first.
  if (rank > 2 && !value.prefersFirst && permutation.join() === toLast(rank).join()) {
    op.set(0, op.last(value), shape, 'first');
    return;
  }
  const layout = op.layoutOf([value]);
  const at = permutation.map((axis) => axisIn(layout, axis, rank));
  const source =
    layout === 'last' && value.constant ? op.permuted(value, at) : op.transpose(op.in(layout, value), at);
  op.set(0, source, shape);
}
