import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { readImage, requireSpatial, setImage, slide, spatialPart } from './window.js';

/** Pooling over windows. */
export const POOLINGS: Family = {
  MaxPool: pool('MaxPool'),
  MaxPoolV2: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  MaxPoolWithArgmax: pool('MaxPool'),
  // TensorFlow's average leaves padding out, and so does ONNX's by default.
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
};

function pool(opType: string): Translator {
  return (op) => {
    const value = op.input(0);
    const [size, strides] = windowOf(op);
    requireSpatial(op, size, 'a window');
    requireSpatial(op, strides, 'strides');
    if (op.node.op === 'MaxPoolWithArgmax' && op.node.outputs[1]) op.refuse('with its indices used');
    const kernel = spatialPart(op, size);
    const window = { kernel, strides: spatialPart(op, strides), dilations: kernel.map(() => 1) };
    const image = readImage(op, value);
    const { attributes, spatial } = slide(op, window, image.spatial);
    const name = op.emit(opType, [image.name], { ...attributes, kernel_shape: { ints: kernel } });
    setImage(op, name, value.shape?.[0] ?? null, image.channels, spatial);
  };
}

/** The window's size and strides: attributes, or inputs of MaxPoolV2. */
function windowOf(op: Operation): [readonly number[], readonly number[]] {
  if (op.node.op === 'MaxPoolV2') return [op.constantInput(1, 'a window'), op.constantInput(2, 'strides')];
  return [op.ints('ksize', []), op.ints('strides', [])];
}
