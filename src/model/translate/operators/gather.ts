import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { type Length, range, type Shape, type Value } from '../value.js';

/** Elements and rows by index. */
export const GATHERS: Family = {
  Gather: (op) => gather(op, 0),
  ResourceGather: (op) => gather(op, 0),
  GatherV2: (op) => gather(op, op.constantInput(2, 'an axis')[0]!),
  GatherNd: (op) => gatherNd(op),
  ResourceGatherNd: (op) => gatherNd(op),
};

function gather(op: Operation, givenAxis: number): void {
  const [params, indices] = [op.input(0), op.input(1)];
  if (gatherLengths(op, params, indices)) return;
  const shape = op.shapeOf(params);
  const axis = op.axisOf(givenAxis, shape.length);
  const given = op.int('batch_dims', 0);
  const batch = given === 0 ? 0 : op.axisOf(given, op.rankOf(indices));
  const taken = indices.shape?.slice(batch);
  const result = taken && [...shape.slice(0, axis), ...taken, ...shape.slice(axis + 1)];
  const index = indexOf(op, indices);
  if (batch === 0) {
    op.set(0, op.emit('Gather', [op.last(params), index], { axis: { int: axis } }), result);
    return;
  }
  op.set(0, gatherInBatch(op, params, indices, index, axis, batch), result);
}

/** With batch axes in common: the axis is moved behind them, and in the result what stood between is moved back. */
function gatherInBatch(
  op: Operation,
  params: Value,
  indices: Value,
  index: string,
  axis: number,
  batch: number,
): string {
  const rank = op.rankOf(params);
  const taken = op.rankOf(indices) - batch;
  const between = axis - batch;
  const moved = op.permuted(params, [
    ...range(0, batch),
    axis,
    ...range(batch, axis),
    ...range(axis + 1, rank),
  ]);
  const places = op.emit('Unsqueeze', [op.onnx.cast(index, 'int64'), op.onnx.ints([batch + taken])]);
  const found = op.emit('GatherND', [moved, places], { batch_dims: { int: batch } });
  const end = rank - 1 + taken;
  return op.transpose(found, [
    ...range(0, batch),
    ...range(batch + taken, batch + taken + between),
    ...range(batch, batch + taken),
    ...range(batch + taken + between, end),
  ]);
}

function gatherNd(op: Operation): void {
  const [params, indices] = [op.input(0), op.input(1)];
  const depth = indices.shape?.at(-1);
  const shape: Shape | undefined =
    params.shape && indices.shape && typeof depth === 'number'
      ? [...indices.shape.slice(0, -1), ...params.shape.slice(depth)]
      : undefined;
  op.set(0, op.emit('GatherND', [op.last(params), op.int64(indices)]), shape);
}

/** ONNX takes int32 and int64. */
function indexOf(op: Operation, indices: Value): string {
  const name = op.last(indices);
  return /^int(32|64)$/.test(indices.dtype) ? name : op.onnx.cast(name, 'int64');
}

function gatherLengths(op: Operation, params: Value, indices: Value): boolean {
  const { lengths } = params;
  const places = op.known(indices);
  if (!lengths || !places || params.rank !== 1 || (indices.rank ?? 2) > 1) return false;
  const chosen = places.map((place): Length => lengths[place] ?? op.refuse('beyond the end'));
  op.setLengths(0, chosen, indices.rank === 0 ? 0 : 1, params.dtype);
  return true;
}
