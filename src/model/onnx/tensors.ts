import { UserError } from '../../errors.js';
import type { DType } from '../../tensor.js';
import type { Constant } from '../graph.js';
import { type TensorProto, TensorProto_DataType as Type, type ValueInfoProto } from '../proto/onnx_pb.js';

const DTYPES = new Map<number, DType>([
  [Type.FLOAT, 'float32'],
  [Type.UINT8, 'uint8'],
  [Type.INT8, 'int8'],
  [Type.UINT16, 'uint16'],
  [Type.INT16, 'int16'],
  [Type.INT32, 'int32'],
  [Type.INT64, 'int64'],
  [Type.STRING, 'string'],
  [Type.BOOL, 'bool'],
  [Type.FLOAT16, 'float16'],
  [Type.DOUBLE, 'float64'],
  [Type.UINT32, 'uint32'],
  [Type.UINT64, 'uint64'],
  [Type.COMPLEX64, 'complex64'],
  [Type.COMPLEX128, 'complex128'],
  [Type.BFLOAT16, 'bfloat16'],
]);

/** Element type of a model's input. Throws UserError for one that no dataset can be given in. */
export function dtypeOf(path: string, info: ValueInfoProto): DType {
  const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined;
  const dtype = DTYPES.get(tensor?.elemType ?? 0);
  if (!dtype) {
    throw new UserError(
      `${path}: the input '${info.name}' is no tensor of numbers; delve records models whose inputs are arrays`,
    );
  }
  return dtype;
}

/** A weight's type and shape; its numbers stay in the file, where onnxruntime reads them. */
export function constantOf(path: string, tensor: TensorProto, variable: string | undefined): Constant {
  const shape = tensor.dims.map(Number);
  return {
    dtype: DTYPES.get(tensor.dataType ?? 0) ?? 'float32',
    shape,
    ...(variable === undefined ? {} : { variable }),
    load() {
      throw new Error(`${path}: the numbers of ${tensor.name ?? 'a constant'} are read by the engine alone`);
    },
  };
}
