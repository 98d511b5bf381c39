import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { axisIn, type Layout } from '../value.js';

/** Colour spaces, of which the last axis holds the three channels. */
export const COLOURS: Family = {
  RGBToHSV: (op) => convert(op, toHsv),
  HSVToRGB: (op) => convert(op, toRgb),
};

type Channels = [string, string, string];

function convert(op: Operation, compute: (op: Operation, channels: Channels) => Channels): void {
  const value = op.input(0);
  const rank = op.rankOf(value);
  const layout: Layout = op.layoutOf([value]);
  const axis = axisIn(layout, rank - 1, rank);
  const parts = op.onnx.emitAll(
    'Split',
    [op.in(layout, value), op.onnx.ints([1, 1, 1])],
    { axis: { int: axis } },
    [undefined, undefined, undefined],
  );
  const [a = '', b = '', c = ''] = parts;
  op.set(0, op.emit('Concat', compute(op, [a, b, c]), { axis: { int: axis } }), value.shape, layout);
}

/** Hue, of which red is 0 and the whole circle 1, saturation and value. */
function toHsv(op: Operation, [red, green, blue]: Channels): Channels {
  const { dtype } = op.input(0);
  const number = (value: number) => op.onnx.scalar(value, dtype);
  const isEqual = (a: string, b: string) => op.emit('Equal', [a, b], {}, 'bool');
  const value = op.emit('Max', [red, green, blue]);
  const range = op.emit('Sub', [value, op.emit('Min', [red, green, blue])]);
  const isPositive = (x: string) => op.emit('Greater', [x, number(0)], {}, 'bool');
  const saturation = op.emit('Where', [isPositive(value), op.emit('Div', [range, value]), number(0)]);
  const sixth = op.emit('Div', [number(1 / 6), range]);
  const from = (a: string, b: string, start: number) =>
    op.emit('Add', [op.emit('Mul', [sixth, op.emit('Sub', [a, b])]), number(start)]);
  const hue = op.emit('Where', [
    isEqual(red, value),
    from(green, blue, 0),
    op.emit('Where', [isEqual(green, value), from(blue, red, 1 / 3), from(red, green, 2 / 3)]),
  ]);
  const defined = op.emit('Where', [isPositive(range), hue, number(0)]);
  const below = op.emit('Less', [defined, number(0)], {}, 'bool');
  const positive = op.emit('Where', [below, op.emit('Add', [defined, number(1)]), defined]);
  return [positive, saturation, value];
}

function toRgb(op: Operation, [hue, saturation, value]: Channels): Channels {
  const { dtype } = op.input(0);
  const number = (x: number) => op.onnx.scalar(x, dtype);
  const sixths = op.emit('Mul', [hue, number(6)]);
  const distance = (centre: number) => op.emit('Abs', [op.emit('Sub', [sixths, number(centre)])]);
  const shares = [
    op.emit('Sub', [distance(3), number(1)]),
    op.emit('Sub', [number(2), distance(2)]),
    op.emit('Sub', [number(2), distance(4)]),
  ];
  const grey = op.emit('Sub', [number(1), saturation]);
  const [red = '', green = '', blue = ''] = shares.map((share) => {
    const limited = op.emit('Clip', [share, number(0), number(1)]);
    return op.emit('Mul', [op.emit('Add', [grey, op.emit('Mul', [saturation, limited])]), value]);
  });
  return [red, green, blue];
}
