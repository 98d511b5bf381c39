import type { DType } from '../../tensor.js';

/** The operator set that is written: the first with Gelu; onnxruntime has CPU kernels for all that is used of it. */
export const OPSET = 20;
/** The file format version that came with that operator set. */
export const IR_VERSION = 9;

/**
 * The type in which values of a TensorFlow type are computed: half floats in float32, for want of CPU kernels.
 * What this changes is rounding only.
 */
export function computeType(dtype: DType): DType {
  return dtype === 'float16' || dtype === 'bfloat16' ? 'float32' : dtype;
}

const FLOAT: readonly DType[] = ['float32'];
const FLOATS: readonly DType[] = ['float32', 'float64'];
const WIDE: readonly DType[] = ['float32', 'float64', 'int32', 'int64'];
const ARITHMETIC: readonly DType[] = [...WIDE, 'uint32', 'uint64'];
const ORDERED: readonly DType[] = [...ARITHMETIC, 'int8', 'uint8'];
const POOLED: readonly DType[] = [...FLOATS, 'int8', 'uint8'];

/**
 * The element types for which onnxruntime's CPU provider has kernels (its docs/OperatorKernels.md), where these
 * are not all types: between what TensorFlow computes and what is listed here, casts are put.
 */
const KERNEL_TYPES: Readonly<Record<string, readonly DType[]>> = {
  ...forAll(FLOAT, 'Acos Acosh Asin Asinh Atan Atanh AveragePool Conv ConvTranspose Cos Cosh Elu Erf LRN'),
  ...forAll(FLOAT, 'LeakyRelu Selu Sinh Softplus Softsign Tan'),
  ...forAll(FLOATS, 'BatchNormalization Ceil Exp Floor IsInf IsNaN Log LogSoftmax Reciprocal Round Sigmoid'),
  ...forAll(FLOATS, 'GridSample Sin Softmax Sqrt Tanh'),
  ...forAll(WIDE, 'CumSum Einsum Pow Range ReduceMean ReduceProd ReduceSum SplitToSequence'),
  ...forAll(ARITHMETIC, 'Add Sub Mul Div Mod MatMul'),
  ...forAll(ORDERED, 'Abs Max Min Clip Greater GreaterOrEqual Less LessOrEqual'),
  ...forAll([...WIDE, 'int8', 'uint8'], 'ArgMax ArgMin ReduceMax ReduceMin TopK'),
  ...forAll(POOLED, 'MaxPool DepthToSpace SpaceToDepth'),
  ...forAll([...ORDERED, 'bool'], 'Equal Pad'),
  ...forAll([...WIDE, 'bool'], 'Trilu'),
  Relu: ['float32', 'float64', 'int32', 'int8'],
  Neg: [...WIDE, 'int8'],
  NonZero: ['float32', 'int32', 'int64', 'bool', 'uint8'],
  Resize: ['float32', 'int32', 'int8', 'uint8'],
  Where: [...WIDE, 'int8', 'uint8', 'uint32'],
};

/** Inputs of these operators that hold data of the operator's type; of all others, every input does. */
const DATA_INPUTS: Readonly<Record<string, readonly number[]>> = {
  ...Object.fromEntries(
    [
      'CumSum',
      'ReverseSequence',
      'ReduceMax',
      'ReduceMean',
      'ReduceMin',
      'ReduceProd',
      'ReduceSum',
      'Resize',
      'TopK',
      'Trilu',
    ].map((op) => [op, [0]]),
  ),
  GridSample: [0, 1],
  Pad: [0, 2],
  Where: [1, 2],
};

/** What to compute in instead, the nearest first. */
const SUBSTITUTES: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  float64: ['float32'],
  bool: ['uint8', 'int32', 'float32'],
  int8: ['int32', 'float32'],
  uint8: ['int32', 'float32'],
  int16: ['int32', 'float32'],
  uint16: ['int32', 'float32'],
  int32: ['int64', 'float64', 'float32'],
  uint32: ['int64', 'float64', 'float32'],
  int64: ['float64', 'int32', 'float32'],
  uint64: ['int64', 'float64', 'float32'],
};

/** The type in which onnxruntime can run an operator on data of a type: the same where it has a kernel for it. */
export function kernelType(opType: string, dtype: DType): DType {
  const types = KERNEL_TYPES[opType];
  if (!types || types.includes(dtype)) return dtype;
  return SUBSTITUTES[dtype]?.find((substitute) => types.includes(substitute)) ?? dtype;
}

/** Whether an input is of the operator's data type, rather than axes, shapes or conditions. */
export function isDataInput(opType: string, index: number): boolean {
  return DATA_INPUTS[opType]?.includes(index) ?? true;
}

/** Operators that fail for some numbers (an index beyond the end), so that they must not be run where TensorFlow would not. */
const FAILING: ReadonlySet<string> = new Set(
  'Div Gather GatherElements GatherND If Loop Mod ScatterElements ScatterND SequenceAt SequenceErase SequenceInsert'.split(
    ' ',
  ),
);

/** Whether running an operator for nothing may end the run. */
export function mayFail(opType: string): boolean {
  return FAILING.has(opType);
}

function forAll(types: readonly DType[], operators: string): Record<string, readonly DType[]> {
  return Object.fromEntries(operators.split(' ').map((operator) => [operator, types]));
}
