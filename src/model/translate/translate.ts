import { type Dim, type DType, sizeOf } from '../../tensor.js';
import { type Constant, type Graph, type GraphInput, type GraphNode, graphsOf } from '../graph.js';
import { onnxModel, onnxValueInfo } from '../onnx/build.js';
import type { ModelProto } from '../proto/onnx_pb.js';
import { Emitter } from './emitter.js';
import { computeType, IR_VERSION, OPSET } from './kernels.js';
import { Network } from './network.js';
import { numbersOf } from './numbers.js';
import { Operation } from './operation.js';
import { LONGEST_SHAPE } from './shape-reader.js';
import { Untranslatable } from './unsupported.js';
import { Value } from './value.js';

/** A TensorFlow graph as an ONNX model, and where its values are found there. */
export interface Translation {
  model: ModelProto;
  /** For every wanted graph value, the ONNX value that holds it. */
  values: Map<string, TranslatedValue>;
  /** What is computed otherwise than TensorFlow would, to be told to the user; mostly empty. */
  notes: string[];
}

export interface TranslatedValue {
  /** The ONNX value. */
  name: string;
  /** Whether axis 1 holds what is the last axis in TensorFlow. */
  channelsFirst: boolean;
  /** The ONNX value's element type. */
  dtype: DType;
  /** The shape in TensorFlow's layout, as far as it is known before the run. */
  shape: readonly Dim[] | undefined;
}

/**
 * Translates a TensorFlow graph to ONNX. The graph's inputs and outputs keep their keys as names and
 * TensorFlow's layout; batch dimensions stay open. `wanted` values are in the model besides, under the names that
 * the result tells, in the layout in which they are computed; none of them may be inside a loop or a branch. An output that cannot be
 * translated is left out where other values are wanted.
 * @throws UserError listing every operation that cannot be translated and the layers these stand in
 */
export function translateToOnnx(graph: Graph, wanted: readonly string[]): Translation {
  const network = new Network(graph, new Emitter());
  const { onnx, values } = network;
  const outputNames = declare(network);
  const complete = network.translate(graph.nodes);
  const made = graph.outputs.filter(({ value }) => values.has(value) && !values.get(value)!.parts);
  const absent = wanted.filter((name) => !values.has(name));
  if (!complete && (absent.length > 0 || (wanted.length === 0 && made.length < graph.outputs.length))) {
    const text = graph.inputs.find(({ dtype }) => dtype === 'string');
    throw network.missing.error(text?.key);
  }
  if (absent.length > 0) throw new Error(`No operation makes ${absent.join(', ')}`);
  const complex = graph.outputs.find(({ value }) => values.get(value)?.parts);
  if (complex && wanted.length === 0) {
    throw new Untranslatable(
      `The output ${complex.key} is of complex numbers, which the embedded engine lacks: export a signature that gives their absolute values, or both parts.`,
      ['complex outputs'],
    );
  }

  const reader = new Operation(OUTSIDE, network);
  const outputs = made.map(({ key, value: target }) => {
    const value = values.get(target)!;
    const name = outputNames.get(key)!;
    onnx.copyTo(name, reader.last(value));
    return onnxValueInfo(name, value.dtype, value.shape);
  });
  const translated = new Map(wanted.map((target) => [target, placeOf(values.get(target)!, reader)]));
  const inputs = numericInputs(graph).map(({ key, dtype, shape }) =>
    onnxValueInfo(key, computeType(dtype), shape),
  );
  const kept = [...translated.values()].map(({ name }) => name);
  const model = onnxModel(onnx.finish(inputs, outputs, kept), OPSET, IR_VERSION);
  return { model, values: translated, notes: noteHalfFloats(graph) };
}

/** Gives the network its inputs and constants, and takes the names of its outputs. */
export function declare({ graph, onnx, values }: Network): Map<string, string> {
  for (const { key, value: name, dtype, shape } of numericInputs(graph)) {
    onnx.reserve(key, computeType(dtype));
    const value = new Value(computeType(dtype), shape);
    value.names.last = key;
    values.set(name, value);
  }
  for (const [name, constant] of graph.constants) {
    if (isNumeric(constant.dtype)) values.set(name, constantValue(constant));
  }
  const names = new Map(graph.outputs.map(({ key }) => [key, onnx.has(key) ? `${key}:output` : key]));
  for (const name of names.values()) onnx.reserve(name, 'float32');
  return names;
}

/** A constant; short vectors of whole numbers may be what shapes are computed with. */
function constantValue(constant: Constant): Value {
  const { dtype, shape } = constant;
  const small =
    /^int(32|64)$/.test(dtype) && shape.length < 2 && sizeOf(shape) <= LONGEST_SHAPE && sizeOf(shape) > 0;
  const lengths = small && constant.variable === undefined ? numbersOf(constant.load()) : undefined;
  return new Value(computeType(dtype), shape, { constant, lengths });
}

/** What ONNX can be given; an operation that reads anything else is not translated. */
function numericInputs({ inputs }: Graph): readonly GraphInput[] {
  return inputs.filter(({ dtype }) => isNumeric(dtype));
}

function isNumeric(dtype: DType): boolean {
  return dtype !== 'string' && dtype !== 'complex64' && dtype !== 'complex128';
}

const OUTSIDE: GraphNode = {
  name: 'outputs',
  op: '',
  inputs: [],
  outputs: [],
  attrs: new Map(),
  outputShapes: [],
  scope: [],
};

function placeOf(value: Value, reader: Operation): TranslatedValue {
  const layout = value.primary === 'first' && value.names.first !== undefined ? 'first' : 'last';
  const name = reader.in(layout, value);
  const channelsFirst = layout === 'first' && (value.rank ?? 0) > 2;
  return { name, channelsFirst, dtype: value.dtype, shape: value.shape };
}

function noteHalfFloats(graph: Graph): string[] {
  const types = new Set<DType>();
  for (const { dtype } of [...graph.inputs, ...graph.constants.values()]) types.add(dtype);
  const addTypes = ({ attrs, control }: GraphNode): void => {
    for (const attribute of attrs.values()) {
      if (attribute.kind === 'type' && attribute.value) types.add(attribute.value);
    }
    for (const { nodes } of graphsOf(control)) nodes.forEach(addTypes);
  };
  graph.nodes.forEach(addTypes);
  return (['float16', 'bfloat16'] as const)
    .filter((dtype) => types.has(dtype))
    .map(
      (dtype) => `${dtype} values are computed in float32: they differ from TensorFlow's by its rounding.`,
    );
}
