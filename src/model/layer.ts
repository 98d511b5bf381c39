import type { PointAxes } from '../core/points-axes.js';
import type { Dim } from '../tensor.js';

/** Families of layers: how their outputs are seen as points follows from these. */
export type LayerFamily = 'convolution' | 'dense' | 'recurrent';

/**
 * A layer of the author's network, as found in its graph. `delve` records the covariance of its output.
 */
export interface Layer {
  /** The author's path, `-` between levels, `#2` for a second use of the same kernel: `layer1-0-conv1`. */
  name: string;
  family: LayerFamily;
  /** The operation in the field's terms: `conv2d`, `depthwise-conv2d`, `conv2d-transpose`, `dense`, `lstm`, ... */
  kind: string;
  /** The value with the operation's output and its bias, before a separate or fused activation. */
  preActivation: string;
  /** The value after the layer's activation; the same as `preActivation` where it has none. */
  activation: string;
  /** How the axes of these values are to be read. */
  axes: PointAxes;
  /** Elements of the kernel, the bias and (recurrent) the recurrent kernel. */
  parameters: number;
  /** The output's shape in the model's own layout, if the graph tells. */
  outputShape: readonly Dim[] | undefined;
}

/** Something that looks like a layer and is not recorded, and why. */
export interface SkippedLayer {
  name: string;
  kind: string;
  reason: string;
}
