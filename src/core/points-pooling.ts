type Floats = Float32Array | Float64Array;

/** Maps in memory: `samples` x `channels` x `positions`, channels before or after positions. */
export interface Maps {
  data: Floats;
  samples: number;
  channels: number;
  positions: number;
  channelsLast: boolean;
}

/** Mean over the positions, (samples, channels), summed in float64. NaN where any value is. */
export function meanOverPositions({ data, samples, channels, positions, channelsLast }: Maps): Float64Array {
  const means = new Float64Array(samples * channels);
  if (channelsLast) {
    for (let s = 0, i = 0; s < samples; s++) {
      const row = s * channels;
      for (let p = 0; p < positions; p++) {
        for (let c = 0; c < channels; c++) means[row + c]! += data[i++]!;
      }
    }
  } else {
    for (let row = 0, i = 0; row < means.length; row++) {
      let sum = 0;
      for (let p = 0; p < positions; p++) sum += data[i++]!;
      means[row] = sum;
    }
  }
  for (let row = 0; row < means.length; row++) means[row]! /= positions;
  return means;
}

/** Largest value over the positions, (samples, channels). NaN where any value is. */
export function maxOverPositions({ data, samples, channels, positions, channelsLast }: Maps): Floats {
  const maxima = new (floatsLike(data))(samples * channels).fill(-Infinity);
  // NaN is greater than nothing and nothing is greater than NaN: taken once, it stays.
  if (channelsLast) {
    for (let s = 0, i = 0; s < samples; s++) {
      const row = s * channels;
      for (let p = 0; p < positions; p++) {
        for (let c = 0; c < channels; c++, i++) {
          const value = data[i]!;
          if (value > maxima[row + c]! || Number.isNaN(value)) maxima[row + c] = value;
        }
      }
    }
  } else {
    for (let row = 0, i = 0; row < maxima.length; row++) {
      let max = -Infinity;
      for (let p = 0; p < positions; p++, i++) {
        const value = data[i]!;
        if (value > max || Number.isNaN(value)) max = value;
      }
      maxima[row] = max;
    }
  }
  return maxima;
}

/** Lower median over the positions, (samples, channels), as torch.median has it. NaN where any value is. */
export function medianOverPositions(maps: Maps): Floats {
  const { data, samples, channels, positions } = maps;
  const medians = new (floatsLike(data))(samples * channels);
  const scratch = new (floatsLike(data))(positions);
  const size = channels * positions;
  for (let s = 0, to = 0; s < samples; s++) {
    const sample = channelsFirst({ ...maps, data: data.subarray(s * size, (s + 1) * size), samples: 1 });
    for (let from = 0; from < size; from += positions) {
      let hasNaN = false;
      for (let p = 0; p < positions; p++) {
        const value = sample[from + p]!;
        hasNaN ||= Number.isNaN(value);
        scratch[p] = value;
      }
      medians[to++] = hasNaN ? NaN : select(scratch, (positions - 1) >> 1);
    }
  }
  return medians;
}

/** The maps with channels before positions, (samples, channels, positions): a copy, or the same data where nothing moves. */
export function channelsFirst({ data, samples, channels, positions, channelsLast }: Maps): Floats {
  if (!channelsLast || channels === 1 || positions === 1) return data;
  const moved = new (floatsLike(data))(data.length);
  // In tiles: a whole column at a time would touch every cache line of the map once for each channel.
  const tile = 16;
  for (let s = 0; s < samples; s++) {
    const base = s * channels * positions;
    for (let p0 = 0; p0 < positions; p0 += tile) {
      const p1 = Math.min(p0 + tile, positions);
      for (let c0 = 0; c0 < channels; c0 += tile) {
        const c1 = Math.min(c0 + tile, channels);
        for (let c = c0; c < c1; c++) {
          for (let p = p0; p < p1; p++) moved[base + c * positions + p] = data[base + p * channels + c]!;
        }
      }
    }
  }
  return moved;
}

/** The constructor of an array's own precision. */
export function floatsLike(data: Floats): typeof Float32Array | typeof Float64Array {
  return data instanceof Float32Array ? Float32Array : Float64Array;
}

/**
 * The k-th smallest value (from 0), reordering `values`, which hold no NaN. Hoare's selection; where the
 * pivots serve badly for long, what is left is sorted, so that no input takes quadratic time.
 */
export function select(values: Floats, k: number): number {
  let left = 0;
  let right = values.length - 1;
  for (let rounds = 0; left < right; rounds++) {
    if (rounds > 64) {
      values.subarray(left, right + 1).sort();
      break;
    }
    const pivot = middleOf(values[left]!, values[(left + right) >> 1]!, values[right]!);
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k]!;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
