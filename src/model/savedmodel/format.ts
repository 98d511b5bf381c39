import { join } from 'node:path';
import { fileHash } from '../file-hash.js';
import type { Model, ModelFormat, ModelOptions, OnnxTap } from '../model.js';
import { projectedSavedModel } from '../tensorflow/projected-model.js';
import { rewriteSavedModel } from '../tensorflow/rewrite.js';
import { translateToOnnx } from '../translate/translate.js';
import { findTensorflowLayers } from './layers.js';
import { openSource, readGraph } from './read.js';
import { inputsInBatches } from './stateful.js';

/** SavedModel folders of Keras and TensorFlow, translated where an engine wants ONNX. */
export const savedModelFormat: ModelFormat = {
  name: 'savedmodel',
  matches: (_path, isFolder) => isFolder,
  open: openSavedModel,
};

async function openSavedModel(path: string, options: ModelOptions): Promise<Model> {
  const { signature } = options;
  const source = openSource(path, signature === undefined ? {} : { signature });
  const graph = readGraph(source);
  const { layers, skipped } = findTensorflowLayers(graph);
  return {
    path,
    format: 'savedmodel',
    inputs: inputsInBatches(graph).map(({ key, dtype, shape }) => ({ key, dtype, shape })),
    outputs: graph.outputs,
    layers,
    skipped,
    hash: () => fileHash(join(path, 'saved_model.pb')),
    toOnnx(taps) {
      const { model, values, notes } = translateToOnnx(graph, [...taps]);
      graph.verifyRest?.();
      return {
        proto: model,
        folder: undefined,
        taps: new Map<string, OnnxTap>(values),
        batchFirst: true,
        notes,
      };
    },
    toTensorflow: (taps, padded, projections) => rewriteSavedModel(source, graph, taps, padded, projections),
    toSavedModel: (projections) => projectedSavedModel(source, graph, projections),
  };
}
