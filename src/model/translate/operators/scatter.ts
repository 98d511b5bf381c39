import type { Family, Translator } from '../translator.js';

/** Values put at indices. */
export const SCATTERS: Family = {
  ScatterNd: (op) => {
    const [indices, updates, shape] = [op.input(0), op.input(1), op.input(2)];
    const zeros = op.emit('Expand', [op.onnx.scalar(0, updates.dtype), op.int64(shape)]);
    const inputs = [zeros, op.int64(indices), op.last(updates)];
    op.set(0, op.emit('ScatterND', inputs, { reduction: { string: 'add' } }), op.shapeFrom(shape));
  },
  TensorScatterUpdate: into('none'),
  TensorScatterAdd: into('add'),
  TensorScatterMax: into('max'),
  TensorScatterMin: into('min'),
};

function into(reduction: string): Translator {
  return (op) => {
    const [tensor, indices, updates] = [op.input(0), op.input(1), op.input(2)];
    const inputs = [op.last(tensor), op.int64(indices), op.last(updates)];
    op.set(0, op.emit('ScatterND', inputs, { reduction: { string: reduction } }), tensor.shape);
  };
}
