import type { DType } from '../../../tensor.js';
import { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { type ComplexParts, Value } from '../value.js';

/** Complex numbers from their parts. */
export const COMPLEX_MAKERS: Family = {
  Complex: (op) => setComplex(op, op.input(0), op.input(1)),
};

/** Real numbers as complex ones. */
export function castToComplex(op: Operation): void {
  const value = op.input(0);
  const dtype = op.dtypeAttr('DstT', 'complex64') === 'complex128' ? 'float64' : 'float32';
  const real = op.onnx.cast(op.last(value), dtype);
  const zeros = op.emit('Expand', [op.onnx.scalar(0, dtype), op.shapeVector(real)]);
  setComplex(op, op.made(real, value.shape), op.made(zeros, value.shape));
}

/** What is done with complex numbers, each kept as its two parts. */
export const COMPLEX: Family = {
  Real: (op) => op.pass(0, partsOf(op, 0).real),
  Imag: (op) => op.pass(0, partsOf(op, 0).imaginary),
  ComplexAbs: (op) => {
    const { real, imaginary } = partsOf(op, 0);
    op.elementwise([real, imaginary], ([a = '', b = '']) =>
      op.emit('Sqrt', [op.emit('Add', [op.emit('Mul', [a, a]), op.emit('Mul', [b, b])])]),
    );
  },
  Conj: (op) => {
    const { real, imaginary } = partsOf(op, 0);
    setComplex(
      op,
      real,
      combined(op, [imaginary], ([x = '']) => op.emit('Neg', [x])),
    );
  },
  Cast: (op) => {
    const dtype = op.dtypeAttr('DstT', 'complex64');
    if (dtype.startsWith('complex')) op.define(0, op.input(0));
    else op.pass(0, partsOf(op, 0).real);
  },
  Mul: (op) => {
    const [a, b] = [partsOf(op, 0), partsOf(op, 1)];
    setComplex(
      op,
      twoProducts(op, 'Sub', [a.real, b.real], [a.imaginary, b.imaginary]),
      twoProducts(op, 'Add', [a.real, b.imaginary], [a.imaginary, b.real]),
    );
  },
  AddV2: eachPart('Add'),
  Add: eachPart('Add'),
  Sub: eachPart('Sub'),
  Neg: (op) => {
    const { real, imaginary } = partsOf(op, 0);
    const negated = (value: Value) => combined(op, [value], ([x = '']) => op.emit('Neg', [x]));
    setComplex(op, negated(real), negated(imaginary));
  },
};

/** Sets an output to complex numbers. */
export function setComplex(op: Operation, real: Value, imaginary: Value, index = 0): void {
  const dtype: DType = real.dtype === 'float64' ? 'complex128' : 'complex64';
  op.define(index, new Value(dtype, real.shape, { parts: { real, imaginary } }));
}

export function partsOf(op: Operation, index: number): ComplexParts {
  return op.input(index).parts ?? op.refuse('of complex numbers that are constant');
}

/** Asks only for what both parts have in common. */
export function onRealPart(translator: Translator): Translator {
  return (op) => {
    const inputs = op.node.inputs.map((name, index): [string, Value] => [
      name,
      op.input(index).parts?.real ?? op.input(index),
    ]);
    const part = new Operation(op.node, op.network, new Map(inputs));
    translator(part);
    for (const index of op.node.outputs.keys()) {
      const value = part.output(index);
      if (value) op.define(index, value);
    }
  };
}

/** Moves the elements of both parts alike. */
export function onBothParts(translator: Translator): Translator {
  return (op) => {
    const sides = (['real', 'imaginary'] as const).map((side) => {
      const inputs = op.node.inputs.map((name, index): [string, Value] => {
        const value = op.input(index);
        return [name, value.parts?.[side] ?? value];
      });
      const part = new Operation(op.node, op.network, new Map(inputs));
      translator(part);
      return part;
    });
    for (const index of op.node.outputs.keys()) {
      const [real, imaginary] = sides.map((part) => part.output(index));
      if (real && imaginary) setComplex(op, real, imaginary, index);
    }
  };
}

function eachPart(opType: string): Translator {
  return (op) => {
    const [a, b] = [partsOf(op, 0), partsOf(op, 1)];
    const emit = (operands: string[]) => op.emit(opType, operands);
    setComplex(op, combined(op, [a.real, b.real], emit), combined(op, [a.imaginary, b.imaginary], emit));
  };
}

/** The sum or difference of two products. */
function twoProducts(
  op: Operation,
  opType: string,
  first: readonly Value[],
  second: readonly Value[],
): Value {
  return combined(op, [...first, ...second], ([a = '', b = '', c = '', d = '']) =>
    op.emit(opType, [op.emit('Mul', [a, b]), op.emit('Mul', [c, d])]),
  );
}

/** An element-wise operation whose result is a part of the output. */
function combined(op: Operation, values: readonly Value[], emit: (operands: string[]) => string): Value {
  const name = emit(values.map((value) => op.last(value)));
  return op.made(name, op.broadcastOf(values));
}
