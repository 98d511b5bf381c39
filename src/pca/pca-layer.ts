/** What a PCA layer has and can, whatever it is a layer of. */
export interface PcaLayer {
  name: string;
  /** `threshold`: the share of the variance that is kept. Setting it chooses the directions anew. */
  threshold: number;
  /**
   * `centering`: whether what is projected are the differences from the mean. Setting it chooses the directions anew among the eigenvectors that
   * are there; those of the other covariance come with the next training.
   */
  centering: boolean;
  /** Whether the output has as many features as the input. */
  readonly keepdim: boolean;
  readonly verbose: boolean;
  /** Without effect, as in the package. */
  readonly gradientEpoch: number;
  /** Times that the eigenvectors were computed. */
  readonly epoch: number;
  /** Whether all that was collected is in the eigenvectors. */
  readonly pcaComputed: boolean;
  /** `in_dim`: directions that are projected onto. */
  readonly inDim: number;
  /** `fs_dim`: features, the dimension of the feature space. */
  readonly fsDim: number;
  /** `sat`: the directions as a share of the features, in percent. */
  readonly sat: number;
  /** `is_floating_point`: false, whatever its numbers are. */
  isFloatingPoint(): boolean;
  /**
   * Projects onto random directions instead, as many as there are: the first columns of a random rotation, d x d, row-major. Until the threshold or
   * the centering is set or the eigenvectors are computed anew; not saved with the model.
   */
  injectDirections(rotation: Float64Array): void;
}

/** A PCA layer of feature maps. */
export interface PcaMapLayer extends PcaLayer {
  /** Side of the maps that are collected, resized to it; undefined: as they are. */
  downsampling: number | undefined;
}

/** What every layer of TensorFlow.js takes. */
export interface LayerConfig {
  /** `pca0`, `pca1`, ... unless given. */
  name?: string;
  inputShape?: (number | null)[];
  batchInputShape?: (number | null)[];
  batchSize?: number;
  dtype?: 'float32';
}

/** What a `LinearPCALayer` is made with. */
export interface LinearPCALayerConfig extends LayerConfig {
  /** Features of the input, its last axis; what it has unless given. */
  inFeatures?: number;
  /** The share of the variance that is kept, 0.99 unless given. */
  threshold?: number;
  /** Whether the output has as many features as the input, the projection; else its coordinates along the directions. true unless given. */
  keepdim?: boolean;
  /** Whether it prints what it computes. */
  verbose?: boolean;
  /** Without effect, as in the package; 20 unless given. */
  gradientEpochStart?: number;
  /** Whether the mean is taken away before the projection and added after it. true unless given. */
  centering?: boolean;
}

/** What a `Conv2DPCALayer` is made with. */
export interface Conv2DPCALayerConfig extends LayerConfig {
  /** Channels of the input; what it has unless given. */
  inFilters?: number;
  threshold?: number;
  /** true unless given. */
  verbose?: boolean;
  gradientEpochStart?: number;
  /** false unless given. */
  centering?: boolean;
  /** Maps are resized to this side (nearest) before they are collected. */
  downsampling?: number | undefined;
  /** `channelsLast` unless given. */
  dataFormat?: 'channelsLast' | 'channelsFirst';
}

/** A class of PCA layers: `Layer` is what it constructs. */
export interface PcaLayerClass<Config, Layer> {
  new (config?: Config): Layer;
  className: string;
  /** `num`: PCA layers of all kinds that were constructed. */
  readonly num: number;
}
