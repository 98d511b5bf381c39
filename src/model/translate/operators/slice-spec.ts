import type { Operation } from '../operation.js';
import type { Length } from '../value.js';

/** What is taken of one axis: Python's begin:end:stride, or one index, whose axis then goes. */
export interface AxisRange {
  axis: number;
  begin: Length;
  end: Length;
  stride: number;
  shrink: boolean;
}

const FAR = Number.MAX_SAFE_INTEGER;

/**
 * Reads StridedSlice's begin, end, strides and its five bit masks: the ranges of the input's axes, and where in
 * the result axes of size 1 are added.
 */
export function rangesOf(op: Operation, rank: number): { ranges: AxisRange[]; added: number[] } {
  const strides = op.constantInput(3, 'strides');
  const count = strides.length;
  const begins = op.lengthsOf(op.input(1)) ?? op.refuse('from places of unknown number');
  const ends = op.lengthsOf(op.input(2)) ?? op.refuse('to places of unknown number');
  const mask = (name: string) => {
    const bits = op.int(name, 0);
    return (i: number) => (bits & (1 << i)) !== 0;
  };
  const isNew = mask('new_axis_mask');
  const isEllipsis = mask('ellipsis_mask');
  const shrinks = mask('shrink_axis_mask');
  const openBegin = mask('begin_mask');
  const openEnd = mask('end_mask');
  const named = strides.filter((_, i) => !isEllipsis(i) && !isNew(i)).length;

  const ranges: AxisRange[] = [];
  const added: number[] = [];
  let axis = 0;
  let place = 0;
  for (let i = 0; i < count; i++) {
    if (isEllipsis(i)) {
      axis += rank - named;
      place += rank - named;
    } else if (isNew(i)) {
      added.push(place++);
    } else {
      const stride = strides[i]!;
      const shrink = shrinks(i);
      const begin = openBegin(i) && !shrink ? (stride > 0 ? 0 : FAR) : begins[i]!;
      const end = openEnd(i) && !shrink ? (stride > 0 ? FAR : -FAR) : ends[i]!;
      ranges.push(shrink ? oneIndex(axis, begin) : { axis, begin, end, stride, shrink });
      axis++;
      if (!shrink) place++;
    }
  }
  return { ranges, added };
}

function oneIndex(axis: number, begin: Length): AxisRange {
  const end = typeof begin === 'number' && begin !== -1 ? begin + 1 : FAR;
  return { axis, begin, end, stride: 1, shrink: true };
}
