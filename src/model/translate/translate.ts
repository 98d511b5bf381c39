import { type Dim, type DType, sizeOf } from '../../tensor.js';
import type { Constant, Graph, GraphNode } from '../graph.js';
import { onnxModel, onnxValueInfo } from '../onnx/build.js';
import type { ModelProto } from '../proto/onnx_pb.js';
import { Emitter } from './emitter.js';
import { computeType, IR_VERSION, OPSET } from './kernels.js';
import { numbersOf } from './numbers.js';
import { Operation } from './operation.js';
import { LONGEST_SHAPE } from './shape-reader.js';
import { COMPLEX_OPERATORS, OPERATORS } from './table.js';
import { MissingOperations, Unsupported, Untranslatable } from './unsupported.js';
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
 * the result tells, in the layout in which they are computed.
 * @throws UserError listing every operation that cannot be translated and the layers these stand in
 */
export function translateToOnnx(graph: Graph, wanted: readonly string[]): Translation {
  const onnx = new Emitter();
  const values = new Map<string, Value>();
  const notes = noteHalfFloats(graph);
  for (const input of graph.inputs) {
    const dtype = computeType(input.dtype);
    if (!isNumeric(dtype)) throw unfed(input.key, dtype);
    onnx.reserve(input.key, dtype);
    const value = new Value(dtype, input.shape);
    value.names.last = input.key;
    values.set(input.value, value);
  }
  const outputNames = graph.outputs.map(({ key }) => (onnx.has(key) ? `${key}:output` : key));
  for (const name of outputNames) onnx.reserve(name, 'float32');
  for (const [name, constant] of graph.constants) {
    if (isNumeric(constant.dtype)) values.set(name, constantValue(constant));
  }

  const missing = translateNodes(graph, onnx, values);
  const targets = [...graph.outputs.map(({ value }) => value), ...wanted];
  if (targets.some((name) => !values.has(name))) {
    if (missing) throw missing.error();
    const absent = targets.filter((name) => !values.has(name));
    throw new Error(`No operation makes ${absent.join(', ')}`);
  }

  const reader = new Operation(OUTSIDE, onnx, values);
  onnx.prefix = '';
  const outputs = graph.outputs.map(({ key, value: target }, index) => {
    const value = values.get(target)!;
    if (value.parts) {
      throw new Untranslatable(
        `The output ${key} is of complex numbers, which the embedded engine lacks: export a signature that gives their absolute values, or both parts.`,
        ['complex outputs'],
      );
    }
    const name = outputNames[index]!;
    onnx.copyTo(name, reader.last(value));
    return onnxValueInfo(name, value.dtype, value.shape);
  });
  const translated = new Map(wanted.map((target) => [target, placeOf(values.get(target)!, reader)]));
  const inputs = graph.inputs.map(({ key, dtype, shape }) => onnxValueInfo(key, computeType(dtype), shape));
  const kept = [...translated.values()].map(({ name }) => name);
  const model = onnxModel(onnx.finish(inputs, outputs, kept), OPSET, IR_VERSION);
  return { model, values: translated, notes };
}

function unfed(input: string, dtype: DType): Untranslatable {
  const values = dtype === 'string' ? 'text' : `${dtype} values`;
  return new Untranslatable(
    `The model's input '${input}' takes ${values}, which the embedded engine has no translation for: run it with --engine tensorflow, or export a signature that starts behind its preprocessing.`,
    [`inputs of ${values}`],
  );
}

/** A constant; short vectors of whole numbers may be what shapes are computed with. */
function constantValue(constant: Constant): Value {
  const { dtype, shape } = constant;
  const small =
    /^int(32|64)$/.test(dtype) && shape.length < 2 && sizeOf(shape) <= LONGEST_SHAPE && sizeOf(shape) > 0;
  const lengths = small && constant.variable === undefined ? numbersOf(constant.load()) : undefined;
  return new Value(computeType(dtype), shape, constant, lengths);
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

/** Translates every node that can be; what cannot, and all that needs it, is left out and returned. */
function translateNodes(
  { nodes, constants }: Graph,
  onnx: Emitter,
  values: Map<string, Value>,
): MissingOperations | undefined {
  const missing = new MissingOperations();
  const makers = new Map<string, GraphNode>();
  let complete = true;
  for (const node of nodes) {
    const isComplex = node.inputs.some((name) => values.get(name)?.parts);
    const translator = (isComplex ? COMPLEX_OPERATORS : OPERATORS).get(node.op);
    if (!translator) missing.add(node, isComplex ? 'of complex numbers' : undefined);
    const absent = node.inputs.filter((name) => name !== '' && !values.has(name));
    if (absent.some((name) => constants.has(name))) missing.add(node, 'of strings or complex numbers');
    for (const maker of new Set(absent.map((name) => makers.get(name)))) {
      if (maker) missing.add(maker, 'an output besides the first');
    }
    if (!translator || absent.length > 0) {
      complete = false;
      continue;
    }
    onnx.prefix = node.name;
    try {
      translator(new Operation(node, onnx, values));
      for (const output of node.outputs) makers.set(output, node);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      missing.add(node, error.message);
      complete = false;
    }
  }
  return complete ? undefined : missing;
}

function placeOf(value: Value, reader: Operation): TranslatedValue {
  const layout = value.primary === 'first' && value.names.first !== undefined ? 'first' : 'last';
  const name = reader.in(layout, value);
  const channelsFirst = layout === 'first' && (value.rank ?? 0) > 2;
  return { name, channelsFirst, dtype: value.dtype, shape: value.shape };
}

function noteHalfFloats(graph: Graph): string[] {
  const types = new Set<DType>();
  for (const { dtype } of [...graph.inputs, ...graph.constants.values()]) types.add(dtype);
  for (const { attrs } of graph.nodes) {
    for (const attribute of attrs.values()) {
      if (attribute.kind === 'type' && attribute.value) types.add(attribute.value);
    }
  }
  return (['float16', 'bfloat16'] as const)
    .filter((dtype) => types.has(dtype))
    .map(
      (dtype) => `${dtype} values are computed in float32: they differ from TensorFlow's by its rounding.`,
    );
}
