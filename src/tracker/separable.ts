import type { OutputView } from '../core/points.js';
import { UserError } from '../errors.js';
import type { Tap } from './taps.js';
import { outputTensor, takeValues } from './tensor-values.js';
import { isTensor, type Tensor, type TrackedLayer } from './tfjs.js';

/**
 * The depthwise half of a separable convolution, which the layer computes in one with the pointwise one. Time steps are samples.
 *
 * @param layer the convolution, or what it is in (`TimeDistributed`)
 */
export function depthwiseTap(layer: TrackedLayer, convolution: TrackedLayer, view: OutputView): Tap {
  return {
    suffix: '-depthwise',
    layer,
    kind: 'depthwise-conv2d',
    // The layer turns its input to channels last, and its output back.
    view: { ...view, axes: { features: 'last', mergedFeatureAxes: 1 } },
    read({ inputs }) {
      const input = outputTensor(inputs);
      const kernel = kernelOf(convolution);
      if (!input || !kernel) return undefined;
      const isFirst = Reflect.get(convolution, 'dataFormat') === 'channelsFirst';
      const maps = callOp(input, 'reshape', [[-1, ...input.shape.slice(-3)]]);
      const last = isFirst ? callOp(maps, 'transpose', [[0, 2, 3, 1]]) : maps;
      const [strides, padding, dilation] = ['strides', 'padding', 'dilationRate'].map((name) =>
        Reflect.get(convolution, name),
      );
      const output = callOp(last, 'depthwiseConv2d', [kernel, strides, padding, 'NHWC', dilation]);
      const values = takeValues(output);
      if (last !== maps) last.dispose();
      maps.dispose();
      return values;
    },
  };
}

function kernelOf(layer: TrackedLayer): Tensor | undefined {
  const variable: unknown = Reflect.get(layer, 'depthwiseKernel');
  if (typeof variable !== 'object' || variable === null) return undefined;
  const read: unknown = Reflect.get(variable, 'read');
  const value: unknown = typeof read === 'function' ? Reflect.apply(read, variable, []) : undefined;
  return isTensor(value) ? value : undefined;
}

/** An operation as a method of its tensor. */
function callOp(tensor: Tensor, name: string, args: unknown[]): Tensor {
  const op: unknown = Reflect.get(tensor, name);
  const result: unknown = typeof op === 'function' ? Reflect.apply(op, tensor, args) : undefined;
  if (isTensor(result)) return result;
  throw new UserError(
    `tensors have no ${name}(), which the depthwise half of a separable convolution takes; import @tensorflow/tfjs, which brings it`,
  );
}
