import type { OutputView, PointOptions } from '../../core/points.js';
import { DataType } from '../proto/tensorflow_pb.js';
import { intAttr, typeAttr } from './attr.js';
import type { GraphWriter } from './graph-writer.js';

const { DT_DOUBLE, DT_INT32 } = DataType;

/** A value of the graph whose rank is known. */
export interface RankedValue {
  value: string;
  type: DataType;
  rank: number;
}

/**
 * Whether a layer's points can be taken from its output in the graph; else the output has to leave it. Medians and resized
 * maps are what TensorFlow has no operation for that computes them alike.
 */
export function takesPoints(rank: number, view: OutputView, options: PointOptions): boolean {
  const { axes, family } = view;
  if (axes.features === 'onnx-recurrent') return false;
  const named = axes.features === 'last' ? rank - axes.mergedFeatureAxes + 1 : rank;
  if (named < (family === 'convolution' ? 3 : 1)) return false;
  return !isMap(named, family) || (options.convMethod !== 'median' && options.interpolation === undefined);
}

function isMap(rank: number, family: OutputView['family']): boolean {
  return rank > 3 || (rank > 2 && family === 'convolution');
}

/**
 * A layer's output as rows of float64, (n, d): the same points as `toPoints` makes of it outside of the graph.
 *
 * @param output samples along its first axis; `takesPoints` must hold for its rank
 */
export function pointRows(
  graph: GraphWriter,
  name: string,
  output: RankedValue,
  view: OutputView,
  options: PointOptions,
): string {
  const last = view.axes.features === 'last';
  const merged = view.axes.features === 'last' ? view.axes.mergedFeatureAxes : 1;
  const value = merged === 1 ? output : joined(graph, `${name}/merged`, output, output.rank - merged);
  const { type, rank } = value;
  const float64 = (found: string, from = type) => graph.cast(`${name}/float64`, found, from, DT_DOUBLE);
  const rows = (found: RankedValue) => float64(joinedRows(graph, `${name}/rows`, found).value);
  const ordered = (order: readonly number[]) => ({ ...value, value: transposed(graph, name, value, order) });
  if (rank === 1) return float64(graph.reshape(`${name}/sample`, value.value, type, graph.int32([1, -1])));
  if (rank === 2) return float64(value.value);

  const positions = range(rank).slice(last ? 1 : 2, last ? -1 : undefined);
  const maps = isMap(rank, view.family);
  switch (maps ? options.convMethod : options.timeseriesMethod) {
    case 'last_timestep': {
      const step = { begin: -1, shrink: true };
      return float64(graph.slice(`${name}/last_step`, value.value, type, last ? [{}, step] : [{}, {}, step]));
    }
    case 'flatten': {
      // Maps channels first, series steps first, whatever the model's own order is.
      const order = maps === last ? [0, ...(maps ? [rank - 1, ...positions] : [2, 1])] : range(rank);
      return float64(joined(graph, `${name}/flat`, ordered(order), 1).value);
    }
    case 'mean':
      return graph.reduce(`${name}/mean_map`, 'Mean', float64(value.value), DT_DOUBLE, positions);
    case 'max':
      return float64(graph.reduce(`${name}/max_map`, 'Max', value.value, type, positions));
    default:
      return rows(last ? value : ordered([0, ...positions, 1]));
  }
}

/** A series (T, B, ...) as (B, T, ...). */
export function samplesFirst(graph: GraphWriter, name: string, value: RankedValue): string {
  return transposed(graph, name, value, [1, 0, ...range(value.rank).slice(2)]);
}

/** The axes from `axis` on made one. */
function joined(graph: GraphWriter, name: string, { value, type }: RankedValue, axis: number): RankedValue {
  const shape = graph.shape(`${name}/shape`, value, type);
  const kept = graph.slice(`${name}/kept`, shape, DT_INT32, [{ end: axis }]);
  const rest = graph.slice(`${name}/rest`, shape, DT_INT32, [{ begin: axis }]);
  const size = graph.reduce(`${name}/size`, 'Prod', rest, DT_INT32, [0], true);
  return { value: reshaped(graph, name, { value, type }, [kept, size]), type, rank: axis + 1 };
}

/** All axes but the last made one: (..., d) as (n, d). */
function joinedRows(graph: GraphWriter, name: string, { value, type }: RankedValue): RankedValue {
  const shape = graph.shape(`${name}/shape`, value, type);
  const rest = graph.slice(`${name}/rest`, shape, DT_INT32, [{ end: -1 }]);
  const features = graph.slice(`${name}/features`, shape, DT_INT32, [{ begin: -1 }]);
  const count = graph.reduce(`${name}/count`, 'Prod', rest, DT_INT32, [0], true);
  return { value: reshaped(graph, name, { value, type }, [count, features]), type, rank: 2 };
}

function reshaped(
  graph: GraphWriter,
  name: string,
  { value, type }: Pick<RankedValue, 'value' | 'type'>,
  sizes: readonly string[],
): string {
  const shape = graph.int32Op(`${name}/target`, 'ConcatV2', [...sizes, graph.int32(0)], {
    N: intAttr(sizes.length),
    Tidx: typeAttr(DT_INT32),
  });
  return graph.reshape(name, value, type, shape);
}

function transposed(
  graph: GraphWriter,
  name: string,
  { value, type }: RankedValue,
  order: readonly number[],
): string {
  if (order.every((axis, at) => axis === at)) return value;
  return graph.transpose(`${name}/transposed`, value, type, order);
}

function range(end: number): number[] {
  return Array.from({ length: end }, (_, i) => i);
}
