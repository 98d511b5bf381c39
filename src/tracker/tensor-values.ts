import type { LayerOutput } from '../core/points.js';
import { isTensor, type Tensor } from './tfjs.js';

/** The output of a layer that is to be read: of several (a recurrent layer's output and states) the first. */
export function outputTensor(output: unknown): Tensor | undefined {
  const [first]: unknown[] = Array.isArray(output) ? output : [output];
  return isTensor(first) ? first : undefined;
}

/** The values of a tensor, which may share memory with it. */
export function valuesOf(tensor: Tensor): LayerOutput {
  const data = tensor.dataSync();
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), shape: tensor.shape };
}

/** The values of a tensor that nobody else has: it is disposed of. */
export function takeValues(tensor: Tensor): LayerOutput {
  const values = valuesOf(tensor);
  tensor.dispose();
  return values;
}
