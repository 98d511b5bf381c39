import { randomRotation } from '../core/projection.js';
import { type RandomSource, seededRandom } from '../core/random.js';
import { UserError } from '../errors.js';
import { isLayer, type TrackedLayer } from '../tracker/tfjs.js';
import { isPcaLayer, isPcaMapLayer } from './is-pca-layer.js';
import type { PcaLayer } from './pca-layer.js';

/** What the layers of a network are after a change, in their order. */
export interface PcaLayerDimensions {
  /** `sat`: directions as a share of the features, in percent. */
  sat: number[];
  /** Directions that are projected onto. */
  inDims: number[];
  /** Features. */
  fsDims: number[];
  /** `Lin-0`, `Conv-0`, ..., counted apart. */
  names: string[];
}

/** Options of the functions that change all PCA layers of a network. */
export interface ChangeOptions {
  /** Whether it prints what it changes. */
  verbose?: boolean;
}

/** Options of `changeAllPcaLayerThresholdsAndInjectRandomDirections`. */
export interface InjectOptions extends ChangeOptions {
  /** Decides the directions; others at every call unless given. */
  seed?: number;
  /** Without effect: TensorFlow.js decides where tensors are. */
  device?: string;
}

/** Options of `changeAllPcaLayerCentering`. */
export interface CenteringOptions extends ChangeOptions {
  /** Side of the maps that convolutional PCA layers collect; undefined: as it is. */
  downsampling?: number | undefined;
}

/** A model, or a layer. */
type Network = TrackedLayer;

/** `change_all_pca_layer_thresholds`: sets the threshold of every PCA layer of a network, of models in it, too. */
export function changeAllPcaLayerThresholds(
  threshold: number,
  network: Network,
  { verbose = false }: ChangeOptions = {},
): PcaLayerDimensions {
  return changeAll(network, 'Lin', verbose, `threshold ${threshold}`, (layer) => {
    layer.threshold = threshold;
  });
}

/**
 * `change_all_pca_layer_thresholds_and_inject_random_directions`: sets the threshold of every PCA layer, and lets each project onto as many random
 * directions as it has eigenvectors now, until its threshold is set or its eigenvectors are computed again.
 */
export function changeAllPcaLayerThresholdsAndInjectRandomDirections(
  threshold: number,
  network: Network,
  { verbose = false, seed }: InjectOptions = {},
): PcaLayerDimensions {
  const random = randomFrom(seed);
  return changeAll(network, 'Linear', verbose, `threshold ${threshold} and random directions`, (layer) => {
    layer.threshold = threshold;
    if (layer.fsDim === 0) throw new UserError(`${layer.name}: it has no input yet; build the network first`);
    layer.injectDirections(randomRotation(layer.fsDim, random));
  });
}

/** `change_all_pca_layer_centering`: sets whether PCA layers take the mean away before they project. */
export function changeAllPcaLayerCentering(
  centering: boolean,
  network: Network,
  { verbose = false, downsampling }: CenteringOptions = {},
): PcaLayerDimensions {
  return changeAll(network, 'Lin', verbose, `centering ${centering}`, (layer) => {
    layer.centering = centering;
    if (downsampling !== undefined && isPcaMapLayer(layer)) layer.downsampling = downsampling;
  });
}

/**
 * `rvs`: a random orthonormal matrix of determinant 1, dim x dim, row-major, uniform among all rotations.
 *
 * @param seed a number that decides it, or a source of numbers of [0, 1); `Math.random` unless given
 * @throws RangeError unless dim is a positive integer
 */
export function rvs(dim = 3, seed?: number | RandomSource): Float64Array {
  return randomRotation(dim, typeof seed === 'function' ? seed : randomFrom(seed));
}

function randomFrom(seed: number | undefined): RandomSource {
  return seed === undefined ? Math.random : seededRandom(seed);
}

function changeAll(
  network: Network,
  linearName: string,
  verbose: boolean,
  what: string,
  change: (layer: PcaLayer) => void,
): PcaLayerDimensions {
  if (!isLayer(network)) {
    throw new UserError(
      'network: this is no tf.LayersModel and no layer; what is set comes before the network',
    );
  }
  const dimensions: PcaLayerDimensions = { sat: [], inDims: [], fsDims: [], names: [] };
  const counts = { [linearName]: 0, Conv: 0 };
  for (const layer of layersIn(network)) {
    if (!isPcaLayer(layer)) continue;
    change(layer);
    const kind = isPcaMapLayer(layer) ? 'Conv' : linearName;
    dimensions.sat.push(layer.sat);
    dimensions.inDims.push(layer.inDim);
    dimensions.fsDims.push(layer.fsDim);
    dimensions.names.push(`${kind}-${counts[kind]}`);
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (verbose) console.log(`${layer.name}: changed to ${what}`);
  }
  return dimensions;
}

/** A layer and those in it (of models, and of wrappers such as `TimeDistributed`), each once. */
function layersIn(layer: object, found = new Set<object>()): Set<object> {
  if (found.has(layer)) return found;
  found.add(layer);
  const inner: unknown[] = [Reflect.get(layer, 'layers'), Reflect.get(layer, 'layer')].flat();
  for (const each of inner) if (typeof each === 'object' && each !== null) layersIn(each, found);
  return found;
}
