import type * as tfjs from '@tensorflow/tfjs';
import { UserError } from '../errors.js';
import type { TensorFlowModule } from '../tfjs/tensorflow.js';
import { checkConfig, checkedCentering, checkedSide, checkedThreshold } from './checks.js';
import { type InputAxes, mapAxes, VECTORS } from './input-axes.js';
import type {
  Conv2DPCALayerConfig,
  LinearPCALayerConfig,
  PcaLayer,
  PcaLayerClass,
  PcaMapLayer,
} from './pca-layer.js';
import { PcaState } from './pca-state.js';
import { saturationPercent } from './saturation-percent.js';

type Tensors = tfjs.Tensor | tfjs.Tensor[];

/** What a layer has once it knows the shape of its input. */
interface Built {
  state: PcaState;
  eigenvectors: tfjs.LayerVariable;
  centre: tfjs.LayerVariable;
}

export interface DefinedLayers {
  LinearPCALayer: PcaLayerClass<LinearPCALayerConfig, tfjs.layers.Layer & PcaLayer>;
  Conv2DPCALayer: PcaLayerClass<Conv2DPCALayerConfig, tfjs.layers.Layer & PcaMapLayer>;
}

/** Makes the classes for a TensorFlow.js, of whose layers they are, and lets it load models that have such layers. */
export function definePcaLayers(tf: TensorFlowModule): DefinedLayers {
  class LinearPCALayer extends tf.layers.Layer implements PcaLayer {
    static className = 'LinearPCALayer';
    static num = 0;

    readonly keepdim: boolean;
    readonly verbose: boolean;
    readonly gradientEpoch: number;
    readonly #features: number | undefined;
    readonly #axes: InputAxes;
    #threshold: number;
    #centering: boolean;
    #built: Built | undefined;

    constructor(config: LinearPCALayerConfig = {}, axes = VECTORS) {
      checkConfig(config);
      super({ ...config, name: config.name ?? `pca${LinearPCALayer.num}` });
      LinearPCALayer.num++;
      this.#features = config.inFeatures;
      this.#axes = axes;
      this.#threshold = checkedThreshold(config.threshold ?? 0.99);
      this.#centering = checkedCentering(config.centering ?? true);
      this.keepdim = config.keepdim ?? true;
      this.verbose = config.verbose ?? false;
      this.gradientEpoch = config.gradientEpochStart ?? 20;
    }

    get threshold(): number {
      return this.#threshold;
    }

    set threshold(threshold: number) {
      this.#threshold = checkedThreshold(threshold);
      this.#chosen();
    }

    get centering(): boolean {
      return this.#centering;
    }

    set centering(centering: boolean) {
      this.#centering = checkedCentering(centering);
      this.#chosen();
    }

    get epoch(): number {
      return this.#built?.state.epoch ?? 0;
    }

    get pcaComputed(): boolean {
      return !this.#built?.state.isPending;
    }

    get inDim(): number {
      return this.#built?.state.count(this.#threshold) ?? 1;
    }

    get fsDim(): number {
      return this.#built?.state.d ?? this.#features ?? 0;
    }

    get sat(): number {
      return saturationPercent(this.inDim, this.fsDim);
    }

    isFloatingPoint(): boolean {
      return false;
    }

    injectDirections(rotation: Float64Array): void {
      const [d, count] = [this.fsDim, this.inDim];
      if (!this.#built) {
        throw new UserError(`${this.name}: it has no input yet, so there are no directions to replace`);
      }
      if (rotation.length !== d * d) {
        throw new UserError(`${this.name}: ${rotation.length} numbers are no rotation of its ${d} features`);
      }
      const directions = new Float32Array(d * count);
      for (let i = 0; i < d; i++) directions.set(rotation.subarray(i * d, i * d + count), i * count);
      this.#built.state.injected = directions;
    }

    override build(inputShape: tfjs.Shape | tfjs.Shape[]): void {
      const shape = oneShape(inputShape);
      if (this.#axes.rank !== undefined && shape.length !== this.#axes.rank) {
        throw new UserError(
          `${this.name}: its input has ${shape.length} axes, and feature maps have ${this.#axes.rank}; for vectors there is LinearPCALayer`,
        );
      }
      const d = this.#axes.featuresOf(shape);
      if (!(d > 0) || (this.#features !== undefined && this.#features !== d)) {
        throw new UserError(
          `${this.name}: its input has ${Number.isNaN(d) ? 'no known number of' : d} features${this.#features === undefined ? '' : `, and it was made for ${this.#features}`}`,
        );
      }
      const zeros = tf.initializers.zeros();
      const weight = (name: string, shape: number[]) =>
        this.addWeight(name, shape, 'float32', zeros, undefined, false);
      const weights = {
        eigenvalues: weight('eigenvalues', [2, d]),
        eigenvectors: weight('eigenvectors', [d, d]),
        centre: weight('mean', [d]),
        seen: weight('seen_samples', [2]),
        mean: weight('running_mean', [2, d]),
        scatter: weight('running_scatter', [2, d, d]),
      };
      const { eigenvectors, centre } = weights;
      const state = new PcaState(d, weights, (target, values) => writeWeight(weights[target], values));
      this.#built = { state, eigenvectors, centre };
      super.build(inputShape);
    }

    override computeOutputShape(inputShape: tfjs.Shape | tfjs.Shape[]): tfjs.Shape {
      const shape = oneShape(inputShape);
      return this.keepdim ? shape : [...shape.slice(0, -1), null];
    }

    override call(inputs: Tensors, kwargs?: Record<string, unknown>): Tensors {
      return tf.tidy(() => {
        const x = oneTensor(inputs);
        const built = this.#built;
        if (!built) return x;
        const { state } = built;
        if (kwargs?.training === true) {
          const rows = this.#axes.rowsOf(x);
          state.collect(rows, rows.length / state.d);
          return x;
        }
        if (state.isPending) {
          state.settle(this.#centering);
          this.#tell();
        }
        if (!state.isComputed(this.#threshold)) return x;
        return this.#axes.withFeaturesLast(x, (last) => this.#project(built, last));
      });
    }

    override getConfig(): tfjs.serialization.ConfigDict {
      return {
        ...super.getConfig(),
        ...(this.#features !== undefined && { inFeatures: this.#features }),
        threshold: this.#threshold,
        keepdim: this.keepdim,
        verbose: this.verbose,
        gradientEpochStart: this.gradientEpoch,
        centering: this.#centering,
      };
    }

    /** The projection of vectors x onto the directions E: ((x - m) E) E^T + m, or with `keepdim` false (x - m) E. */
    #project({ state, eigenvectors, centre }: Built, x: tfjs.Tensor): tfjs.Tensor {
      const { d, injected } = state;
      const directions = injected
        ? tf.tensor2d(injected, [d, injected.length / d])
        : tf.slice2d(eigenvectors.read() as tfjs.Tensor2D, [0, 0], [d, state.count(this.#threshold)]);
      const rows = tf.reshape(x, [-1, d]);
      const centred = this.#centering ? tf.sub(rows, centre.read()) : rows;
      const coordinates = tf.matMul(centred, directions);
      if (!this.keepdim) return tf.reshape(coordinates, [...x.shape.slice(0, -1), directions.shape[1]]);
      const projected = tf.matMul(coordinates, directions, false, true);
      return tf.reshape(this.#centering ? tf.add(projected, centre.read()) : projected, x.shape);
    }

    #chosen(): void {
      if (this.#built) this.#built.state.injected = undefined;
      this.#tell();
    }

    #tell(): void {
      if (!this.verbose) return;
      const { name, sat, inDim, fsDim, threshold } = this;
      console.log(`${name}: ${inDim} of ${fsDim} directions at ${threshold}, saturation ${sat} %`);
    }
  }

  class Conv2DPCALayer extends LinearPCALayer implements PcaMapLayer {
    static override className = 'Conv2DPCALayer';

    #downsampling: number | undefined;
    readonly #dataFormat: 'channelsLast' | 'channelsFirst';

    constructor(given: Conv2DPCALayerConfig = {}) {
      checkConfig(given);
      const { inFilters, downsampling, dataFormat = 'channelsLast', ...config } = given;
      const own = { verbose: true, centering: false, ...config, inFeatures: inFilters };
      super(
        own,
        mapAxes(tf, dataFormat === 'channelsFirst', () => this.downsampling),
      );
      this.downsampling = downsampling;
      this.#dataFormat = dataFormat;
    }

    get downsampling(): number | undefined {
      return this.#downsampling;
    }

    set downsampling(side: number | undefined) {
      this.#downsampling = checkedSide(side);
    }

    override getConfig(): tfjs.serialization.ConfigDict {
      const { inFeatures, keepdim: _keepdim, ...config } = super.getConfig();
      const { downsampling } = this;
      return {
        ...config,
        ...(inFeatures !== undefined && { inFilters: inFeatures }),
        ...(downsampling !== undefined && { downsampling }),
        dataFormat: this.#dataFormat,
      };
    }
  }

  function writeWeight(variable: tfjs.LayerVariable, values: Float32Array): void {
    tf.tidy(() => void variable.write(tf.tensor(values, variable.shape as number[])));
  }

  function oneTensor(inputs: Tensors): tfjs.Tensor {
    const [tensor, ...more] = Array.isArray(inputs) ? inputs : [inputs];
    if (tensor && more.length === 0) return tensor;
    throw new UserError(`a PCA layer takes one input, and not ${more.length + 1}`);
  }

  for (const layer of [LinearPCALayer, Conv2DPCALayer]) tf.serialization.registerClass(layer);
  return { LinearPCALayer, Conv2DPCALayer };
}

function oneShape(shape: tfjs.Shape | tfjs.Shape[]): tfjs.Shape {
  const [first] = shape;
  return Array.isArray(first) ? first : (shape as tfjs.Shape);
}
