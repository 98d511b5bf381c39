import type { Dim } from '../../../tensor.js';
import type { OnnxAttributes } from '../../onnx/build.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { type Length, range } from '../value.js';
import { knownShape } from './convolution.js';
import { type Image, isChannelsFirst, readImage, setImage, spatialPart, type Window } from './window.js';

/** Transposed convolutions: TensorFlow has them as the gradient of a convolution by its input. */
export const TRANSPOSED_CONVOLUTIONS: Family = {
  Conv2DBackpropInput: transposeConvolution,
  Conv3DBackpropInputV2: transposeConvolution,
};

/** Inputs: the output's sizes, the kernel (spatial..., out, in), the image. */
function transposeConvolution(op: Operation): void {
  const [sizes, kernel, value] = [op.input(0), op.input(1), op.input(2)];
  const kernelShape = knownShape(op, kernel);
  const rank = kernelShape.length;
  const outputs = kernelShape[rank - 2]!;
  const weights = op.permuted(kernel, [rank - 1, rank - 2, ...range(0, rank - 2)]);
  const all = new Array<number>(rank).fill(1);
  const window = {
    kernel: kernelShape.slice(0, -2),
    strides: spatialPart(op, op.ints('strides', all)),
    dilations: spatialPart(op, op.ints('dilations', all)),
  };
  const image = readImage(op, value);
  const target = targetSizes(op, rank);
  const channels = sizes.lengths?.[isChannelsFirst(op) ? 1 : rank - 1];
  const group = typeof channels === 'number' ? Math.max(1, channels / outputs) : 1;
  const name = op.emit('ConvTranspose', [image.name, weights], {
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    group: { int: group },
    ...paddingFor(op, window, image, target),
  });
  const known = target.map((size): Dim => (typeof size === 'number' ? size : null));
  const cropped = image.spatial.includes(null) || known.includes(null);
  setImage(
    op,
    cropped ? crop(op, name, window, image, target) : name,
    value.shape?.[0] ?? null,
    outputs * group,
    known,
  );
}

/** The sizes that the spatial axes of the output must have. */
function targetSizes(op: Operation, rank: number): Length[] {
  const lengths = op.lengthsOf(op.input(0)) ?? op.refuse('with an output size of unknown length');
  // Some files give only the spatial sizes.
  if (lengths.length === rank - 2) return [...lengths];
  return isChannelsFirst(op) ? lengths.slice(2) : lengths.slice(1, -1);
}

/** What all positions of the kernel reach, without padding. */
function fullSize(size: number, window: Window, axis: number): number {
  return (size - 1) * window.strides[axis]! + (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
}

/** Where all sizes are known: the forward convolution's padding is cut off, and what no kernel reaches is added. */
function paddingFor(op: Operation, window: Window, image: Image, target: readonly Length[]): OnnxAttributes {
  const totals = image.spatial.map((size, axis) => {
    const wanted = target[axis];
    return size === null || typeof wanted !== 'number' ? undefined : fullSize(size, window, axis) - wanted;
  });
  // The crop that follows wants as much as a stride more than the kernel reaches.
  if (totals.includes(undefined)) {
    return { output_padding: { ints: window.strides.map((stride) => stride - 1) } };
  }
  const explicit = explicitBegin(op);
  const pads = totals.map((total = 0, axis) => Math.max(total, explicit?.[axis] ?? 0));
  const begin = pads.map((total, axis) => explicit?.[axis] ?? Math.floor(total / 2));
  return {
    pads: { ints: [...begin, ...pads.map((total, axis) => total - begin[axis]!)] },
    output_padding: { ints: totals.map((total = 0, axis) => pads[axis]! - total) },
  };
}

/** Where sizes are known only at run time: cuts (full - wanted) / 2 off the front, and the end to size. */
function crop(op: Operation, name: string, window: Window, image: Image, target: readonly Length[]): string {
  const value = op.input(2);
  const dims = isChannelsFirst(op) ? op.dimsOf(value).slice(2) : op.dimsOf(value).slice(1, -1);
  const explicit = explicitBegin(op);
  const begin = dims.map((size, axis) => {
    const reach = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    const full = op.add(op.multiply(op.subtract(size, 1), window.strides[axis]!), reach);
    const extra = op.arithmetic('Max', op.subtract(full, target[axis]!), 0, Math.max);
    return explicit?.[axis] ?? op.divide(extra, 2);
  });
  const end = begin.map((start, axis) => op.add(start, target[axis]!));
  const axes = image.spatial.map((_, axis) => axis + 2);
  return op.emit('Slice', [name, op.vector(begin), op.vector(end), op.onnx.ints(axes)]);
}

function explicitBegin(op: Operation): number[] | undefined {
  const list = op.ints('explicit_paddings', []);
  if (op.text('padding', 'VALID') === 'VALID') return spatialPart(op, op.ints('strides', [])).map(() => 0);
  if (op.text('padding', 'VALID') !== 'EXPLICIT') return undefined;
  return spatialPart(
    op,
    list.filter((_, i) => i % 2 === 0),
  );
}
