import type { OutputView } from '../../core/points-axes.js';
import type { GraphEnd } from './graph-end.js';

/** Where the moments of a batch's points are found: their number, mean (1, d) and scatter matrix (d, d) of float64. */
export interface MomentValues {
  n: string;
  mean: string;
  scatter: string;
}

/**
 * Adds the moments of a layer's points to an ONNX graph: every position of a map, every step of a series, or the output's rows.
 * Reduced where they are computed, on a GPU that has float64, d x d numbers leave it instead of n x d.
 *
 * @param id what the names of what is added begin with
 * @param d the points' dimension
 */
export function batchMoments(
  end: GraphEnd,
  id: string,
  { name, rank, view }: { name: string; rank: number; view: OutputView },
  d: number,
): MomentValues {
  const positions = Array.from({ length: Math.max(0, rank - 2) }, (_, i) => i + 2);
  const turned = view.axes.features === 'first' && rank > 2;
  const last = turned
    ? end.add(`${id}/turned`, 'Transpose', [name], { perm: { ints: [0, ...positions, 1] } })
    : name;
  const shape = end.ints(`${id}/rows_shape`, [-1, d]);
  const rows = end.add(`${id}/rows`, 'Reshape', [last, shape]);
  const wide = end.add(`${id}/float64`, 'Cast', [rows], { to: { type: 'float64' } });
  const mean = end.reduce(`${id}/batch_mean`, 'ReduceMean', wide, [0]);
  const centred = end.add(`${id}/centred`, 'Sub', [wide, mean]);
  const turnedRows = end.add(`${id}/columns`, 'Transpose', [centred], { perm: { ints: [1, 0] } });
  const scatter = end.add(`${id}/scatter`, 'MatMul', [turnedRows, centred]);
  return { n: end.add(`${id}/rows_size`, 'Shape', [rows]), mean, scatter };
}
