import { type OutputView, type PointOptions, pointDimension, pointsPerSample } from '../../core/points.js';
import type { OnnxProgram } from '../../model/model.js';
import { GraphEnd } from '../../model/onnx/graph-end.js';
import { lessOutput } from '../../model/onnx/less-output.js';
import { batchMoments, type MomentValues } from '../../model/onnx/moments.js';
import type { Dim } from '../../tensor.js';
import type { Tap } from '../engine.js';
import type { SessionOptions } from './create-session.js';

/** What leaves the graph of a tapped value. */
export type PlannedTap = {
  channelsFirst: boolean;
  /** The value's, in the model's own layout, if it is known. */
  shape: readonly Dim[] | undefined;
} & ({ output: string } | { moments: MomentValues });

/** Names of the values. */
export function valuesOf(tap: PlannedTap): string[] {
  return 'output' in tap ? [tap.output] : Object.values(tap.moments);
}

/** Decides what of each tap leaves the graph, and what is added to the graph for it: no more than the points are made of. */
export function planTaps(
  program: OnnxProgram,
  taps: readonly Tap[],
  options: SessionOptions,
): { planned: PlannedTap[]; end: GraphEnd } {
  const end = new GraphEnd(program.proto);
  const planned = taps.map((tap, i): PlannedTap => {
    const { name, channelsFirst, shape: known } = program.taps.get(tap.value)!;
    const shape = tap.shape ?? known;
    if (!tap.points) return { output: name, channelsFirst, shape };
    const { options: points } = tap.points;
    const view: OutputView = channelsFirst
      ? { ...tap.points.view, axes: { features: 'first' } }
      : tap.points.view;
    const stepsFirst = view.axes.features === 'last' && view.axes.stepsFirst === true;
    const value = { name, rank: shape?.length, view, batchFirst: program.batchFirst && !stepsFirst };
    const d =
      shape && options.reduce && !options.padded ? reducedDimension(shape, tap.points.view, points) : null;
    if (d !== null && shape) {
      const moments = batchMoments(end, `delve/tap_${i}`, { ...value, rank: shape.length }, d);
      return { moments, channelsFirst, shape };
    }
    const pooled = options.provider !== 'cpu';
    return { output: lessOutput(end, `delve/tap_${i}`, value, points, pooled), channelsFirst, shape };
  });
  return { planned, end };
}

/** A batch has so many samples or more, as a rule. */
const SAMPLES = 32;

/** The points' dimension, where every position is a point and d x d numbers are fewer than their coordinates; else null. */
function reducedDimension(shape: readonly Dim[], view: OutputView, options: PointOptions): number | null {
  if (view.axes.features === 'onnx-recurrent' || options.interpolation) return null;
  const d = pointDimension(shape, view, options);
  const points = pointsPerSample(shape, view, options);
  const all = pointsPerSample(shape, view, EVERY);
  return d !== null && points !== null && points === all && points * SAMPLES > 2 * d ? d : null;
}

const EVERY: PointOptions = { convMethod: 'channelwise', timeseriesMethod: 'timestepwise' };
