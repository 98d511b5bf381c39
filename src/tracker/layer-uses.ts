import { nodesInOrder } from './graph.js';
import {
  type Container,
  classOf,
  isContainer,
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

/** What a node of a graph runs: a model, one at every time step (`TimeDistributed`), or a layer. */
export type Content =
  | { kind: 'model'; container: Container }
  | { kind: 'steps'; container: Container }
  | { kind: 'layer' };

export function contentOf(layer: TrackedLayer): Content {
  if (isContainer(layer)) return { kind: 'model', container: layer };
  if (classOf(layer, (name) => name === 'TimeDistributed') === undefined) return { kind: 'layer' };
  const inner: unknown = Reflect.get(layer, 'layer');
  return isContainer(inner) ? { kind: 'steps', container: inner } : { kind: 'layer' };
}

/** Key of what a node runs. */
export function keyOfNode(parent: string, node: { id: number }): string {
  return `${parent}/${node.id}`;
}

/** Key of a time step. */
export function keyOfStep(parent: string, step: number): string {
  return `${parent}@${step}`;
}

/**
 * All uses of layers in a run of a model, models in it included, in the order of Keras. Of a model that runs at every time step those of
 * the first step.
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
    const own = keyOfNode(key, node);
    const to = [...path, ...(merged.get(layer) ?? []), layer.name];
    const content = contentOf(layer);
    if (content.kind === 'layer') return [{ layer, path: to, key: own }];
    const { container } = content;
    return layerUses(container, container, to, content.kind === 'steps' ? keyOfStep(own, 0) : own);
  });
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
