import type { Dim } from '../../../tensor.js';
import type { OnnxAttributes } from '../../onnx/build.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';

/** Images in another size, the channels last. */
export const RESIZES: Family = {
  ResizeBilinear: (op) => resize(op, { mode: { string: 'linear' } }),
  ResizeNearestNeighbor: (op) =>
    resize(op, { mode: { string: 'nearest' }, nearest_mode: { string: rounding(op) } }),
  // Keys' cubic (-1/2) with half-pixel centres, -3/4 in the older kind.
  ResizeBicubic: (op) => {
    const centred = op.bool('half_pixel_centers', false);
    resize(op, {
      mode: { string: 'cubic' },
      cubic_coeff_a: { float: centred ? -0.5 : -0.75 },
      exclude_outside: { int: Number(centred) },
    });
  },
};

function resize(op: Operation, attributes: OnnxAttributes): void {
  const value = op.input(0);
  const shape = op.shapeOf(value);
  const sizes = op.lengthsOf(op.input(1)) ?? op.refuse('to a size of unknown rank');
  const source =
    op.node.op === 'ResizeNearestNeighbor' ? op.first(value) : op.onnx.cast(op.first(value), 'float32');
  // Two sizes with ONNX's attribute for their axes would do, but onnxruntime 1.30 rejects those that are computed.
  const [batch = 1, , , channels = 1] = op.dimsOf(value);
  const name = op.emit('Resize', [source, '', '', op.vector([batch, channels, ...sizes])], {
    ...attributes,
    coordinate_transformation_mode: { string: coordinates(op) },
  });
  const [height, width] = sizes.map((size): Dim => (typeof size === 'number' ? size : null));
  op.set(0, name, [shape[0]!, height!, width!, shape[3]!], 'first');
}

function coordinates(op: Operation): string {
  if (op.bool('align_corners', false)) return 'align_corners';
  return op.bool('half_pixel_centers', false) ? 'half_pixel' : 'asymmetric';
}

/** TensorFlow rounds down, unless corners are aligned; about pixel centres that is to the nearest one. */
function rounding(op: Operation): string {
  return coordinates(op) === 'asymmetric' ? 'floor' : 'round_prefer_ceil';
}
