import type { PcaLayer, PcaMapLayer } from './pca-layer.js';

/** By name, and not by class: there is a class for each TensorFlow.js. */
export function isPcaLayer(layer: object): layer is PcaLayer {
  return 'injectDirections' in layer && 'threshold' in layer && 'centering' in layer;
}

export function isPcaMapLayer(layer: object): layer is PcaMapLayer {
  return isPcaLayer(layer) && 'downsampling' in layer;
}
