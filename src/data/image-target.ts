import { UserError } from '../errors.js';
import { type Dim, formatShape } from '../tensor.js';
import type { OpenOptions } from './dataset.js';
import type { ImageTarget } from './image-job.js';

/** An image target of which height and width may be for the images themselves to tell. */
export interface WantedImages extends Omit<ImageTarget, 'size'> {
  height: number | undefined;
  width: number | undefined;
}

/**
 * What images have to become for a model: its input is (N, H, W, C), (N, C, H, W), (N, H, W), or flat, (N, K), with the size
 * given by the user. Throws UserError, naming `path`, if it takes no images.
 */
export function wantedImages(path: string, options: OpenOptions): WantedImages {
  const { inputs = [], imageSize, imageResize = 'fill', imageAntialias = true } = options;
  const input = inputs[0];
  const { height, width, channels } = layoutOf(path, options);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new UserError(
      `${path}: the model's input '${input?.key}' takes ${channels} channels, which images do not have (1, 3 or 4); give the data as npy`,
    );
  }
  for (const [wanted, given] of [
    [height, imageSize?.[0]],
    [width, imageSize?.[1]],
  ]) {
    if (wanted === null || given === undefined || wanted === given) continue;
    throw new UserError(
      `--image-size ${imageSize?.join('x')}: the model's input '${input?.key}' takes ${formatShape(input?.shape ?? [])}; leave the option out`,
    );
  }
  return {
    height: height ?? imageSize?.[0],
    width: width ?? imageSize?.[1],
    channels,
    resize: imageResize,
    antialias: imageAntialias,
    whole: input !== undefined && !/float/.test(input.dtype),
  };
}

function layoutOf(
  path: string,
  { inputs = [], channelAxis, imageSize }: OpenOptions,
): { height: Dim; width: Dim; channels: number } {
  const [input] = inputs;
  const shape = input?.shape;
  if (!shape) return { height: null, width: null, channels: 3 };
  const [, a = null, b = null, c = null] = shape;
  if (shape.length === 4 && channelAxis === 'first') return { height: b, width: c, channels: a ?? 3 };
  if (shape.length === 4) return { height: a, width: b, channels: c ?? 3 };
  if (shape.length === 3) return { height: a, width: b, channels: 1 };
  const takes = `${path} holds images, but the model's input '${input.key}' takes ${formatShape(shape)}`;
  if (shape.length !== 2 || a === null) throw new UserError(`${takes}; give data of that shape`);
  if (!imageSize) {
    throw new UserError(
      `${takes}; say what size its images have, as in --image-size 28x28, or give data of that shape`,
    );
  }
  const channels = a / (imageSize[0] * imageSize[1]);
  if (channels === 1 || channels === 3 || channels === 4) return { height: null, width: null, channels };
  throw new UserError(
    `${takes}, which is not the number of values in images of ${imageSize.join(' x ')} pixels; give another --image-size`,
  );
}
