import type { Dim } from '../../../tensor.js';
import type { OnnxAttributes } from '../../onnx/build.js';
import type { Operation } from '../operation.js';
import { permuteTensor } from '../permute.js';
import type { Family } from '../translator.js';
import { areaWeights, cubicWeights, RESAMPLING_KERNELS, resamplingWeights } from './resize-weights.js';

/** Images in another size, the channels last. */
export const RESIZES: Family = {
  ResizeBilinear: (op) => resize(op, { mode: { string: 'linear' } }),
  ResizeNearestNeighbor: (op) =>
    resize(op, { mode: { string: 'nearest' }, nearest_mode: { string: rounding(op) } }),
  ResizeArea: (op) => {
    const corners = op.bool('align_corners', false);
    if (!byWeights(op, (size, input) => areaWeights(size, input, corners)))
      op.refuse('on sizes that are not constant');
  },
  ScaleAndTranslate: (op) => {
    const scales = op.constantInput(2, 'a scale');
    const translations = op.constantInput(3, 'a translation');
    const kernel =
      RESAMPLING_KERNELS.get(op.text('kernel_type', 'lanczos3')) ?? op.refuse('with such a kernel');
    const antialias = op.bool('antialias', true);
    const weights = (size: number, input: number, axis: number) =>
      resamplingWeights(size, input, scales[axis]!, translations[axis]!, kernel, antialias);
    if (!byWeights(op, weights)) op.refuse('on sizes that are not constant');
  },
  // Keys' cubic (-1/2) with half-pixel centres, -3/4 in the older kind.
  ResizeBicubic: (op) => {
    const corners = op.bool('align_corners', false);
    const half = op.bool('half_pixel_centers', false);
    if (byWeights(op, (size, input) => cubicWeights(size, input, corners, half))) return;
    const centred = op.bool('half_pixel_centers', false);
    resize(op, {
      mode: { string: 'cubic' },
      cubic_coeff_a: { float: centred ? -0.5 : -0.75 },
      exclude_outside: { int: Number(centred) },
    });
  },
};

/**
 * Resizes by a matrix for each axis, which TensorFlow's own rule fills: rows are outputs, columns are inputs. Returns false
 * where sizes are known only when the model runs.
 */
function byWeights(
  op: Operation,
  weightsOf: (size: number, input: number, axis: number) => Float32Array,
): boolean {
  const value = op.input(0);
  const [batch = null, height, width, channels = null] = op.shapeOf(value);
  const [rows, columns] = op.known(op.input(1)) ?? [];
  if (typeof height !== 'number' || typeof width !== 'number' || rows === undefined || columns === undefined)
    return false;
  const down = weightsOf(rows, height, 0);
  const across = weightsOf(columns, width, 1);
  const matrix = (data: Float32Array, shape: number[]) =>
    op.onnx.constant('weights', 'float32', () => ({ dtype: 'float32', shape, data }));
  const turned = permuteTensor({ dtype: 'float32', shape: [columns, width], data: across }, [1, 0]);
  const source = op.onnx.cast(op.first(value), 'float32');
  const resized = op.emit('MatMul', [matrix(down, [rows, height]), source]);
  const name = op.emit('MatMul', [resized, op.onnx.constant('weights', 'float32', () => turned)]);
  op.set(0, name, [batch, rows, columns, channels], 'first');
  return true;
}

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
