import type { DType } from '../../../tensor.js';
import type { OnnxAttributes } from '../../onnx/build.js';
import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';

/** Operations on one value, element by element: they work in whatever layout the value has. */
export const ACTIVATIONS: Family = {
  ...oneToOne({
    Abs: 'Abs',
    Acos: 'Acos',
    Acosh: 'Acosh',
    Asin: 'Asin',
    Asinh: 'Asinh',
    Atan: 'Atan',
    Atanh: 'Atanh',
    Ceil: 'Ceil',
    Cos: 'Cos',
    Cosh: 'Cosh',
    Elu: 'Elu',
    Erf: 'Erf',
    Exp: 'Exp',
    Floor: 'Floor',
    Inv: 'Reciprocal',
    Log: 'Log',
    LogicalNot: 'Not',
    Neg: 'Neg',
    Reciprocal: 'Reciprocal',
    Relu: 'Relu',
    Selu: 'Selu',
    Sigmoid: 'Sigmoid',
    Sign: 'Sign',
    Sin: 'Sin',
    Sinh: 'Sinh',
    Softplus: 'Softplus',
    Softsign: 'Softsign',
    Sqrt: 'Sqrt',
    Tan: 'Tan',
    Tanh: 'Tanh',
  }),
  Invert: unary((op, x) => op.emit('BitwiseNot', [x])),
  IsNan: simple('IsNaN', {}, 'bool'),
  IsInf: simple('IsInf', {}, 'bool'),
  IsFinite: unary((op, x) =>
    op.emit('Not', [
      op.emit(
        'Or',
        ['IsNaN', 'IsInf'].map((test) => op.emit(test, [x], {}, 'bool')),
      ),
    ]),
  ),
  // ONNX rounds halves to even, as TensorFlow does.
  Round: unary(rounded),
  Rint: unary(rounded),
  Relu6: unary((op, x) => op.emit('Clip', [x, ...bounds(op, 0, 6)])),
  LeakyRelu: unary((op, x) => op.emit('LeakyRelu', [x], { alpha: { float: op.float('alpha', 0.2) } })),
  Square: unary((op, x) => op.emit('Mul', [x, x])),
  Rsqrt: unary((op, x) => op.emit('Reciprocal', [op.emit('Sqrt', [x])])),
  Log1p: unary((op, x) => op.emit('Log', [op.emit('Add', [x, one(op)])])),
  Expm1: unary((op, x) => op.emit('Sub', [op.emit('Exp', [x]), one(op)])),
  Erfc: unary((op, x) => op.emit('Sub', [one(op), op.emit('Erf', [x])])),
  FakeQuantWithMinMaxArgs: (op) => fakeQuantize(op, op.float('min', -6), op.float('max', 6)),
  FakeQuantWithMinMaxVars: (op) => {
    const [min = 0] = op.constantInput(1, 'a minimum');
    const [max = 0] = op.constantInput(2, 'a maximum');
    fakeQuantize(op, min, max);
  },
};

function oneToOne(operators: Readonly<Record<string, string>>): Family {
  return Object.fromEntries(Object.entries(operators).map(([name, onnx]) => [name, simple(onnx)]));
}

function simple(opType: string, attributes: OnnxAttributes = {}, dtype?: DType): Translator {
  return unary((op, x) => op.emit(opType, [x], attributes, dtype));
}

function unary(emit: (op: Operation, x: string) => string): Translator {
  return (op) => {
    const value = op.input(0);
    const layout = op.layoutOf([value]);
    op.set(0, emit(op, op.in(layout, value)), value.shape, layout);
  };
}

function one(op: Operation): string {
  return op.onnx.scalar(1, op.input(0).dtype);
}

function bounds(op: Operation, min: number, max: number): string[] {
  return [min, max].map((bound) => op.onnx.scalar(bound, op.input(0).dtype));
}

function rounded(op: Operation, x: string): string {
  return /^u?int/.test(op.input(0).dtype) ? x : op.emit('Round', [x]);
}

/** Rounds to 2^bits levels between bounds that are moved so that zero is one of them (quantization-aware training). */
function fakeQuantize(op: Operation, min: number, max: number): void {
  const lowest = op.bool('narrow_range', false) ? 1 : 0;
  const highest = 2 ** op.int('num_bits', 8) - 1;
  const scale = (max - min) / (highest - lowest);
  const zero = Math.min(highest, Math.max(lowest, Math.round(lowest - min / scale)));
  const low = (lowest - zero) * scale;
  const high = (highest - zero) * scale;
  unary((_, x) => {
    const scalar = (value: number) => op.onnx.scalar(value, op.input(0).dtype);
    const clipped = op.emit('Clip', [x, ...bounds(op, low, high)]);
    const steps = op.emit('Mul', [op.emit('Sub', [clipped, scalar(low)]), scalar(1 / scale)]);
    const nearest = op.emit('Floor', [op.emit('Add', [steps, scalar(0.5)])]);
    return op.emit('Add', [op.emit('Mul', [nearest, scalar(scale)]), scalar(low)]);
  })(op);
}
