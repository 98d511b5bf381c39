import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, inOrderOf, type Shape } from '../value.js';

/** Padding. */
export const PADDINGS: Family = {
  Pad: (op) => pad(op, 'constant'),
  PadV2: (op) => pad(op, 'constant'),
  MirrorPad: (op) => {
    if (op.text('mode', 'REFLECT') === 'SYMMETRIC') padSymmetric(op);
    else pad(op, 'reflect');
  },
};

/** Paddings are a row (before, behind) an axis; ONNX wants all before, then all behind. */
function pad(op: Operation, mode: string): void {
  const value = op.input(0);
  const pairs = pairsOf(op);
  const layout = pairs ? op.layoutOf([value]) : 'last';
  const pads = pairs
    ? op.onnx.ints([0, 1].flatMap((end) => inOrderOf(layout, pairs).map((pair) => pair[end]!)))
    : op.emit('Reshape', [op.transpose(op.int64(op.input(1)), [1, 0]), op.onnx.ints([-1])]);
  const filling = op.node.op === 'PadV2' && op.known(op.input(2))?.[0] !== 0 ? [op.last(op.input(2))] : [];
  const name = op.emit('Pad', [op.in(layout, value), pads, ...filling], { mode: { string: mode } });
  op.set(0, name, pairs ? paddedShape(op, pairs) : value.shape?.map(() => null), layout);
}

function pairsOf(op: Operation): [number, number][] | undefined {
  const flat = op.known(op.input(1));
  return flat?.flatMap((_, i): [number, number][] => (i % 2 === 0 ? [[flat[i]!, flat[i + 1]!]] : []));
}

function paddedShape(op: Operation, pairs: readonly [number, number][]): Shape | undefined {
  return op.input(0).shape?.map((dim, axis) => dim && dim + pairs[axis]![0] + pairs[axis]![1]);
}

/** Mirrors including the edge, which ONNX's Pad cannot: reversed slices are put before and behind. */
function padSymmetric(op: Operation): void {
  const value = op.input(0);
  const pairs = pairsOf(op) ?? op.refuse('with paddings that are not constant');
  const layout = op.layoutOf([value]);
  let name = op.in(layout, value);
  for (const [axis, [before, behind]] of pairs.entries()) {
    const at = axisIn(layout, axis, pairs.length);
    const backwards = (start: number, end: number) =>
      op.emit('Slice', [name, ...[[start], [end], [at], [-1]].map((list) => op.onnx.ints(list))]);
    const parts = [name];
    if (before > 0) parts.unshift(backwards(before - 1, -Number.MAX_SAFE_INTEGER));
    if (behind > 0) parts.push(backwards(-1, -behind - 1));
    if (parts.length > 1) name = op.emit('Concat', parts, { axis: { int: at } });
  }
  op.set(0, name, paddedShape(op, pairs), layout);
}
