import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';

/** Values put at indices. */
export const SCATTERS: Family = {
  ScatterNd: (op) => {
    const [indices, updates, shape] = [op.input(0), op.input(1), op.input(2)];
    const zeros = op.emit('Expand', [op.onnx.scalar(0, updates.dtype), op.int64(shape)]);
    const inputs = [zeros, op.int64(indices), op.last(updates)];
    op.set(0, op.emit('ScatterND', inputs, { reduction: { string: 'add' } }), op.shapeFrom(shape));
  },
  UnsortedSegmentSum: (op) => {
    const [data, segments, count] = [op.input(0), op.input(1), op.input(2)];
    const rest = op.dimsOf(data).slice(op.rankOf(segments));
    const lengths = op.lengthsOf(count) ?? op.refuse('of an unknown number');
    const zeros = op.emit('Expand', [op.onnx.scalar(0, data.dtype), op.vector([...lengths, ...rest])]);
    const places = op.emit('Unsqueeze', [op.int64(segments), op.onnx.ints([op.rankOf(segments)])]);
    const shape = [...lengths, ...rest].map((length) => (typeof length === 'number' ? length : null));
    op.set(0, op.emit('ScatterND', [zeros, places, op.last(data)], { reduction: { string: 'add' } }), shape);
  },
  XlaDynamicUpdateSlice: overwrite,
  TensorScatterUpdate: into('none'),
  TensorScatterAdd: into('add'),
  TensorScatterMax: into('max'),
  TensorScatterMin: into('min'),
};

/** A part of the value written over, moved to where it fits if it would go beyond an end. */
function overwrite(op: Operation): void {
  const [value, update] = [op.input(0), op.input(1)];
  const sizes = op.dimsOf(update);
  const ends = op.dimsOf(value).map((length, axis) => op.subtract(length, sizes[axis]!));
  const starts = (op.lengthsOf(op.input(2)) ?? op.refuse('at places of unknown number')).map((start, axis) =>
    op.arithmetic('Max', op.arithmetic('Min', start, ends[axis]!, Math.min), 0, Math.max),
  );
  const behind = ends.map((end, axis) => op.subtract(end, starts[axis]!));
  const around = op.vector([...starts, ...behind]);
  const ones = op.emit('Expand', [op.onnx.scalar(1, 'bool'), op.vector(sizes)]);
  const [mask, moved] = [ones, op.last(update)].map((name) => op.emit('Pad', [name, around]));
  op.set(0, op.emit('Where', [mask!, moved!, op.last(value)]), value.shape);
}

function into(reduction: string): Translator {
  return (op) => {
    const [tensor, indices, updates] = [op.input(0), op.input(1), op.input(2)];
    const inputs = [op.last(tensor), op.int64(indices), op.last(updates)];
    op.set(0, op.emit('ScatterND', inputs, { reduction: { string: reduction } }), tensor.shape);
  };
}
