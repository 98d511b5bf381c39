import { create } from '@bufbuild/protobuf';
import type { Dim, DType, Tensor } from '../../tensor.js';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../proto/onnx_pb.js';

/** An attribute of an ONNX node; its kind has to be said, as 1 may be an integer or a float. */
export type OnnxAttribute =
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { string: string }
  | { type: DType }
  | { graph: GraphProto };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

const DATA_TYPES: Record<DType, DataType> = {
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int8: DataType.INT8,
  int16: DataType.INT16,
  int32: DataType.INT32,
  int64: DataType.INT64,
  uint8: DataType.UINT8,
  uint16: DataType.UINT16,
  uint32: DataType.UINT32,
  uint64: DataType.UINT64,
  bool: DataType.BOOL,
  complex64: DataType.COMPLEX64,
  complex128: DataType.COMPLEX128,
  string: DataType.STRING,
};

/** ONNX's number for an element type. */
export function onnxDataType(dtype: DType): DataType {
  return DATA_TYPES[dtype];
}

/** A NodeProto; an absent optional input is ''. */
export function onnxNode(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxAttributes = {},
  name = outputs[0] ?? '',
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

function attributeProto(name: string, value: OnnxAttribute): AttributeProto {
  if ('int' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value.int) });
  }
  if ('ints' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.ints.map(BigInt) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  }
  if ('string' in value) {
    const s = new TextEncoder().encode(value.string);
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s });
  }
  if ('graph' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: value.graph });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeType.INT,
    i: BigInt(onnxDataType(value.type)),
  });
}

/**
 * A TensorProto with the tensor's bytes as they are in memory (they are not copied).
 * @throws TypeError for strings, which have no such bytes
 */
export function onnxTensor(name: string, tensor: Tensor): TensorProto {
  const { data } = tensor;
  if (Array.isArray(data)) throw new TypeError(`${name} holds strings: they cannot be raw data`);
  return create(TensorProtoSchema, {
    name,
    dims: tensor.shape.map(BigInt),
    dataType: onnxDataType(tensor.dtype),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** An input or output; dimensions that only the data tells are named for the value, undefined is any rank. */
export function onnxValueInfo(name: string, dtype: DType, shape: readonly Dim[] | undefined): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: onnxDataType(dtype),
          ...(shape && {
            shape: {
              dim: shape.map((dim, axis) => ({
                value:
                  dim === null
                    ? { case: 'dimParam' as const, value: `${name}_${axis}` }
                    : { case: 'dimValue' as const, value: BigInt(dim) },
              })),
            },
          }),
        },
      },
    },
  });
}

/** A ModelProto of the default operator set in the given version. */
export function onnxModel(graph: GraphProto, opset: number, irVersion: number): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    producerName: 'delve',
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph,
  });
}
