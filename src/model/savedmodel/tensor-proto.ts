import { UserError } from '../../errors.js';
import { allocate, type NumericDType } from '../../numeric-data.js';
import { bytesOf, type Dim, sizeOf, type Tensor, type TensorData } from '../../tensor.js';
import type { TensorProto, TensorShapeProto } from '../proto/tensorflow_pb.js';
import { dtypeOf, elementsOf, typeName } from './elements.js';

/** A shape as the format writes it: -1 for a dimension that only the data tells; undefined where the rank is unknown. */
export function shapeOf(shape: TensorShapeProto | undefined): readonly Dim[] | undefined {
  if (!shape || shape.unknownRank) return undefined;
  return shape.dim.map((dim) => (dim.size < 0n ? null : Number(dim.size)));
}

/** A shape whose dimensions are all told; undefined if one is not. */
export function fullShapeOf(shape: TensorShapeProto | undefined): readonly number[] | undefined {
  const dims = shape ? shapeOf(shape) : [];
  return dims?.every((dim) => dim !== null) ? dims : undefined;
}

/**
 * The array that a `TensorProto` holds: either raw little-endian bytes, or a list of values of which the last
 * is repeated to fill the shape.
 * @param where what holds it, for the message
 * @throws UserError if its type is no array's, or its values do not fit its shape
 */
export function tensorOf(proto: TensorProto, where: string): Tensor {
  const dtype = dtypeOf(proto.dtype);
  const shape = fullShapeOf(proto.tensorShape);
  if (dtype === undefined || shape === undefined) {
    throw new UserError(`${where} holds a tensor of ${typeName(proto.dtype)} that delve cannot read.`);
  }
  const count = sizeOf(shape);
  if (dtype === 'string') return { dtype, shape, data: stringsOf(proto, count) };
  const size = count * bytesOf(dtype);
  if (proto.tensorContent.length > 0) {
    if (proto.tensorContent.length !== size) {
      throw new UserError(
        `${where} holds ${proto.tensorContent.length} bytes where its shape needs ${size}: the file is damaged.`,
      );
    }
    return { dtype, shape, data: elementsOf(dtype, proto.tensorContent) };
  }
  return { dtype, shape, data: fromValues(dtype, count, proto, where) };
}

function stringsOf(proto: TensorProto, count: number): string[] {
  const decoder = new TextDecoder();
  const values = proto.stringVal.map((bytes) => decoder.decode(bytes));
  return Array.from({ length: count }, (_, at) => values[Math.min(at, values.length - 1)] ?? '');
}

function fromValues(dtype: NumericDType, count: number, proto: TensorProto, where: string): TensorData {
  const values = valuesOf(dtype, proto);
  const data = allocate(dtype, count);
  if (values.length > data.length) {
    throw new UserError(
      `${where} holds ${values.length} values where its shape needs ${data.length}: the file is damaged.`,
    );
  }
  if (values.length === 0) return data;
  const period = dtype.startsWith('complex') ? 2 : 1;
  const at = (place: number) =>
    values[place < values.length ? place : values.length - period + (place % period)] ?? 0;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let place = 0; place < data.length; place++) data[place] = BigInt(at(place));
  } else if (!Array.isArray(data)) {
    for (let place = 0; place < data.length; place++) data[place] = Number(at(place));
  }
  return data;
}

function valuesOf(dtype: NumericDType, proto: TensorProto): ArrayLike<number | bigint | boolean> {
  switch (dtype) {
    case 'float16':
    case 'bfloat16':
      return proto.halfVal;
    case 'float32':
      return proto.floatVal;
    case 'float64':
      return proto.doubleVal;
    case 'complex64':
      return proto.scomplexVal;
    case 'complex128':
      return proto.dcomplexVal;
    case 'int64':
      return proto.int64Val;
    case 'uint32':
      return proto.uint32Val;
    case 'uint64':
      return proto.uint64Val;
    case 'bool':
      return proto.boolVal;
    default:
      return proto.intVal;
  }
}
