import type { Model } from '../model/model.js';

/** More channels than these, an input of images does not have. */
const IMAGE_CHANNELS = 4;

/**
 * Where the channels of a model's input stand, for a mean and a standard deviation a channel. The shape tells it for
 * images; else SavedModels keep them last, ONNX files first.
 */
export function channelAxis({ inputs, format }: Model): 'first' | 'last' {
  const shape = inputs.find((input) => (input.shape?.length ?? 0) >= 3)?.shape;
  const first = shape?.[1] ?? 0;
  const last = shape?.at(-1) ?? 0;
  if (first > IMAGE_CHANNELS && last >= 1 && last <= IMAGE_CHANNELS) return 'last';
  if (first >= 1 && first <= IMAGE_CHANNELS && last > IMAGE_CHANNELS) return 'first';
  return format === 'onnx' && shape ? 'first' : 'last';
}
