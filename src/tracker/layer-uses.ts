import { nodesInOrder } from './graph.js';
import {
  type Container,
  classOf,
  isContainer,
  isLayer,
  isModel,
  type TrackedLayer,
  type TrackedModel,
} from './tfjs.js';

/** A use of a layer in a run of a model: a layer that is shared has several. */
export interface LayerUse {
  layer: TrackedLayer;
  /** Names of the models that it is in and its own, without the outermost model's. */
  path: readonly string[];
  /** Which use it is, by the nodes that lead to it. */
  key: string;
}

/**
 * What a layer runs that is recorded by itself: a model its layers, `TimeDistributed` what is in it at every time step. `layer`: nothing, as it
 * is recorded as a whole.
 */
export type Content =
  | { kind: 'model'; container: Container }
  | { kind: 'steps'; inner: TrackedLayer }
  | { kind: 'layer' };

export function contentOf(layer: TrackedLayer): Content {
  if (isContainer(layer)) return { kind: 'model', container: layer };
  if (!isOfClass(layer, 'TimeDistributed')) return { kind: 'layer' };
  const inner: unknown = Reflect.get(layer, 'layer');
  const hasParts = isLayer(inner) && (contentOf(inner).kind !== 'layer' || isOfClass(inner, 'Bidirectional'));
  return hasParts ? { kind: 'steps', inner } : { kind: 'layer' };
}

function isOfClass(layer: TrackedLayer, name: string): boolean {
  return classOf(layer, (each) => each === name) !== undefined;
}

/** Key of what a node runs. */
export function keyOfNode(parent: string, node: { id: number }): string {
  return `${parent}/${node.id}`;
}

/** Key of what runs at every time step: the same at all of them. */
export function keyOfSteps(parent: string): string {
  return `${parent}@`;
}

/**
 * All uses of layers in a run of a model, models in it included, in the order of Keras. What runs at every time step is one use.
 *
 * @param listed the model as its author made it, where `model` is the graph that it has built of itself
 */
export function layerUses(
  model: Container,
  listed: TrackedModel = model,
  path: readonly string[] = [],
  key = '',
): LayerUse[] {
  const merged = mergedPaths(listed);
  return nodesInOrder(model).flatMap((node): LayerUse[] => {
    const { outboundLayer: layer } = node;
    return usesIn(layer, [...path, ...(merged.get(layer) ?? []), layer.name], keyOfNode(key, node));
  });
}

function usesIn(layer: TrackedLayer, path: readonly string[], key: string): LayerUse[] {
  const content = contentOf(layer);
  switch (content.kind) {
    case 'layer':
      return [{ layer, path, key }];
    case 'model':
      return layerUses(content.container, content.container, path, key);
    case 'steps':
      return usesIn(content.inner, [...path, content.inner.name], keyOfSteps(key));
  }
}

/**
 * Where the first layer of a sequential model is a model, TensorFlow.js makes the layers of that one layers of the outer one. Names of models
 * that each of them is in by its author's account.
 */
function mergedPaths({ layers }: TrackedModel): Map<TrackedLayer, string[]> {
  const [first] = layers;
  if (!isModel(first)) return new Map();
  const inner = mergedPaths(first);
  return new Map(first.layers.map((layer) => [layer, [first.name, ...(inner.get(layer) ?? [])]]));
}
