import type { Numbers } from './decode-numbers.js';

/** x*scale, then (x - mean)/std; `mean` and `std` are one number or one a channel, of which there are `channels`. */
export interface Normalisation {
  scale: number;
  mean: readonly number[];
  std: readonly number[];
}

/** How the channels lie in the memory of a batch. */
export interface ChannelLayout {
  channels: number;
  /** Numbers of one channel that follow each other: 1 for channels last, height times width for channels first. */
  run: number;
}

/** Numbers that a repeated pattern of channels is tiled to, so that the inner loop is long. */
const PATTERN = 1024;

/**
 * target[i] = (source[i]*scale - mean[c]) / std[c], computed in float64 and rounded to what `target` holds.
 * `target` may be `source`.
 */
export function normalise(
  source: Numbers,
  target: Float32Array | Float64Array,
  { scale, mean, std }: Normalisation,
  { channels, run }: ChannelLayout,
): void {
  const meanOf = (channel: number) => (mean.length === 1 ? mean[0]! : mean[channel]!);
  const stdOf = (channel: number) => (std.length === 1 ? std[0]! : std[channel]!);
  if (mean.length === 1 && std.length === 1) {
    normaliseRun(source, target, 0, source.length, scale, mean[0]!, std[0]!);
  } else if (run > 1) {
    for (let start = 0, channel = 0; start < source.length; start += run) {
      normaliseRun(source, target, start, start + run, scale, meanOf(channel), stdOf(channel));
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  } else {
    const length = channels * Math.max(1, Math.floor(PATTERN / channels));
    const means = Float64Array.from({ length }, (_, i) => meanOf(i % channels));
    const stds = Float64Array.from({ length }, (_, i) => stdOf(i % channels));
    for (let start = 0; start < source.length; start += length) {
      const count = Math.min(length, source.length - start);
      normalisePattern(source, target, start, count, scale, means, stds);
    }
  }
}

function normaliseRun(
  source: Numbers,
  target: Float32Array | Float64Array,
  start: number,
  end: number,
  scale: number,
  mean: number,
  std: number,
): void {
  for (let i = start; i < end; i++) target[i] = (source[i]! * scale - mean) / std;
}

function normalisePattern(
  source: Numbers,
  target: Float32Array | Float64Array,
  start: number,
  count: number,
  scale: number,
  means: Float64Array,
  stds: Float64Array,
): void {
  for (let k = 0; k < count; k++) target[start + k] = (source[start + k]! * scale - means[k]!) / stds[k]!;
}
