import { sizeOf } from '../../../tensor.js';
import { tensorOf } from '../numbers.js';
import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { axisIn, type Length, range, type Value } from '../value.js';
import { broadcastLengths } from './lengths.js';

/** More elements than this are weights, not factors. */
const FEW = 16;

/** Arithmetic of two or more values that broadcast. */
export const ELEMENTWISE: Family = {
  Add: arithmetic('Add', (op, a, b) => op.add(a, b)),
  AddV2: arithmetic('Add', (op, a, b) => op.add(a, b)),
  Sub: arithmetic('Sub', (op, a, b) => op.subtract(a, b)),
  Mul: arithmetic('Mul', (op, a, b) => op.multiply(a, b)),
  FloorDiv: arithmetic(floorDivide, (op, a, b) => op.divide(a, b)),
  FloorMod: arithmetic(floorModulo, (op, a, b) => op.modulo(a, b)),
  Maximum: arithmetic('Max', (op, a, b) => op.arithmetic('Max', a, b, Math.max)),
  Minimum: arithmetic('Min', (op, a, b) => op.arithmetic('Min', a, b, Math.min)),
  RealDiv: folding('Div', (a, b) => a / b),
  // Integers are rounded towards zero, as ONNX's Div does.
  Div: binary('Div'),
  TruncateDiv: binary(truncatedDivide),
  Mod: binary(truncatedModulo),
  TruncateMod: binary(truncatedModulo),
  Pow: binary('Pow'),
  SquaredDifference: binary((op, a, b) => {
    const difference = op.emit('Sub', [a, b]);
    return op.emit('Mul', [difference, difference]);
  }),
  DivNoNan: binary((op, a, b) => op.emit('Where', [isZero(op, b), zero(op), op.emit('Div', [a, b])])),
  MulNoNan: binary((op, a, b) => op.emit('Where', [isZero(op, b), zero(op), op.emit('Mul', [a, b])])),
  Xdivy: unlessFirstIsZero((op, a, b) => op.emit('Div', [a, b])),
  Xlogy: unlessFirstIsZero((op, a, b) => op.emit('Mul', [a, op.emit('Log', [b])])),
  Xlog1py: unlessFirstIsZero((op, a, b) => {
    const one = op.onnx.scalar(1, op.input(0).dtype);
    return op.emit('Mul', [a, op.emit('Log', [op.emit('Add', [b, one])])]);
  }),
  Atan2: binary(arcTangent),
  BitwiseAnd: (op) => {
    const floats = op.input(0).floats;
    if (floats) signBit(op, floats);
    else binary('BitwiseAnd')(op);
  },
  BitwiseOr: binary('BitwiseOr'),
  BitwiseXor: binary('BitwiseXor'),
  AddN: sum,
  BiasAdd: addBias,
  BiasAddV1: addBias,
};

type Emit = string | ((op: Operation, a: string, b: string) => string);

function binary(emit: Emit): Translator {
  return (op) => {
    op.elementwise([op.input(0), op.input(1)], ([a = '', b = '']) =>
      typeof emit === 'string' ? op.emit(emit, [a, b]) : emit(op, a, b),
    );
  };
}

/** An operation with which shapes are computed, too: element by element where both operands are such vectors. */
function arithmetic(emit: Emit, compute: (op: Operation, a: Length, b: Length) => Length): Translator {
  const general = binary(emit);
  return (op) => {
    const lengths = broadcastLengths(op, [op.input(0), op.input(1)]);
    if (!lengths) return general(op);
    const rank = op.inputs.some((input) => input.rank === 1) ? 1 : 0;
    const results = lengths.map(([a = 0, b = 0]) => compute(op, a, b));
    op.setLengths(0, results, rank, op.input(0).dtype);
  };
}

/** What is computed at once of sizes that were made floats: by such factors images are resized. */
function folding(opType: string, compute: (a: number, b: number) => number): Translator {
  const general = binary(opType);
  return (op) => {
    const values = [op.input(0), op.input(1)];
    const small = values.every(
      ({ constant }) => constant && sizeOf(constant.shape) <= FEW && constant.shape.length < 2,
    );
    const [a, b] = small ? values.map((value) => op.known(value)) : [];
    if (
      !a ||
      !b ||
      op.input(0).dtype !== 'float32' ||
      (a.length !== b.length && a.length !== 1 && b.length !== 1)
    ) {
      general(op);
      return;
    }
    const length = Math.max(a.length, b.length);
    const results = range(0, length).map((i) =>
      compute(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!),
    );
    const rank = values.some((value) => value.rank === 1) ? 1 : 0;
    op.setConstant(0, tensorOf('float32', rank === 0 ? [] : [length], results));
  };
}

const SIGN_BIT = -(2 ** 31);

/** The sign bit of floats, which -0 has as well: its reciprocal is negative. */
function signBit(op: Operation, floats: Value): void {
  if (op.known(op.input(1))?.some((mask) => mask !== SIGN_BIT) !== false)
    op.refuse('of other bits than the sign');
  op.elementwise([floats], ([x = '']) => {
    const floatZero = op.onnx.scalar(0, 'float32');
    const below = (value: string) => op.emit('Less', [value, floatZero], {}, 'bool');
    const isNegativeZero = op.emit('And', [
      op.emit('Equal', [x, floatZero], {}, 'bool'),
      below(op.emit('Reciprocal', [x])),
    ]);
    const negative = op.emit('Or', [below(x), isNegativeZero]);
    return op.emit(
      'Where',
      [negative, op.onnx.scalar(SIGN_BIT, 'int32'), op.onnx.scalar(0, 'int32')],
      {},
      'int32',
    );
  });
}

function isInteger(op: Operation): boolean {
  return op.input(0).dtype.includes('int');
}

function zero(op: Operation): string {
  return op.onnx.scalar(0, op.input(0).dtype);
}

function isZero(op: Operation, x: string): string {
  return op.emit('Equal', [x, zero(op)], {}, 'bool');
}

/** 0 where the first operand is 0, whatever the second is. */
function unlessFirstIsZero(emit: (op: Operation, a: string, b: string) => string): Translator {
  return binary((op, a, b) => op.emit('Where', [isZero(op, a), zero(op), emit(op, a, b)]));
}

function floorDivide(op: Operation, a: string, b: string): string {
  if (!isInteger(op)) return op.emit('Floor', [op.emit('Div', [a, b])]);
  // What is left after taking off the remainder (which has b's sign) divides exactly.
  return op.emit('Div', [op.emit('Sub', [a, op.emit('Mod', [a, b])]), b]);
}

/** The remainder with the sign of the divisor; ONNX has that for integers only. */
function floorModulo(op: Operation, a: string, b: string): string {
  if (isInteger(op)) return op.emit('Mod', [a, b]);
  const remainder = truncatedModulo(op, a, b);
  const negative = (x: string) => op.emit('Less', [x, zero(op)], {}, 'bool');
  const otherSign = op.emit('Xor', [negative(remainder), negative(b)]);
  const wrong = op.emit('And', [otherSign, op.emit('Not', [isZero(op, remainder)])]);
  return op.emit('Where', [wrong, op.emit('Add', [remainder, b]), remainder]);
}

function truncatedDivide(op: Operation, a: string, b: string): string {
  const quotient = op.emit('Div', [a, b]);
  if (isInteger(op)) return quotient;
  return op.emit('Mul', [op.emit('Sign', [quotient]), op.emit('Floor', [op.emit('Abs', [quotient])])]);
}

function truncatedModulo(op: Operation, a: string, b: string): string {
  return op.emit('Mod', [a, b], { fmod: { int: 1 } });
}

/** The angle of (b, a): atan(a / b), turned by pi in the left half-plane. */
function arcTangent(op: Operation, a: string, b: string): string {
  const dtype = op.input(0).dtype;
  const scalar = (value: number) => op.onnx.scalar(value, dtype);
  const negative = (x: string) => op.emit('Less', [x, zero(op)], {}, 'bool');
  const angle = op.emit('Atan', [op.emit('Div', [a, b])]);
  const turn = op.emit('Where', [negative(a), scalar(-Math.PI), scalar(Math.PI)]);
  const turned = op.emit('Where', [negative(b), op.emit('Add', [angle, turn]), angle]);
  return op.emit('Where', [op.emit('And', [isZero(op, a), isZero(op, b)]), zero(op), turned]);
}

function sum(op: Operation): void {
  op.elementwise(op.inputs, ([first = '', ...rest]) =>
    rest.reduce((total, operand) => op.emit('Add', [total, operand]), first),
  );
}

/** Adds a vector along the channels: the last axis, or axis 1 where data_format says so. */
function addBias(op: Operation): void {
  const [value, bias] = [op.input(0), op.input(1)];
  const rank = op.rankOf(value);
  if (op.text('data_format', 'NHWC') !== 'NCHW' || rank < 3) {
    op.elementwise([value, bias], (operands) => op.emit('Add', operands));
    return;
  }
  const layout = op.layoutOf([value]);
  const shape: Length[] = new Array<number>(rank).fill(1);
  shape[axisIn(layout, 1, rank)] = -1;
  const operand = op.emit('Reshape', [op.last(bias), op.vector(shape)]);
  op.set(0, op.emit('Add', [op.in(layout, value), operand]), value.shape, layout);
}
