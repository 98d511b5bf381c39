import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { readImage, requireSpatial, setImage, slide, spatialPart } from './window.js';

/** Pooling over windows. */
export const POOLINGS: Family = {
  MaxPool: pool('MaxPool'),
  MaxPoolV2: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  MaxPoolWithArgmax: poolWithPlaces,
  // TensorFlow's average leaves padding out, and so does ONNX's by default.
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
};

function pool(opType: string): Translator {
  return (op) => {
    const { attributes, image, spatial } = windowed(op);
    const name = op.emit(opType, [image.name], attributes);
    setImage(op, name, op.input(0).shape?.[0] ?? null, image.channels, spatial);
  };
}

function windowed(op: Operation) {
  const [size, strides] = windowOf(op);
  requireSpatial(op, size, 'a window');
  requireSpatial(op, strides, 'strides');
  const kernel = spatialPart(op, size);
  const window = { kernel, strides: spatialPart(op, strides), dilations: kernel.map(() => 1) };
  const image = readImage(op, op.input(0));
  const { attributes, spatial } = slide(op, window, image.spatial);
  return { attributes: { ...attributes, kernel_shape: { ints: kernel } }, image, spatial };
}

/** Also where each maximum was, counted with the channels last; ONNX counts all, with the channels first. */
function poolWithPlaces(op: Operation): void {
  const { attributes, image, spatial } = windowed(op);
  const batch = op.input(0).shape?.[0] ?? null;
  const [name, index] = op.onnx.emitAll('MaxPool', [image.name], attributes, [undefined, 'int64']);
  setImage(op, name!, batch, image.channels, spatial);
  const { channels } = image;
  const positions = image.spatial.reduce((product: Dim, dim) => product && dim && product * dim, 1);
  if (channels === null || positions === null) return;
  const number = (value: number) => op.onnx.scalar(value, 'int64');
  const channelOf = op.emit('Div', [
    op.emit('Mod', [index!, number(channels * positions)]),
    number(positions),
  ]);
  const position = op.emit('Mod', [index!, number(positions)]);
  let place = op.emit('Add', [op.emit('Mul', [position, number(channels)]), channelOf]);
  if (op.bool('include_batch_in_index', false)) {
    const sample = op.emit('Div', [index!, number(channels * positions)]);
    place = op.emit('Add', [place, op.emit('Mul', [sample, number(channels * positions)])]);
  }
  const typed = op.onnx.cast(place, op.dtypeAttr('Targmax', 'int64'));
  op.set(1, typed, [batch, ...spatial, channels], 'first');
}

/** The window's size and strides: attributes, or inputs of MaxPoolV2. */
function windowOf(op: Operation): [readonly number[], readonly number[]] {
  if (op.node.op === 'MaxPoolV2') return [op.constantInput(1, 'a window'), op.constantInput(2, 'strides')];
  return [op.ints('ksize', []), op.ints('strides', [])];
}
