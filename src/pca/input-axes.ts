import type * as tfjs from '@tensorflow/tfjs';
import { interpolate } from '../core/interpolate.js';
import type { TensorFlowModule } from '../tfjs/tensorflow.js';

/** Where the features of a layer's input are, and what of it is collected. */
export interface InputAxes {
  /** Axes that an input must have; undefined: any number. */
  rank?: number;
  /** Features of an input of that shape; NaN where that is not known. */
  featuresOf(shape: tfjs.Shape): number;
  /** Runs `work` on a tensor whose last axis are the features, and puts the axes of what it gives in their order again. */
  withFeaturesLast(x: tfjs.Tensor, work: (last: tfjs.Tensor) => tfjs.Tensor): tfjs.Tensor;
  /** The points that are collected of an input, row by row. */
  rowsOf(x: tfjs.Tensor): Float32Array;
}

/** Vectors: the last axis are the features, whatever the others are. */
export const VECTORS: InputAxes = {
  featuresOf: (shape) => shape.at(-1) ?? Number.NaN,
  withFeaturesLast: (x, work) => work(x),
  rowsOf: floatsOf,
};

/** Feature maps, every position of which is a point; resized to `downsampling` x `downsampling` before they are collected. */
export function mapAxes(
  tf: TensorFlowModule,
  isFirst: boolean,
  downsampling: () => number | undefined,
): InputAxes {
  const last = (x: tfjs.Tensor) => (isFirst ? tf.transpose(x, [0, 2, 3, 1]) : x);
  return {
    rank: 4,
    featuresOf: (shape) => (isFirst ? shape[1] : shape.at(-1)) ?? Number.NaN,
    withFeaturesLast: (x, work) => (isFirst ? tf.transpose(work(last(x)), [0, 3, 1, 2]) : work(x)),
    rowsOf(x) {
      const maps = last(x);
      const [samples = 0, height = 0, width = 0, channels = 0] = maps.shape;
      const data = floatsOf(maps);
      const size = downsampling();
      if (size === undefined) return data;
      const whole = { data, samples, channels, positions: height * width, channelsLast: true };
      return Float32Array.from(interpolate(whole, [height, width], [size, size], 'nearest').data);
    },
  };
}

function floatsOf(x: tfjs.Tensor): Float32Array {
  return Float32Array.from(x.dataSync());
}
