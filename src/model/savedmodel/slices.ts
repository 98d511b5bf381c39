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
  for (let at = 0; at < sizeOf(shape); at++) {
    let rest = at;
    let from = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += ((rest % shape[axis]!) + ranges[axis]!.start) * stride;
      rest = Math.floor(rest / shape[axis]!);
      stride *= whole.shape[axis]!;
    }
    for (let place = 0; place < places; place++)
      data[at * places + place] = whole.data[from * places + place]!;
  }
  return { dtype: whole.dtype, shape, data };
}
