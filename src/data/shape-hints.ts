import { type Dim, sizeOf } from '../tensor.js';

/**
 * What to do with an array of `samples` times `sample` so that it fits a model's input (batch axis included), as NumPy code
 * in a phrase; undefined where nothing suggests itself. The shapes are known not to fit.
 */
export function shapeHint(
  samples: number,
  sample: readonly number[],
  input: readonly Dim[],
): string | undefined {
  const wanted = input.slice(1);
  return (
    missingBatch(samples, sample, wanted) ??
    surplusAxis(samples, sample, wanted) ??
    otherOrder(sample, wanted) ??
    otherChannels(sample, wanted) ??
    regrouped(sample, wanted)
  );
}

/** Whether a shape agrees with one in which unknown dimensions (null) take any length. */
export function fits(shape: readonly number[], wanted: readonly Dim[]): boolean {
  return shape.length === wanted.length && shape.every((dim, i) => wanted[i] === null || wanted[i] === dim);
}

function missingBatch(
  samples: number,
  sample: readonly number[],
  wanted: readonly Dim[],
): string | undefined {
  return fits([samples, ...sample], wanted)
    ? 'if the file is one sample, add the batch axis: x[None]'
    : undefined;
}

function surplusAxis(samples: number, sample: readonly number[], wanted: readonly Dim[]): string | undefined {
  if (!fits(sample.slice(1), wanted)) return undefined;
  return samples === 1
    ? 'the batch axis is there twice: x[0]'
    : 'if the samples are in batches already, join these: x.reshape(-1, *x.shape[2:])';
}

/** Numbers that fit once the axes change places: channels first for channels last, width for height. */
function otherOrder(sample: readonly number[], wanted: readonly Dim[]): string | undefined {
  const rank = sample.length;
  if (rank !== wanted.length || rank < 2 || rank > 4) return undefined;
  const order = Array.from({ length: rank }, (_, axis) => axis);
  const [first, ...others] = order;
  if (fits(pick(sample, [...others, first!]), wanted)) {
    return 'the channels stand first in the data and last in the model: np.moveaxis(x, 1, -1)';
  }
  const last = order.at(-1)!;
  if (fits(pick(sample, [last, ...order.slice(0, -1)]), wanted)) {
    return 'the channels stand last in the data and first in the model: np.moveaxis(x, -1, 1)';
  }
  const found = permutations(order).find((axes) => fits(pick(sample, axes), wanted));
  return (
    found &&
    `the axes stand in another order: np.transpose(x, (${[0, ...found.map((axis) => axis + 1)].join(', ')}))`
  );
}

function pick(sample: readonly number[], axes: readonly number[]): number[] {
  return axes.map((axis) => sample[axis]!);
}

function permutations(axes: readonly number[]): number[][] {
  if (axes.length <= 1) return [[...axes]];
  return axes.flatMap((axis, i) => permutations(axes.toSpliced(i, 1)).map((rest) => [axis, ...rest]));
}

/** Grey images for a network of colour ones, or images with an alpha channel. */
function otherChannels(sample: readonly number[], wanted: readonly Dim[]): string | undefined {
  if (sample.length !== 3 || wanted.length !== 3) return undefined;
  for (const axis of [2, 0]) {
    const channels = wanted[axis];
    if (channels !== 3 || !fits(sample.with(axis, 3), wanted)) continue;
    const numpyAxis = axis === 2 ? -1 : 1;
    if (sample[axis] === 1) return `the data is grey: np.repeat(x, 3, axis=${numpyAxis})`;
    if (sample[axis] === 4) {
      return `the data has a fourth channel (alpha?): ${axis === 2 ? 'x[..., :3]' : 'x[:, :3]'}`;
    }
  }
  return undefined;
}

function regrouped(sample: readonly number[], wanted: readonly Dim[]): string | undefined {
  const known = wanted.filter((dim) => dim !== null);
  if (known.length !== wanted.length) return undefined;
  if (sizeOf(known) === sizeOf(sample)) {
    return `a sample has as many numbers as the model takes: x.reshape(${['-1', ...known].join(', ')})`;
  }
  return sample.length === 3 && wanted.length === 3 ? 'resize the images to what the model takes' : undefined;
}
