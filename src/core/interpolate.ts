import { UserError } from '../errors.js';
import { product } from './points-axes.js';
import { floatsLike, type Maps } from './points-pooling.js';

/** How maps are made smaller: each mode as in torch.nn.functional.interpolate with its defaults, to size x size. */
export interface Interpolation {
  /** `bilinear` is linear on one spatial axis and trilinear on three. */
  mode: 'nearest' | 'bilinear' | 'bicubic' | 'area';
  size: number;
}

/** What one output position is made of: `weights[k]` of the source position `indices[k]`, in runs of `starts`. */
interface Taps {
  /** Output position j uses entries starts[j] .. starts[j + 1] - 1. */
  starts: Int32Array;
  indices: Int32Array;
  weights: Float64Array;
}

/**
 * The spatial sizes after interpolation: `size` on every axis where any axis exceeds it, else the grid itself.
 *
 * @throws UserError for a mode that is not defined on this many axes.
 */
export function interpolatedGrid(
  grid: readonly number[],
  interpolation: Interpolation | undefined,
): readonly number[] {
  if (interpolation === undefined || !grid.some((length) => length > interpolation.size)) return grid;
  const { mode, size } = interpolation;
  if (grid.length > 3 || (mode === 'bicubic' && grid.length !== 2)) {
    throw new UserError(
      `--interpolation ${mode} is not defined for maps of ${grid.length} spatial ${grid.length === 1 ? 'axis' : 'axes'} (${grid.map((length) => (Number.isNaN(length) ? '?' : length)).join(' x ')}): ${grid.length > 3 ? 'leave the layer out with --ignore-layers' : 'use nearest, bilinear or area'}`,
    );
  }
  return grid.map(() => size);
}

/** Maps resized to another grid, axis after axis: every mode is a product of one-dimensional ones. */
export function interpolate(
  maps: Maps,
  grid: readonly number[],
  target: readonly number[],
  mode: Interpolation['mode'],
): Maps {
  const { data, samples, channels, channelsLast } = maps;
  const single = data instanceof Float32Array;
  const taps = grid.map((length, axis) => tapsOf(mode, length, target[axis]!, single));
  const positions = product(target);
  const resized = new (floatsLike(data))(samples * channels * positions);
  const sampleSize = channels * maps.positions;
  // Sample by sample, so that what lies between two axes stays small, in float64.
  for (let s = 0; s < samples; s++) {
    let current: Float32Array | Float64Array = data.subarray(s * sampleSize, (s + 1) * sampleSize);
    for (let axis = 0; axis < grid.length; axis++) {
      const outer = (channelsLast ? 1 : channels) * product(target.slice(0, axis));
      const inner = (channelsLast ? channels : 1) * product(grid.slice(axis + 1));
      current = resizeAxis(current, outer, grid[axis]!, inner, taps[axis]!);
    }
    resized.set(current, s * channels * positions);
  }
  return { data: resized, samples, channels, positions, channelsLast };
}

/** (outer, length, inner) -> (outer, taps.starts.length - 1, inner). */
function resizeAxis(
  source: Float32Array | Float64Array,
  outer: number,
  length: number,
  inner: number,
  { starts, indices, weights }: Taps,
): Float64Array {
  const size = starts.length - 1;
  const resized = new Float64Array(outer * size * inner);
  for (let o = 0, to = 0; o < outer; o++) {
    for (let j = 0; j < size; j++, to += inner) {
      for (let k = starts[j]!; k < starts[j + 1]!; k++) {
        const weight = weights[k]!;
        const from = (o * length + indices[k]!) * inner;
        for (let i = 0; i < inner; i++) resized[to + i]! += weight * source[from + i]!;
      }
    }
  }
  return resized;
}

/** One axis of `length` positions resized to `size`. `single`: positions are reckoned in float32, as torch does for such data. */
function tapsOf(mode: Interpolation['mode'], length: number, size: number, single: boolean): Taps {
  const round = single ? Math.fround : (value: number) => value;
  const scale = round(length / size);
  const starts = new Int32Array(size + 1);
  const indices: number[] = [];
  const weights: number[] = [];
  const add = (index: number, weight: number) => {
    indices.push(Math.min(Math.max(index, 0), length - 1));
    weights.push(weight);
  };
  for (let j = 0; j < size; j++) {
    if (mode === 'nearest') {
      // In float32 for float64 data too, as torch does: elsewhere it decides on last bits, here on whole positions.
      add(Math.floor(Math.fround(j * Math.fround(length / size))), 1);
    } else if (mode === 'area') {
      const start = Math.floor((j * length) / size);
      const end = Math.ceil(((j + 1) * length) / size);
      for (let i = start; i < end; i++) add(i, 1 / (end - start));
    } else {
      const center = round(scale * (j + 0.5) - 0.5);
      if (mode === 'bilinear') {
        const at = Math.max(center, 0);
        const floor = Math.floor(at);
        add(floor, 1 - (at - floor));
        add(floor + 1, at - floor);
      } else {
        const floor = Math.floor(center);
        const fraction = center - floor;
        for (let k = -1; k <= 2; k++) add(floor + k, cubicWeight(Math.abs(fraction - k)));
      }
    }
    starts[j + 1] = indices.length;
  }
  return { starts, indices: Int32Array.from(indices), weights: Float64Array.from(weights) };
}

/** Keys' cubic convolution kernel at a distance below 2, with a = -0.75 (Keys 1981; torch's choice of a). */
function cubicWeight(distance: number): number {
  const a = -0.75;
  const x = distance;
  return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}
