import { type OutputView, type PointOptions, pointDimension, pointsPerSample } from '../core/points.js';
import type { TapInfo, TapOutput } from '../engines/engine.js';
import type { Layer } from '../model/layer.js';
import type { Dim } from '../tensor.js';

/** How a layer's output is to be read as it leaves the engine, which may keep channels first where the model has them last. */
export function viewOf(layer: Layer, tap: { channelsFirst: boolean } = AS_IT_IS): OutputView {
  return { family: layer.family, axes: tap.channelsFirst ? { features: 'first' } : layer.axes };
}

const AS_IT_IS = { channelsFirst: false };

/** What is known of a layer's output without running the network. */
export interface LayerShape {
  /** In the model's own layout. */
  outputShape: readonly Dim[] | undefined;
  /** Dimension of the feature space. */
  d: number | null;
  /** Rows of the covariance that a sample contributes. */
  pointsPerSample: number | null;
}

export function layerShape(layer: Layer, tap: TapInfo, options: PointOptions): LayerShape {
  if (!tap.shape) return { outputShape: layer.outputShape, d: null, pointsPerSample: null };
  const view = viewOf(layer, tap);
  const shape = seriesFirst(layer, tap) ? samplesFirst(tap.shape) : tap.shape;
  return {
    outputShape: tap.channelsFirst ? channelsLast(shape) : tap.shape,
    d: pointDimension(shape, view, options),
    pointsPerSample: pointsPerSample(shape, view, options),
  };
}

/**
 * Whether the output is a time series (T, B, U): the layer may say so, or the axis on which the engine finds the samples, as
 * PyTorch has it where its modules are not `batch_first`.
 */
function seriesFirst({ axes }: Layer, { batchAxis, shape }: TapInfo): boolean {
  if (axes.features !== 'last') return false;
  return axes.stepsFirst === true || (batchAxis === 1 && (shape?.length ?? 0) >= 3);
}

function samplesFirst<T>([time, batch, ...rest]: readonly T[]): T[] {
  return [batch!, time!, ...rest];
}

/** A layer's output with the samples along the first axis: copied where they are along the second. */
export function withSamplesFirst(output: TapOutput, layer: Layer, tap: TapInfo): TapOutput {
  return seriesFirst(layer, tap) && output.shape.length >= 3 ? swapStepsAndSamples(output) : output;
}

/** A copy of (T, B, ...) as (B, T, ...). */
export function swapStepsAndSamples({ data, shape }: TapOutput): TapOutput {
  const [steps, samples] = [shape[0]!, shape[1]!];
  const size = data.length / (steps * samples);
  const moved = data.slice();
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < samples; b++) {
      const from = (t * samples + b) * size;
      moved.set(data.subarray(from, from + size), (b * steps + t) * size);
    }
  }
  return { data: moved, shape: samplesFirst(shape) };
}

function channelsLast([batch, channels, ...grid]: readonly Dim[]): readonly Dim[] {
  return [batch ?? null, ...grid, channels ?? null];
}
