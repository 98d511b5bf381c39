import { extname } from 'node:path';
import { UserError } from '../../errors.js';
import { fileHash } from '../file-hash.js';
import type { Model, ModelFormat, ModelOptions, OnnxTap } from '../model.js';
import { findOnnxLayers } from './layers.js';
import { readOnnx } from './read.js';

/** ONNX files, run as they are: data is given in the model's own layout. */
export const onnxFormat: ModelFormat = {
  name: 'onnx',
  matches: (path, isFolder) => !isFolder && extname(path).toLowerCase() === '.onnx',
  open: openOnnx,
};

async function openOnnx(path: string, options: ModelOptions): Promise<Model> {
  if (options.signature !== undefined) {
    throw new UserError(`${path}: an ONNX file has no signatures; leave out --signature`);
  }
  const { proto, graph, folder } = await readOnnx(path);
  const { layers, skipped } = findOnnxLayers(graph);
  return {
    path,
    format: 'onnx',
    inputs: graph.inputs.map(({ key, dtype, shape }) => ({ key, dtype, shape })),
    outputs: graph.outputs,
    layers,
    skipped,
    hash: () => fileHash(path),
    toOnnx: (taps) => ({
      proto,
      folder,
      taps: new Map(taps.map((tap): [string, OnnxTap] => [tap, { name: tap, channelsFirst: false }])),
      batchFirst: false,
      notes: [],
    }),
  };
}
