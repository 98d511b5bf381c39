// What is read of TensorFlow.js's objects. They come from the user's own copy of it, which is not imported here.

/** A layer of TensorFlow.js, `tf.layers.Layer`. */
export interface TrackedLayer {
  name: string;
  getClassName(): string;
  call(inputs: never, kwargs: never): unknown;
}

/** A `tf.LayersModel` or `tf.Sequential`. */
export interface TrackedModel extends TrackedLayer {
  layers: readonly TrackedLayer[];
}

/** A tensor with its values. */
export interface Tensor {
  shape: readonly number[];
  dtype: string;
  dataSync(): Float32Array | Int32Array | Uint8Array;
  dispose(): void;
}

/** What a layer gives when the graph is built, before there are values. */
export interface SymbolicTensor {
  name: string;
  inputs: readonly SymbolicTensor[];
  sourceLayer: TrackedLayer & { inboundNodes: readonly GraphNode[] };
  /** Which of the source layer's nodes. */
  nodeIndex: number;
}

/** A use of a layer in a model's graph. */
export interface GraphNode {
  id: number;
  outboundLayer: TrackedLayer;
  /** Layers that its inputs come from; none of an input of the model. */
  inboundLayers: readonly TrackedLayer[];
  inputTensors: readonly SymbolicTensor[];
}

/** A model whose graph is built. */
export interface Container extends TrackedModel {
  inputs: readonly SymbolicTensor[];
  outputs: readonly SymbolicTensor[];
  /** Of nodes that are nearer to the inputs, depths are greater. */
  nodesByDepth: Readonly<Record<string, readonly GraphNode[]>>;
}

export function isTensor(value: unknown): value is Tensor {
  return isObject(value) && typeof value.dataSync === 'function' && Array.isArray(value.shape);
}

export function isLayer(value: unknown): value is TrackedLayer {
  return isObject(value) && typeof value.getClassName === 'function' && typeof value.call === 'function';
}

export function isModel(layer: unknown): layer is TrackedModel {
  return isLayer(layer) && Array.isArray(Reflect.get(layer, 'layers'));
}

export function isContainer(layer: unknown): layer is Container {
  if (!isModel(layer)) return false;
  const lists = ['inputs', 'outputs'].every((name) => Array.isArray(Reflect.get(layer, name)));
  return lists && isObject(Reflect.get(layer, 'nodesByDepth'));
}

/**
 * The class that a layer is of, or that its class is made from: the first of `known` among the names of its class and of those above it, so
 * that an heir of `Dense` is a `Dense`.
 */
export function classOf(layer: TrackedLayer, known: (name: string) => boolean): string | undefined {
  for (let at: unknown = layer.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const name: unknown = Object.hasOwn(at, 'className') ? Reflect.get(at, 'className') : undefined;
    if (typeof name === 'string' && known(name)) return name;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
