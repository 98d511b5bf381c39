import { type OutputView, type PointOptions, pointDimension, pointsPerSample } from '../core/points.js';
import type { TapInfo } from '../engines/engine.js';
import type { Layer } from '../model/layer.js';
import type { Dim } from '../tensor.js';

/** How a layer's output is to be read as it leaves the engine, which may keep channels first where the model has them last. */
export function viewOf(layer: Layer, tap: { channelsFirst: boolean }): OutputView {
  return { family: layer.family, axes: tap.channelsFirst ? { features: 'first' } : layer.axes };
}

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
  const shape = tap.shape;
  if (!shape) return { outputShape: layer.outputShape, d: null, pointsPerSample: null };
  const view = viewOf(layer, tap);
  return {
    outputShape: tap.channelsFirst ? channelsLast(shape) : shape,
    d: pointDimension(shape, view, options),
    pointsPerSample: pointsPerSample(shape, view, options),
  };
}

function channelsLast([batch, channels, ...grid]: readonly Dim[]): readonly Dim[] {
  return [batch ?? null, ...grid, channels ?? null];
}
