import { lazyClass } from '../tfjs/lazy-class.js';
import { asTensorFlow, tensorFlow } from '../tfjs/tensorflow.js';
import type { TensorFlow } from '../tfjs/use-tensorflow.js';
import { type DefinedLayers, definePcaLayers } from './define-layers.js';
import type {
  Conv2DPCALayerConfig,
  LinearPCALayerConfig,
  PcaLayer,
  PcaLayerClass,
  PcaMapLayer,
} from './pca-layer.js';

/** The layer class of a TensorFlow.js. */
type LayerOf<TF extends TensorFlow> = InstanceType<TF['layers']['Layer']>;

/** The classes of PCA layers that inherit from the layers of a TensorFlow.js. */
export interface PcaLayers<TF extends TensorFlow> {
  LinearPCALayer: PcaLayerClass<LinearPCALayerConfig, LayerOf<TF> & PcaLayer>;
  Conv2DPCALayer: PcaLayerClass<Conv2DPCALayerConfig, LayerOf<TF> & PcaMapLayer>;
}

/** By the class that all layers of a TensorFlow.js inherit from. */
const defined = new WeakMap<object, DefinedLayers>();

/**
 * The classes of PCA layers for a TensorFlow.js, with its types. From then on it loads models that have such layers.
 *
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * const { LinearPCALayer } = pcaLayers(tf);
 * model.add(new LinearPCALayer({ threshold: 0.9 }));
 * ```
 *
 * @param tf that of `useTensorFlow`, or the one that is installed beside the library, unless given
 * @throws UserError for what is not TensorFlow.js
 */
export function pcaLayers<TF extends TensorFlow>(tf?: TF): PcaLayers<TF>;
export function pcaLayers(tf?: TensorFlow): DefinedLayers {
  const used = tf === undefined ? tensorFlow() : asTensorFlow(tf);
  const known = defined.get(used.layers.Layer);
  if (known) return known;
  const made = definePcaLayers(used);
  defined.set(used.layers.Layer, made);
  return made;
}

/**
 * `LinearPCALayer`: collects its input while it is trained, and hands it on; projects it onto the leading eigenvectors of the covariance of what it
 * has collected otherwise. As many of these are taken as explain the threshold.
 *
 * It is a layer of the TensorFlow.js that is installed beside the library (or of `useTensorFlow`), which is loaded with the first one.
 * With the types of TensorFlow.js it is had from `pcaLayers(tf)`.
 */
export const LinearPCALayer: PcaLayerClass<LinearPCALayerConfig, PcaLayer> = lazyClass(
  () => pcaLayers().LinearPCALayer,
);

export type LinearPCALayer = PcaLayer;

/** `Conv2DPCALayer`: the same for feature maps, every position of which is a point. */
export const Conv2DPCALayer: PcaLayerClass<Conv2DPCALayerConfig, PcaMapLayer> = lazyClass(
  () => pcaLayers().Conv2DPCALayer,
);

export type Conv2DPCALayer = PcaMapLayer;
