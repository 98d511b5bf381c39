import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError } from '../errors.js';
import type { Model, ModelFormat, ModelOptions } from './model.js';
import { onnxFormat } from './onnx/format.js';
import { savedModelFormat } from './savedmodel/format.js';

/** The formats that models are read from. */
const FORMATS: readonly ModelFormat[] = [savedModelFormat, onnxFormat];

const KERAS_EXPORT = `load it in Keras and write model.export('folder'), then give that folder`;
const TORCH_EXPORT = `load it in PyTorch and write torch.onnx.export(model.eval(), example, 'model.onnx'), then give that file`;

/** Files that hold a network in a form that delve does not read, and the way from there. */
const FOREIGN = new Map([
  ['.keras', `a Keras file: ${KERAS_EXPORT}`],
  ['.h5', `a Keras HDF5 file: ${KERAS_EXPORT}`],
  ['.hdf5', `a Keras HDF5 file: ${KERAS_EXPORT}`],
  ['.pt', `a PyTorch file: ${TORCH_EXPORT}`],
  ['.pth', `a PyTorch file: ${TORCH_EXPORT}`],
  ['.pt2', `a PyTorch file: ${TORCH_EXPORT}`],
  [
    '.ckpt',
    `a checkpoint: build the network, load the weights, and ${TORCH_EXPORT.replace('load it in PyTorch and ', '')}`,
  ],
  ['.safetensors', `weights without a network: ${TORCH_EXPORT}`],
  [
    '.tflite',
    `a TensorFlow Lite file, whose layers are fused: give the SavedModel or ONNX file it was made from`,
  ],
  ['.pb', `the graph alone: give the SavedModel's folder, the one that holds saved_model.pb and variables/`],
]);

/**
 * Opens a model: a SavedModel folder or an .onnx file. Throws UserError if there is none at `path`, if it is of
 * another kind (saying how to export it), or damaged.
 */
export async function openModel(path: string, options: ModelOptions = {}): Promise<Model> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UserError(`${path}: no such model; give a SavedModel folder or an .onnx file`);
  const format = FORMATS.find((candidate) => candidate.matches(path, found.isDirectory()));
  if (format) return withPrintableNames(await format.open(path, options));
  const foreign = FOREIGN.get(extname(path).toLowerCase());
  throw new UserError(
    foreign
      ? `${path}: this is ${foreign}`
      : `${path}: this is neither a SavedModel folder nor an .onnx file; export the model as one of these`,
  );
}

/** A name may hold what a terminal takes for a command, or a newline. */
function withPrintableNames(model: Model): Model {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const printable = (name: string) => name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '_');
  const named = <L extends { name: string }>(layers: readonly L[]) =>
    layers.map((layer) => ({ ...layer, name: printable(layer.name) }));
  return { ...model, layers: named(model.layers), skipped: named(model.skipped) };
}
