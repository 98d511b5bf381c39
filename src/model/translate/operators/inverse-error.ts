import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';

/** The inverse of the error function. */
export const INVERSE_ERROR: Family = {
  Erfinv: (op) => {
    op.elementwise([op.input(0)], ([x = '']) => inverseError(op, x));
  },
};

/** Coefficients in w - 2.5 for w < 5, and in sqrt(w) - 3 for the rest. */
const CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
];
const TAIL = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3,
  1.00167406, 2.83297682,
];

/**
 * Two polynomials in w = -log(1 - x²): M. Giles, "Approximating the erfinv function", GPU Computing Gems (2011), in single precision.
 */
function inverseError(op: Operation, x: string): string {
  const { dtype } = op.input(0);
  const number = (value: number) => op.onnx.scalar(value, dtype);
  const w = op.emit('Neg', [
    op.emit('Log', [op.emit('Mul', [op.emit('Sub', [number(1), x]), op.emit('Add', [number(1), x])])]),
  ]);
  const horner = ([first, ...others]: readonly number[], t: string) =>
    others.reduce(
      (sum, coefficient) => op.emit('Add', [op.emit('Mul', [sum, t]), number(coefficient)]),
      number(first!),
    );
  const central = horner(CENTRAL, op.emit('Sub', [w, number(2.5)]));
  const tail = horner(TAIL, op.emit('Sub', [op.emit('Sqrt', [w]), number(3)]));
  const factor = op.emit('Where', [op.emit('Less', [w, number(5)], {}, 'bool'), central, tail]);
  // At -1 and 1, w is infinite.
  const isEnd = op.emit('Equal', [op.emit('Abs', [x]), number(1)], {}, 'bool');
  return op.emit('Mul', [x, op.emit('Where', [isEnd, number(Number.POSITIVE_INFINITY), factor])]);
}
