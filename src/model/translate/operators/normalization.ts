import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { range, type Value } from '../value.js';
import { isChannelsFirst, readImage, setImage } from './window.js';

/** Batch norm and local response normalization. */
export const NORMALIZATIONS: Family = {
  FusedBatchNorm: fusedBatchNorm,
  FusedBatchNormV2: fusedBatchNorm,
  FusedBatchNormV3: fusedBatchNorm,
  LRN: localResponse,
};

function fusedBatchNorm(op: Operation): void {
  const [value, scale, offset, mean, variance] = op.inputs;
  const epsilon = op.float('epsilon', 1e-4);
  if (op.bool('is_training', true)) {
    normalizeByBatch(op, value!, scale!, offset!, epsilon);
    return;
  }
  normalize(op, value!, [scale!, offset!, mean!, variance!], epsilon);
  op.pass(1, mean!);
  op.pass(2, variance!);
}

function normalize(op: Operation, value: Value, statistics: readonly Value[], epsilon: number): void {
  const image = readImage(op, value);
  const inputs = [image.name, ...statistics.map((statistic) => op.last(statistic))];
  const name = op.emit('BatchNormalization', inputs, { epsilon: { float: epsilon } });
  setImage(op, name, value.shape?.[0] ?? null, image.channels, image.spatial);
}

/**
 * With the mean and variance of the data itself: Keras 2 computes layer normalization so, with the samples as
 * channels.
 */
function normalizeByBatch(op: Operation, value: Value, scale: Value, offset: Value, epsilon: number): void {
  const image = readImage(op, value);
  const rank = op.rankOf(value);
  const axes = op.onnx.ints([0, ...range(2, rank)]);
  const perChannel = (statistic: Value) =>
    op.emit('Reshape', [op.last(statistic), op.onnx.ints([1, -1, ...range(2, rank).map(() => 1)])]);
  const mean = op.emit('ReduceMean', [image.name, axes]);
  const centred = op.emit('Sub', [image.name, mean]);
  const variance = op.emit('ReduceMean', [op.emit('Mul', [centred, centred]), axes]);
  const deviation = op.emit('Sqrt', [op.emit('Add', [variance, op.onnx.scalar(epsilon, value.dtype)])]);
  const scaled = op.emit('Mul', [op.emit('Div', [centred, deviation]), perChannel(scale)]);
  const name = op.emit('Add', [scaled, perChannel(offset)]);
  setImage(op, name, value.shape?.[0] ?? null, image.channels, image.spatial);
  for (const [index, statistic] of [mean, variance].entries()) {
    if (op.node.outputs[index + 1]) {
      op.set(index + 1, op.emit('Reshape', [statistic, op.onnx.ints([-1])]), [image.channels]);
    }
  }
}

/** x / (bias + alpha * sum of squares over depth_radius channels to either side) ^ beta; ONNX's alpha is for their mean. */
function localResponse(op: Operation): void {
  const value = op.input(0);
  if (isChannelsFirst(op)) op.refuse('on channels-first images');
  const size = 2 * op.int('depth_radius', 5) + 1;
  const name = op.emit('LRN', [op.first(value)], {
    size: { int: size },
    alpha: { float: op.float('alpha', 1) * size },
    beta: { float: op.float('beta', 0.5) },
    bias: { float: op.float('bias', 1) },
  });
  op.set(0, name, value.shape, 'first');
}
