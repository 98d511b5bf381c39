import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { UserError } from '../../errors.js';
import type { Dim } from '../../tensor.js';
import type { Constant, Graph, GraphInput, GraphNode } from '../graph.js';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from '../proto/onnx_pb.js';
import { attributesOf } from './attributes.js';
import { inlineFunctions } from './functions.js';
import { scopeOf } from './scope.js';
import { constantOf, dtypeOf } from './tensors.js';

export interface OnnxFile {
  proto: ModelProto;
  graph: Graph;
  /** The folder that external data is looked for in. */
  folder: string;
}

/**
 * Reads an ONNX file. Weights in external data files are not read here: onnxruntime takes them from `folder`.
 * Throws UserError for a file that is no ONNX model or is damaged.
 */
export async function readOnnx(path: string): Promise<OnnxFile> {
  const bytes = await readFile(path);
  const proto = inlineFunctions(decode(path, bytes));
  const graph = proto.graph;
  if (!graph || graph.node.length === 0 || proto.opsetImport.length === 0) {
    throw new UserError(
      `${path}: this is not an ONNX model (${bytes.length} bytes without a graph); export the model again`,
    );
  }
  const folder = dirname(path);
  return { proto, graph: graphOf(path, graph), folder };
}

function decode(path: string, bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new UserError(
      `${path}: the file is damaged or is no ONNX model (${bytes.length} bytes, ${(error as Error).message}); export it again or copy it anew`,
      { cause: error },
    );
  }
}

function graphOf(path: string, proto: GraphProto): Graph {
  const constants = new Map<string, Constant>();
  for (const initializer of proto.initializer) {
    constants.set(initializer.name ?? '', constantOf(path, initializer, initializer.name));
  }
  const shapes = new Map<string, readonly Dim[]>();
  for (const info of [...proto.input, ...proto.valueInfo, ...proto.output]) {
    const shape = shapeOf(info);
    if (shape) shapes.set(info.name ?? '', shape);
  }
  const nodes: GraphNode[] = [];
  for (const [index, node] of proto.node.entries()) {
    nameSequence(node, index);
    const value = node.opType === 'Constant' ? node.attribute.find((a) => a.name === 'value')?.t : undefined;
    if (value && node.output[0]) constants.set(node.output[0], constantOf(path, value, undefined));
    nodes.push(nodeOf(node, shapes));
  }
  // Old exporters list the weights among the inputs as well.
  const inputs: GraphInput[] = proto.input
    .filter((input) => !constants.has(input.name ?? ''))
    .map((input) => ({
      key: input.name ?? '',
      value: input.name ?? '',
      dtype: dtypeOf(path, input),
      shape: shapeOf(input),
    }));
  const outputs = proto.output.map((output) => ({ key: output.name ?? '', value: output.name ?? '' }));
  return { dialect: 'onnx', nodes, inputs, outputs, constants };
}

/** A recurrent operation may leave out the sequence of its outputs, which is what delve records: give it a name. */
function nameSequence(node: NodeProto, index: number): void {
  const recurrent = node.opType === 'LSTM' || node.opType === 'GRU' || node.opType === 'RNN';
  if (recurrent && node.output[0] === '') node.output[0] = `delve/sequence_${index}`;
}

function nodeOf(node: NodeProto, shapes: Map<string, readonly Dim[]>): GraphNode {
  return {
    name: node.name ?? '',
    op: node.domain ? `${node.domain}.${node.opType}` : (node.opType ?? ''),
    inputs: node.input,
    outputs: node.output,
    attrs: attributesOf(node.attribute),
    outputShapes: node.output.map((output) => shapes.get(output)),
    scope: scopeOf(node),
  };
}

function shapeOf(info: GraphProto['input'][number]): readonly Dim[] | undefined {
  const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined;
  const dims = tensor?.shape?.dim ?? [];
  // Some exporters write no dimensions, or a zero, for what they do not know.
  if (dims.length === 0) return undefined;
  return dims.map((dim) =>
    dim.value.case === 'dimValue' && dim.value.value > 0n ? Number(dim.value.value) : null,
  );
}
