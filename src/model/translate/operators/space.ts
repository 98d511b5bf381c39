import type { Dim } from '../../../tensor.js';
import type { Operation } from '../operation.js';
import type { Family, Translator } from '../translator.js';
import { axisIn, type Layout, type Length, range, type Value } from '../value.js';
import { readImage, setImage } from './window.js';

/** Blocks of positions moved to the channels or the batch, and back. */
export const BLOCKS: Family = {
  SpaceToDepth: toDepth(
    'SpaceToDepth',
    (size, block) => size / block,
    (channels, block) => channels * block ** 2,
  ),
  DepthToSpace: toDepth(
    'DepthToSpace',
    (size, block) => size * block,
    (channels, block) => channels / block ** 2,
  ),
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
};

function toDepth(
  opType: string,
  size: (size: number, block: number) => number,
  channels: (channels: number, block: number) => number,
): Translator {
  return (op) => {
    const value = op.input(0);
    const block = op.int('block_size', 2);
    const image = readImage(op, value);
    const name = op.emit(opType, [image.name], { blocksize: { int: block } });
    setImage(
      op,
      name,
      value.shape?.[0] ?? null,
      image.channels && channels(image.channels, block),
      image.spatial.map((dim) => dim && size(dim, block)),
    );
  };
}

interface Blocks {
  layout: Layout;
  /** Sizes of the blocks, one a spatial axis. */
  sizes: number[];
  /** What is padded or cropped: (before, behind) for each spatial axis. */
  margins: Length[];
  /** Where in the layout axis i + 1 of TensorFlow's order stands. */
  places: number[];
}

/** Rows of (before, behind), which are computed where images may have any size. */
function marginsOf(op: Operation, rows: Value): Length[] | undefined {
  const known = op.known(rows);
  if (known) return known;
  const count = rows.shape?.[0];
  if (typeof count !== 'number') return undefined;
  const flat = op.emit('Reshape', [op.int64(rows), op.onnx.ints([-1])]);
  return range(0, 2 * count).map((i) => op.emit('Gather', [flat, op.onnx.ints([i])]));
}

function blocksOf(op: Operation, value: Value, what: string): Blocks {
  const rank = op.rankOf(value);
  const sizes = op.constantInput(1, 'a block size');
  const margins = marginsOf(op, op.input(2)) ?? op.refuse(`with ${what} of unknown number`);
  // Without a channel axis beyond the blocks there is no channels-first form.
  const layout = sizes.length <= rank - 2 ? op.layoutOf([value]) : 'last';
  return { layout, sizes, margins, places: sizes.map((_, i) => axisIn(layout, i + 1, rank)) };
}

/** (B, H, W, ...) -> (b1 * b2 * B, H / b1, W / b2, ...), after padding: how dilated convolutions are written. */
function spaceToBatch(op: Operation): void {
  const value = op.input(0);
  const rank = op.rankOf(value);
  const { layout, sizes, margins, places } = blocksOf(op, value, 'paddings');
  const before: Length[] = new Array<number>(rank).fill(0);
  const behind: Length[] = new Array<number>(rank).fill(0);
  const dims = inLayout(op, value, layout);
  for (const [i, place] of places.entries()) {
    before[place] = margins[2 * i]!;
    behind[place] = margins[2 * i + 1]!;
    dims[place] = op.add(dims[place]!, op.add(before[place]!, behind[place]!));
  }
  let name = op.in(layout, value);
  if (margins.some((margin) => margin !== 0))
    name = op.emit('Pad', [name, op.vector([...before, ...behind])]);
  const split = dims.flatMap((dim, axis): Length[] => {
    const i = places.indexOf(axis);
    return i < 0 ? [dim] : [op.divide(dim, sizes[i]!), sizes[i]!];
  });
  // Where each axis of the layout starts in the split shape.
  const starts = range(0, rank).map((axis) => axis + places.filter((place) => place < axis).length);
  const order = [...places.map((place) => starts[place]! + 1), ...starts];
  const moved = op.transpose(op.reshape(name, split), order);
  const product = sizes.reduce((all, size) => all * size, 1);
  const target = dims.map((dim, axis) => {
    const i = places.indexOf(axis);
    return i < 0 ? dim : op.divide(dim, sizes[i]!);
  });
  target[0] = op.multiply(dims[0]!, product);
  op.set(0, op.reshape(moved, target), inTensorFlowOrder(target, layout), layout);
}

/** The way back, with crops instead of padding. */
function batchToSpace(op: Operation): void {
  const value = op.input(0);
  const rank = op.rankOf(value);
  const { layout, sizes, margins, places } = blocksOf(op, value, 'crops');
  const dims = inLayout(op, value, layout);
  const product = sizes.reduce((all, size) => all * size, 1);
  dims[0] = op.divide(dims[0]!, product);
  const blocks = sizes.length;
  const split = op.reshape(op.in(layout, value), [...sizes, ...dims]);
  const order = range(0, rank).flatMap((axis) => {
    const i = places.indexOf(axis);
    return i < 0 ? [axis + blocks] : [axis + blocks, i];
  });
  const target = dims.map((dim, axis) => {
    const i = places.indexOf(axis);
    return i < 0 ? dim : op.multiply(dim, sizes[i]!);
  });
  let name = op.reshape(op.transpose(split, order), target);
  if (margins.some((margin) => margin !== 0)) {
    const starts = places.map((_, i) => margins[2 * i]!);
    const ends = places.map((place, i) => op.subtract(target[place]!, margins[2 * i + 1]!));
    name = op.emit('Slice', [name, op.vector(starts), op.vector(ends), op.onnx.ints(places)]);
    for (const [i, place] of places.entries()) target[place] = op.subtract(ends[i]!, starts[i]!);
  }
  op.set(0, name, inTensorFlowOrder(target, layout), layout);
}

function inLayout(op: Operation, value: Value, layout: Layout): Length[] {
  const dims = op.dimsOf(value);
  return range(0, dims.length).map((place) => {
    const axis = range(0, dims.length).find((a) => axisIn(layout, a, dims.length) === place);
    return dims[axis ?? place]!;
  });
}

function inTensorFlowOrder(lengths: readonly Length[], layout: Layout): Dim[] {
  return lengths.map((_, axis) => {
    const length = lengths[axisIn(layout, axis, lengths.length)];
    return typeof length === 'number' ? length : null;
  });
}
