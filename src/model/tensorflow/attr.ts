import { create } from '@bufbuild/protobuf';
import type { Dim, Tensor } from '../../tensor.js';
import {
  type AttrValue,
  AttrValueSchema,
  DataType,
  TensorProtoSchema,
  type TensorShapeProto,
  TensorShapeProtoSchema,
} from '../proto/tensorflow_pb.js';
import { dataTypeOf } from '../savedmodel/elements.js';

/** Attributes of TensorFlow nodes, as the format writes them. */
export function typeAttr(value: DataType): AttrValue {
  return create(AttrValueSchema, { value: { case: 'type', value } });
}

export function typesAttr(type: readonly DataType[]): AttrValue {
  return create(AttrValueSchema, { value: { case: 'list', value: { type: [...type] } } });
}

export function intAttr(value: number): AttrValue {
  return create(AttrValueSchema, { value: { case: 'i', value: BigInt(value) } });
}

export function boolAttr(value: boolean): AttrValue {
  return create(AttrValueSchema, { value: { case: 'b', value } });
}

export function textAttr(value: string): AttrValue {
  return create(AttrValueSchema, { value: { case: 's', value: new TextEncoder().encode(value) } });
}

export function intsAttr(i: readonly number[]): AttrValue {
  return create(AttrValueSchema, { value: { case: 'list', value: { i: i.map(BigInt) } } });
}

export function functionAttr(name: string): AttrValue {
  return create(AttrValueSchema, { value: { case: 'func', value: { name } } });
}

/** undefined: any rank. */
export function shapeAttr(dims: readonly Dim[] | undefined): AttrValue {
  return create(AttrValueSchema, { value: { case: 'shape', value: shapeProto(dims) } });
}

export function shapeProto(dims: readonly Dim[] | undefined): TensorShapeProto {
  if (!dims) return create(TensorShapeProtoSchema, { unknownRank: true });
  return create(TensorShapeProtoSchema, { dim: dims.map((dim) => ({ size: BigInt(dim ?? -1) })) });
}

/** A constant of int32; a number stands for a scalar. */
export function int32Attr(value: number | readonly number[]): AttrValue {
  const values = Int32Array.from(typeof value === 'number' ? [value] : value);
  return tensorAttr(DataType.DT_INT32, typeof value === 'number' ? [] : [values.length], values);
}

/** A scalar of float64. */
export function float64Attr(value: number): AttrValue {
  return tensorAttr(DataType.DT_DOUBLE, [], Float64Array.of(value));
}

/** A scalar of bool. */
export function boolTensorAttr(value: boolean): AttrValue {
  return tensorAttr(DataType.DT_BOOL, [], Uint8Array.of(value ? 1 : 0));
}

/** An array of float32. */
export function float32Attr(shape: readonly number[], data: Float32Array): AttrValue {
  return tensorAttr(DataType.DT_FLOAT, shape, data);
}

/** Any array of numbers. */
export function numbersAttr({ dtype, shape, data }: Tensor): AttrValue {
  if (Array.isArray(data)) throw new TypeError('text is no array of numbers');
  return tensorAttr(dataTypeOf(dtype), shape, data);
}

function tensorAttr(
  dtype: DataType,
  shape: readonly number[],
  data: Exclude<Tensor['data'], string[]>,
): AttrValue {
  const value = create(TensorProtoSchema, {
    dtype,
    tensorShape: shapeProto(shape),
    tensorContent: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
  return create(AttrValueSchema, { value: { case: 'tensor', value } });
}
