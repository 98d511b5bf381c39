import { type Interpolation, interpolate, interpolatedGrid } from './interpolate.js';
import { type NamedAxes, nameAxes, type OutputView, product } from './points-axes.js';
import {
  channelsFirst,
  floatsLike,
  type Maps,
  maxOverPositions,
  meanOverPositions,
  medianOverPositions,
} from './points-pooling.js';

export type { Interpolation } from './interpolate.js';
export type { OutputView, PointAxes } from './points-axes.js';

/** Points of a layer's feature space: batch * positions of them, each of `features` numbers. */
export interface Points {
  data: Float32Array | Float64Array;
  /** `rows`: (batch * positions, features); `channels-first`: (batch, features, positions); both in C order. */
  layout: 'rows' | 'channels-first';
  batch: number;
  features: number;
  positions: number;
}

export const CONV_METHODS = ['channelwise', 'mean', 'max', 'median', 'flatten'] as const;
export const TIMESERIES_METHODS = ['last_timestep', 'timestepwise', 'flatten'] as const;

/** What of a map or a time series is a point. */
export interface PointOptions {
  /** Maps: every position (`channelwise`), the mean, maximum or lower median over positions, or all of C*H*W. */
  convMethod: (typeof CONV_METHODS)[number];
  /** Time series: the last step, every step (B*T points), or all of T*U. */
  timeseriesMethod: (typeof TIMESERIES_METHODS)[number];
  /** Maps with an axis longer than `size` are resized first. */
  interpolation?: Interpolation | undefined;
}

/** A dense array in C order. */
export interface LayerOutput {
  data: Float32Array | Float64Array;
  shape: readonly number[];
}

/**
 * A layer's output as points, by the layer's family and the rank of the output: see `nameAxes` for which outputs
 * are plain (B, U), time series (B, T, U) or maps (B, C, ...). Flattened maps are C*H*W, flattened series T*U.
 * Where nothing has to move, the points share the output's memory.
 *
 * @param valid samples from the front of the batch axis that count; what follows them is padding.
 * @throws Error for a rank that no rule covers, an output without positions or features, or data that does not
 *   fill its shape; UserError for an interpolation that is not defined on this many spatial axes.
 */
export function toPoints(
  output: LayerOutput,
  view: OutputView,
  valid: number,
  options: PointOptions,
): Points {
  const axes = nameAxes(output.shape, view);
  const positions = product(axes.grid);
  const shape = `(${output.shape.join(', ')})`;
  if (output.data.length !== product(output.shape)) {
    throw new Error(`an output of shape ${shape} has ${output.data.length} values`);
  }
  if (positions * axes.features === 0)
    throw new Error(`an output of shape ${shape} has no values in a sample`);
  const batch = Math.min(valid, axes.batch);
  if (axes.order === 'onnx-recurrent') return onnxSeriesPoints(output, batch, options);

  const maps: Maps = {
    data: output.data.subarray(0, batch * axes.features * positions),
    samples: batch,
    channels: axes.features,
    positions,
    channelsLast: axes.order === 'features-last',
  };
  if (axes.kind === 'plain') return rows(maps.data, batch, axes.features);
  return axes.kind === 'series' ? seriesPoints(maps, options) : mapPoints(maps, axes.grid, options);
}

/** The points one after another, batch * positions rows of `features` numbers: a copy, or the same data where nothing moves. */
export function pointRows({ data, layout, batch, features, positions }: Points): Float32Array | Float64Array {
  if (layout === 'rows' || positions === 1) return data;
  // The same transposition seen from the other side: what were positions are now the channels.
  return channelsFirst({
    data,
    samples: batch,
    channels: positions,
    positions: features,
    channelsLast: true,
  });
}

/** Numbers in a point, d, from an output's shape with null for the unknown sizes; null where these leave it open. */
export function pointDimension(
  shape: readonly (number | null)[],
  view: OutputView,
  options: PointOptions,
): number | null {
  const { axes, positions, method } = foresee(shape, view, options);
  return known(method === 'flatten' ? axes.features * positions : axes.features);
}

/** Points that a sample contributes, from an output's shape with null for the unknown sizes; null where these leave it open. */
export function pointsPerSample(
  shape: readonly (number | null)[],
  view: OutputView,
  options: PointOptions,
): number | null {
  const { positions, method } = foresee(shape, view, options);
  return known(method === 'channelwise' || method === 'timestepwise' ? positions : 1);
}

function foresee(shape: readonly (number | null)[], view: OutputView, options: PointOptions) {
  const axes: NamedAxes = nameAxes(
    shape.map((size) => size ?? NaN),
    view,
  );
  const grid = axes.kind === 'map' ? interpolatedGrid(axes.grid, options.interpolation) : axes.grid;
  const method =
    axes.kind === 'map' ? options.convMethod : axes.kind === 'series' ? options.timeseriesMethod : 'plain';
  return { axes, positions: product(grid), method };
}

function known(size: number): number | null {
  return Number.isNaN(size) ? null : size;
}

function rows(data: Float32Array | Float64Array, batch: number, features: number, positions = 1): Points {
  return { data, layout: 'rows', batch, features, positions };
}

function everyPosition({ data, samples, channels, positions, channelsLast }: Maps): Points {
  if (channelsLast || positions === 1) return rows(data, samples, channels, positions);
  return { data, layout: 'channels-first', batch: samples, features: channels, positions };
}

function mapPoints(original: Maps, grid: readonly number[], options: PointOptions): Points {
  const target = interpolatedGrid(grid, options.interpolation);
  const maps =
    options.interpolation === undefined || target === grid
      ? original
      : interpolate(original, grid, target, options.interpolation.mode);
  const { samples, channels } = maps;
  switch (options.convMethod) {
    case 'channelwise':
      return everyPosition(maps);
    case 'mean':
      return rows(meanOverPositions(maps), samples, channels);
    case 'max':
      return rows(maxOverPositions(maps), samples, channels);
    case 'median':
      return rows(medianOverPositions(maps), samples, channels);
    case 'flatten':
      return rows(channelsFirst(maps), samples, channels * maps.positions);
  }
}

function seriesPoints(series: Maps, options: PointOptions): Points {
  const { samples, channels, positions } = series;
  switch (options.timeseriesMethod) {
    case 'timestepwise':
      return everyPosition(series);
    case 'flatten':
      return rows(featuresLast(series), samples, channels * positions);
    case 'last_timestep':
      return rows(lastStep(series), samples, channels);
  }
}

/** (samples, steps, features), whatever the order was. */
function featuresLast(series: Maps): Float32Array | Float64Array {
  if (series.channelsLast) return series.data;
  // The same transposition seen from the other side: what were channels are now the positions.
  return channelsFirst({
    ...series,
    channels: series.positions,
    positions: series.channels,
    channelsLast: true,
  });
}

function lastStep({ data, samples, channels, positions, channelsLast }: Maps): Float32Array | Float64Array {
  if (positions === 1) return data;
  const steps = new (floatsLike(data))(samples * channels);
  const stride = channelsLast ? 1 : positions;
  const offset = channelsLast ? (positions - 1) * channels : positions - 1;
  for (let s = 0, to = 0; s < samples; s++) {
    const from = s * positions * channels + offset;
    for (let c = 0; c < channels; c++) steps[to++] = data[from + c * stride]!;
  }
  return steps;
}

/**
 * ONNX's (T, directions, B, H) as a series (B, T, directions*H), both directions of a step side by side, so that the
 * last step of a bidirectional layer is PyTorch's `output[:, -1, :]`.
 */
function onnxSeriesPoints(output: LayerOutput, batch: number, options: PointOptions): Points {
  const [steps = 0, directions = 0, padded = 0, hidden = 0] = output.shape;
  const first = options.timeseriesMethod === 'last_timestep' ? steps - 1 : 0;
  const positions = steps - first;
  const channels = directions * hidden;
  if (directions === 1 && positions === 1) {
    const from = first * padded * hidden;
    return rows(output.data.subarray(from, from + batch * hidden), batch, channels);
  }
  const data = new (floatsLike(output.data))(batch * positions * channels);
  for (let s = 0, to = 0; s < batch; s++) {
    for (let t = first; t < steps; t++) {
      for (let d = 0; d < directions; d++) {
        const from = ((t * directions + d) * padded + s) * hidden;
        for (let h = 0; h < hidden; h++) data[to++] = output.data[from + h]!;
      }
    }
  }
  return seriesPoints({ data, samples: batch, channels, positions, channelsLast: true }, options);
}
