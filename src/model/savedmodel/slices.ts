import { UserError } from '../../errors.js';
import { sizeOf, type Tensor } from '../../tensor.js';

/** A run of places along one dimension. */
export interface Range {
  start: number;
  length: number;
}

/** A part of a tensor as checkpoints note it, `10 20 0,5:-`: the whole's dimensions, then start and length of each, `-` for all of it. */
export function parseSlice(text: string): Range[] {
  const words = text.trim().split(' ');
  const dims = words.slice(0, -1).map(Number);
  return (words.at(-1) ?? '').split(':').map((extent, axis) => {
    if (extent === '-') return { start: 0, length: dims[axis] ?? 0 };
    const [start = 0, length = 0] = extent.split(',').map(Number);
    return { start, length };
  });
}

/** The part of a tensor. */
export function cut(whole: Tensor, ranges: readonly Range[]): Tensor {
  const shape = ranges.map(({ length }) => length);
  const places = whole.dtype.startsWith('complex') ? 2 : 1;
  const data = whole.data.slice(0, sizeOf(shape) * places);
  const start = ranges.map((range) => range.start);
  for (let at = 0; at < sizeOf(shape); at++) {
    const from = placeInWhole(at, shape, start, whole.shape) * places;
    for (let place = 0; place < places; place++) data[at * places + place] = whole.data[from + place]!;
  }
  return { dtype: whole.dtype, shape, data };
}

/**
 * Writes a part of a tensor into the whole, at the place where it starts.
 * @throws UserError if it does not fit there
 */
export function copyInto(whole: Tensor, part: Tensor, start: readonly number[], key: string): void {
  if (
    part.dtype !== whole.dtype ||
    part.shape.some((dim, axis) => (start[axis] ?? 0) + dim > whole.shape[axis]!)
  ) {
    throw new UserError(
      `A slice of ${key} does not fit it: the checkpoint is damaged; export the model again.`,
    );
  }
  const places = part.dtype.startsWith('complex') ? 2 : 1;
  const { data: from } = part;
  const { data: to } = whole;
  for (let at = 0; at < sizeOf(part.shape); at++) {
    const target = placeInWhole(at, part.shape, start, whole.shape) * places;
    for (let place = 0; place < places; place++) to[target + place] = from[at * places + place]!;
  }
}

/** Where the element `at` of a part, which starts at `start`, is in the whole (both in C order). */
function placeInWhole(
  at: number,
  part: readonly number[],
  start: readonly number[],
  whole: readonly number[],
): number {
  let rest = at;
  let place = 0;
  let stride = 1;
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    place += ((rest % part[axis]!) + start[axis]!) * stride;
    rest = Math.floor(rest / part[axis]!);
    stride *= whole[axis]!;
  }
  return place;
}
