import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile, checkWritableFolder } from '../dump/writable.js';
import { UserError } from '../errors.js';
import type { Model } from '../model/model.js';
import { onnxTensor } from '../model/onnx/build.js';
import { externalBytes, withExternalData } from '../model/onnx/external-data.js';
import { projectGraph } from '../model/onnx/project-graph.js';
import type { FilledProjection } from '../model/projection.js';
import { type ModelProto, ModelProtoSchema } from '../model/proto/onnx_pb.js';
import type { PcaOptions } from './options.js';

/** Where a projected network goes, and as what. */
export interface ExportPlace {
  path: string;
  format: 'onnx' | 'savedmodel';
}

/** protobuf's own limit. */
const LARGEST = 2 ** 31 - 1;

/** @throws UserError where there is more than one threshold to export */
export function checkExport({ exportTo, thresholds }: PcaOptions): void {
  if (exportTo === undefined || thresholds.length === 1) return;
  throw new UserError(
    `${exportTo}: a network is exported at one threshold, and there are ${thresholds.length} (${thresholds.join(', ')}); give one`,
  );
}

/** @throws UserError for a place that is not for what this engine's networks are written as, or cannot be written */
export function exportPlace(path: string, engine: string, model: Model): ExportPlace {
  const isOnnx = extname(path).toLowerCase() === '.onnx';
  if (engine === 'tensorflow') {
    if (isOnnx)
      throw new UserError(
        `${path}: with --engine tensorflow a SavedModel folder is exported; give a path without .onnx, or take --engine onnx`,
      );
    if (existsSync(path) && readdirSync(path).length > 0)
      throw new UserError(`${path} is there already, and not empty; give a new folder`);
    checkWritableFolder(dirname(resolve(path)));
    return { path, format: 'savedmodel' };
  }
  if (!isOnnx) {
    const other = model.toSavedModel ? '; a SavedModel folder takes --engine tensorflow' : '';
    throw new UserError(`${path}: the engine onnx exports an .onnx file; give that ending${other}`);
  }
  checkWritableFile(path);
  if (model.format === 'onnx') checkSize(path, externalBytes(model.toOnnx([]).proto.graph!));
  return { path, format: 'onnx' };
}

/**
 * Writes the network with projections in it, whole or not at all; an ONNX file holds the weights, wherever the model's own are.
 * @throws UserError for one that is too large, or whose weights are missing
 */
export async function exportNetwork(
  model: Model,
  projections: readonly FilledProjection[],
  { path, format }: ExportPlace,
): Promise<void> {
  if (format === 'onnx') {
    replaceFile(path, await onnxBytes(model, projections, path));
    return;
  }
  const target = resolve(path);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const written = join(folder, 'model');
    await mkdir(written);
    for (const beside of ['variables', 'assets', 'assets.extra']) {
      const from = join(model.path, beside);
      if (existsSync(from)) await cp(from, join(written, beside), { recursive: true });
    }
    await writeFile(join(written, 'saved_model.pb'), model.toSavedModel!(projections));
    await rm(target, { recursive: true, force: true });
    await rename(written, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onnxBytes(
  model: Model,
  projections: readonly FilledProjection[],
  path: string,
): Promise<Uint8Array> {
  const program = model.toOnnx(projections.map(({ value }) => value));
  const { proto } = projectGraph(program, projections);
  const graph =
    program.folder === undefined ? proto.graph! : await withExternalData(proto.graph!, program.folder);
  const fed = new Set(projections.flatMap(({ mean, basis }) => [mean, basis]));
  const constants = projections.flatMap(({ mean, basis, meanData, basisData, d }) => [
    onnxTensor(mean, { dtype: 'float32', shape: [d], data: meanData }),
    onnxTensor(basis, { dtype: 'float32', shape: [basisData.length / d, d], data: basisData }),
  ]);
  const whole: ModelProto = {
    ...proto,
    graph: {
      ...graph,
      input: graph.input.filter(({ name }) => !fed.has(name ?? '')),
      initializer: [...graph.initializer, ...constants],
    },
  };
  const bytes = toBinary(ModelProtoSchema, whole);
  checkSize(path, bytes.length);
  return bytes;
}

function checkSize(path: string, bytes: number): void {
  if (bytes <= LARGEST) return;
  throw new UserError(`${path}: the network is of ${(bytes / 1e9).toFixed(1)} GB, and an ONNX file holds 2`);
}
