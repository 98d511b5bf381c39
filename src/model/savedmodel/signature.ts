import { fromBinary } from '@bufbuild/protobuf';
import { UserError } from '../../errors.js';
import type { GraphInput, GraphOutput } from '../graph.js';
import {
  type MetaGraphDef,
  type SavedModel,
  SavedModelSchema,
  type SignatureDef,
  type TensorInfo,
} from '../proto/tensorflow_pb.js';
import { dtypeOf, typeName } from './elements.js';
import { shapeOf } from './tensor-proto.js';

const DEFAULT = 'serving_default';

/**
 * The graph for inference (tag `serve`) of a saved_model.pb.
 * @throws UserError if the bytes are no SavedModel, or have no such graph
 */
export function metaGraphOf(bytes: Uint8Array, file: string): { model: SavedModel; metaGraph: MetaGraphDef } {
  let model: SavedModel;
  try {
    model = fromBinary(SavedModelSchema, bytes);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `${file} is damaged (${bytes.length} bytes; ${found}): copy or export the model again.`,
    );
  }
  const tagged = model.metaGraphs.map((graph) => ({ graph, tags: graph.metaInfoDef?.tags ?? [] }));
  const chosen =
    tagged.find(({ tags }) => tags.length === 1 && tags[0] === 'serve') ??
    tagged.find(({ tags }) => tags.includes('serve'));
  if (chosen) return { model, metaGraph: chosen.graph };
  const found = tagged
    .map(({ tags }) => (tags.length === 0 ? 'one without a tag' : tags.join('+')))
    .join(', ');
  throw new UserError(
    tagged.length === 0
      ? `${file} (${bytes.length} bytes) holds no graph: it is no SavedModel, or damaged; export the model again.`
      : `${file} has no graph tagged "serve" (found: ${found}): export the model for serving.`,
  );
}

/**
 * The signature of that name; without a name `serving_default`, or the only one there is.
 * @throws UserError that lists the signatures there are
 */
export function signatureOf(
  metaGraph: MetaGraphDef,
  name: string | undefined,
  folder: string,
): { name: string; signature: SignatureDef } {
  const real = Object.entries(metaGraph.signatureDef).filter(
    ([key, signature]) => !key.startsWith('__saved_model') && Object.keys(signature.outputs).length > 0,
  );
  const found = real.find(([key]) => key === (name ?? DEFAULT));
  const [only, ...others] = real;
  const chosen = found ?? (name === undefined && others.length === 0 ? only : undefined);
  if (chosen) return { name: chosen[0], signature: chosen[1] };
  if (real.length === 0) {
    throw new UserError(
      `${folder} has no signature: save it with one (model.export("folder"), or tf.saved_model.save(module, "folder", signatures=module.function.get_concrete_function(...))).`,
    );
  }
  const names = real.map(([key]) => `"${key}"`).join(', ');
  throw new UserError(
    name === undefined
      ? `${folder} has no signature "${DEFAULT}": choose one with --signature (${names}).`
      : `${folder} has no signature "${name}": there ${real.length === 1 ? 'is' : 'are'} ${names}.`,
  );
}

/**
 * What the signature takes, in the order of its keys.
 * @throws UserError for inputs that are not plain tensors
 */
export function inputsOf(signature: SignatureDef, file: string): GraphInput[] {
  return sorted(signature.inputs).map(([key, info]) => {
    const dtype = dtypeOf(info.dtype);
    if (!dtype)
      throw new UserError(
        `${file}: the input "${key}" is of ${typeName(info.dtype)}, which delve cannot feed.`,
      );
    return { key, value: tensorName(key, info, file), dtype, shape: shapeOf(info.tensorShape) };
  });
}

/**
 * What the signature gives, in the order of its keys.
 * @throws UserError for outputs that are not plain tensors
 */
export function outputsOf(signature: SignatureDef, file: string): GraphOutput[] {
  return sorted(signature.outputs).map(([key, info]) => ({ key, value: tensorName(key, info, file) }));
}

/** The file's own order of a map's entries is arbitrary. */
function sorted(map: Readonly<Record<string, TensorInfo>>): [string, TensorInfo][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function tensorName(key: string, info: TensorInfo, file: string): string {
  if (info.encoding.case !== 'name') {
    throw new UserError(
      `${file}: "${key}" of the signature is a sparse or composite tensor: export the model with plain tensors.`,
    );
  }
  const name = info.encoding.value;
  return name.includes(':') ? name : `${name}:0`;
}
