import type { Operation } from '../operation.js';
import { permuteTensor } from '../permute.js';
import type { Family } from '../translator.js';
import { range, type Value } from '../value.js';
import { readImage, setImage, slide, spatialPart } from './window.js';

/** Convolutions, of two and three dimensions (one-dimensional ones come as two). */
export const CONVOLUTIONS: Family = {
  Conv2D: convolve,
  Conv3D: convolve,
  DepthwiseConv2dNative: convolveDepthwise,
};

/** Kernel (spatial..., in, out) -> (out, in, spatial...); fewer kernel inputs than channels mean groups. */
function convolve(op: Operation): void {
  const [value, kernel] = [op.input(0), op.input(1)];
  const kernelShape = knownShape(op, kernel);
  const rank = kernelShape.length;
  const [inputs = 1, outputs = 1] = kernelShape.slice(-2);
  const weights = op.permuted(kernel, [rank - 1, rank - 2, ...range(0, rank - 2)]);
  const image = readImage(op, value);
  emitConvolution(
    op,
    weights,
    kernelShape.slice(0, -2),
    outputs,
    image.channels ? image.channels / inputs : 1,
  );
}

/** Kernel (H, W, C, multiplier) -> (C * multiplier, 1, H, W) with C groups. */
function convolveDepthwise(op: Operation): void {
  const kernel = op.input(1);
  const [height = 1, width = 1, channels = 1, multiplier = 1] = knownShape(op, kernel);
  const shape = [channels * multiplier, 1, height, width];
  const { constant } = kernel;
  const weights = constant
    ? op.onnx.constant('constant', kernel.dtype, () => ({
        ...permuteTensor(constant.load(), [2, 3, 0, 1]),
        shape,
      }))
    : op.reshape(op.permuted(kernel, [2, 3, 0, 1]), shape);
  emitConvolution(op, weights, [height, width], channels * multiplier, channels);
}

function emitConvolution(
  op: Operation,
  weights: string,
  kernel: readonly number[],
  outputs: number,
  groups: number,
): void {
  const value = op.input(0);
  const image = readImage(op, value);
  const ones = kernel.map(() => 1);
  const all = [1, ...ones, 1];
  const window = {
    kernel,
    strides: spatialPart(op, op.ints('strides', all)),
    dilations: spatialPart(op, op.ints('dilations', all)),
  };
  const { attributes, spatial } = slide(op, window, image.spatial);
  const name = op.emit('Conv', [image.name, weights], { ...attributes, group: { int: groups } });
  setImage(op, name, value.shape?.[0] ?? null, outputs, spatial);
}

/** The shape of a kernel; its sizes have to be known. */
export function knownShape(op: Operation, kernel: Value): number[] {
  return op.shapeOf(kernel).map((dim) => dim ?? op.refuse('with a kernel of unknown size'));
}
