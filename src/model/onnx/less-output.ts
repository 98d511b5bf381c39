import type { PointOptions } from '../../core/points.js';
import { nameAxes, type OutputView } from '../../core/points-axes.js';
import type { GraphEnd } from './graph-end.js';

/** A layer's output in an ONNX graph. */
export interface OutputValue {
  name: string;
  /** undefined: not known before the run. */
  rank: number | undefined;
  view: OutputView;
  /** Whether the first axis of a series is sure to count the samples. */
  batchFirst: boolean;
}

/**
 * A part of a layer's output that its points are made of alike, so that no more leaves the graph: of a series the last step, of a map
 * its means or maxima. Axes stay, of length 1. The output itself where all of it is needed, or not known how it is laid out.
 *
 * @param id what the names of what is added begin with
 * @param pooled also maps are reduced, in the network's own precision
 */
export function lessOutput(
  end: GraphEnd,
  id: string,
  value: OutputValue,
  options: PointOptions,
  pooled: boolean,
): string {
  const { name, rank, view, batchFirst } = value;
  if (view.axes.features === 'onnx-recurrent') {
    return options.timeseriesMethod === 'last_timestep' && end.opset >= 10
      ? end.last(`${id}/last`, name, 0)
      : name;
  }
  const { kind, grid } = axesOf(rank, view) ?? {};
  if (kind === undefined || rank === undefined || grid === undefined) return name;
  const first = view.axes.features === 'first' ? 2 : 1;
  if (kind === 'series') {
    return batchFirst && options.timeseriesMethod === 'last_timestep' && end.opset >= 10
      ? end.last(`${id}/last`, name, first)
      : name;
  }
  const { convMethod, interpolation } = options;
  if (kind !== 'map' || !pooled || interpolation || (convMethod !== 'mean' && convMethod !== 'max'))
    return name;
  const positions = grid.map((_, i) => first + i);
  return end.reduce(
    `${id}/${convMethod}`,
    convMethod === 'mean' ? 'ReduceMean' : 'ReduceMax',
    name,
    positions,
  );
}

function axesOf(rank: number | undefined, view: OutputView) {
  if (rank === undefined) return undefined;
  try {
    return nameAxes(new Array<number>(rank).fill(Number.NaN), view);
  } catch {
    // An output that no rule covers is told of where its points are taken.
    return undefined;
  }
}
