/**
 * Numbers of float64 as two of float32, first all the larger parts, then what these leave: weights of TensorFlow.js hold no more. 48 of the 53
 * bits are kept, and 0 is 0.
 */
export function splitDoubles(values: Float64Array): Float32Array {
  const { length } = values;
  const split = new Float32Array(2 * length);
  for (let i = 0; i < length; i++) {
    split[i] = values[i]!;
    split[length + i] = values[i]! - split[i]!;
  }
  return split;
}

/** What `splitDoubles` was given, to 48 bits. */
export function joinDoubles(split: ArrayLike<number>): Float64Array {
  const length = split.length / 2;
  return Float64Array.from({ length }, (_, i) => split[i]! + split[length + i]!);
}
