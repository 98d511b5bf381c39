import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';

/** Images seen through projective transformations. */
export const PROJECTIONS: Family = {
  ImageProjectiveTransformV2: (op) => transform(op, op.onnx.scalar(0, 'float32')),
  ImageProjectiveTransformV3: (op) => transform(op, op.onnx.cast(op.last(op.input(3)), 'float32')),
};

/**
 * Every pixel (x, y) of the output is the input's at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1, the
 * transformation being (a0, a1, a2, b0, b1, b2, c0, c1).
 */
function transform(op: Operation, fill: string): void {
  const [images, transforms] = [op.input(0), op.input(1)];
  const shape = op.shapeOf(images);
  const [batch = 1, height = 1, width = 1] = op.dimsOf(images);
  const [rows, columns] = op.lengthsOf(op.input(2)) ?? op.refuse('to a size of unknown rank');
  const mode = op.text('fill_mode', 'CONSTANT');
  const number = (value: number) => op.onnx.scalar(value, 'float32');
  const counted = (count: typeof rows) =>
    op.onnx.cast(
      op.emit('Range', [op.onnx.scalar(0, 'int64'), op.scalar(count!), op.onnx.scalar(1, 'int64')]),
      'float32',
    );
  const x = op.emit('Reshape', [counted(columns), op.onnx.ints([1, 1, -1])]);
  const y = op.emit('Reshape', [counted(rows), op.onnx.ints([1, -1, 1])]);
  const matrix = op.onnx.cast(op.last(transforms), 'float32');
  const at = (index: number) =>
    op.emit('Unsqueeze', [
      op.emit('Slice', [matrix, op.onnx.ints([index]), op.onnx.ints([index + 1]), op.onnx.ints([1])]),
      op.onnx.ints([2]),
    ]);
  const add = (a: string, b: string) => op.emit('Add', [a, b]);
  const times = (a: string, b: string) => op.emit('Mul', [a, b]);
  const linear = (from: number) => add(times(at(from), x), times(at(from + 1), y));
  const projection = add(linear(6), number(1));
  const isInfinite = op.emit('Equal', [projection, number(0)], {}, 'bool');
  const divisor = op.emit('Where', [isInfinite, number(1), projection]);
  const place = (from: number, size: typeof rows) => {
    const exact = op.emit('Div', [add(linear(from), at(from + 2)), divisor]);
    const mapped = mapped1d(op, exact, op.onnx.cast(op.scalar(size!), 'float32'), mode);
    return op.text('interpolation', 'NEAREST') === 'NEAREST' ? rounded(op, mapped) : mapped;
  };
  // ONNX counts places from -1, the middle of the first pixel, to 1, that of the last.
  const normalised = (from: number, size: typeof rows) => {
    const last = op.emit('Max', [
      op.emit('Sub', [op.onnx.cast(op.scalar(size!), 'float32'), number(1)]),
      number(1),
    ]);
    const scaled = op.emit('Sub', [op.emit('Div', [times(place(from, size), number(2)), last]), number(1)]);
    return op.emit('Unsqueeze', [scaled, op.onnx.ints([3])]);
  };
  const grid = op.emit('Concat', [normalised(0, width), normalised(3, height)], { axis: { int: 3 } });
  const whole = op.emit('Expand', [grid, op.vector([batch, 1, 1, 1])]);
  // Outside of the image there are zeros: these stand for what it is filled with.
  const source = op.emit('Sub', [op.onnx.cast(op.first(images), 'float32'), fill]);
  const attributes = {
    mode: { string: 'linear' },
    padding_mode: { string: 'zeros' },
    align_corners: { int: 1 },
  };
  const sampled = add(op.emit('GridSample', [source, whole], attributes), fill);
  const mask = op.emit('Unsqueeze', [isInfinite, op.onnx.ints([1])]);
  const result = op.onnx.cast(op.emit('Where', [mask, fill, sampled]), images.dtype);
  const size = [rows, columns].map((length): Dim => (typeof length === 'number' ? length : null));
  op.set(0, result, [shape[0]!, ...size, shape[3]!], 'first');
}

/** Places beyond the ends of an axis, brought back as the mode says (TensorFlow's image_ops.h). */
function mapped1d(op: Operation, place: string, size: string, mode: string): string {
  const number = (value: number) => op.onnx.scalar(value, 'float32');
  const emit = (opType: string, ...inputs: string[]) => op.emit(opType, inputs);
  const last = emit('Sub', size, number(1));
  const clip = (value: string) => emit('Min', emit('Max', value, number(0)), last);
  switch (mode) {
    case 'CONSTANT':
      return place;
    case 'NEAREST':
      return clip(place);
    case 'REFLECT': {
      // ... c b a | a b c | c b a ...: a triangle wave of period 2 * size about the middle of the edges.
      const period = emit('Mul', size, number(2));
      const folded = emit('Abs', emit('Add', place, number(0.5)));
      const rest = emit('Sub', folded, emit('Mul', period, emit('Floor', emit('Div', folded, period))));
      const wave = emit('Min', rest, emit('Sub', period, rest));
      return clip(emit('Sub', wave, number(0.5)));
    }
    case 'WRAP': {
      const turn = (distance: string) => emit('Floor', emit('Div', distance, emit('Max', last, number(1))));
      const below = emit('Add', place, emit('Mul', size, emit('Add', turn(emit('Neg', place)), number(1))));
      const above = emit('Sub', place, emit('Mul', size, turn(place)));
      const isBelow = op.emit('Less', [place, number(0)], {}, 'bool');
      const isAbove = op.emit('Greater', [place, last], {}, 'bool');
      return clip(emit('Where', isBelow, below, emit('Where', isAbove, above, place)));
    }
    default:
      return op.refuse(`with the fill mode ${mode}`);
  }
}

/** To the nearest whole number, halves away from zero. */
function rounded(op: Operation, x: string): string {
  const size = op.emit('Floor', [op.emit('Add', [op.emit('Abs', [x]), op.onnx.scalar(0.5, 'float32')])]);
  return op.emit('Mul', [op.emit('Sign', [x]), size]);
}
