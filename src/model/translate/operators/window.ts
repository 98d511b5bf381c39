import type { Dim } from '../../../tensor.js';
import type { OnnxAttributes } from '../../onnx/build.js';
import type { Operation } from '../operation.js';
import type { Shape, Value } from '../value.js';

/** How a window moves over the spatial axes; one entry an axis. */
export interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
}

/** An image-like value read with its channels on axis 1, whatever data_format says. */
export interface Image {
  name: string;
  channels: Dim;
  /** Sizes of the spatial axes. */
  spatial: Shape;
}

/** Whether the operation works on (N, C, ...) as ONNX does. */
export function isChannelsFirst(op: Operation): boolean {
  return op.text('data_format', 'NHWC').startsWith('NC');
}

export function readImage(op: Operation, value: Value): Image {
  const shape = op.shapeOf(value);
  if (isChannelsFirst(op)) return { name: op.last(value), channels: shape[1]!, spatial: shape.slice(2) };
  return { name: op.first(value), channels: shape.at(-1)!, spatial: shape.slice(1, -1) };
}

/** Sets an output of which axis 1 is the channels in ONNX. */
export function setImage(op: Operation, name: string, batch: Dim, channels: Dim, spatial: Shape): void {
  if (isChannelsFirst(op)) op.set(0, name, [batch, channels, ...spatial]);
  else op.set(0, name, [batch, ...spatial, channels], 'first');
}

/** The spatial entries of a list with one entry an axis, such as strides `[1, 2, 2, 1]`. */
export function spatialPart(op: Operation, list: readonly number[]): number[] {
  return isChannelsFirst(op) ? list.slice(2) : list.slice(1, -1);
}

/** Refuses windows that also move over the batch or the channels. */
export function requireSpatial(op: Operation, list: readonly number[], what: string): void {
  const channels = isChannelsFirst(op) ? list[1] : list.at(-1);
  if (list[0] !== 1 || channels !== 1) op.refuse(`with ${what} over the batch or the channels`);
}

/** ONNX's attributes for a window and its padding, and the sizes that come out. */
export function slide(
  op: Operation,
  window: Window,
  spatial: Shape,
): { attributes: OnnxAttributes; spatial: Dim[] } {
  const { kernel, strides, dilations } = window;
  const attributes = { strides: { ints: strides }, dilations: { ints: dilations } };
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const padding = op.text('padding', 'VALID');
  if (padding === 'SAME') {
    const out = spatial.map((size, axis) => size && Math.ceil(size / strides[axis]!));
    const totals = spatial.map((size, axis) => totalSamePadding(size, strides[axis]!, extent[axis]!));
    const known = totals.filter((total) => total !== null);
    if (known.length === totals.length)
      return { attributes: { ...attributes, ...splitPadding(known) }, spatial: out };
    if (dilations.some((dilation) => dilation !== 1)) {
      op.refuse('with SAME padding, strides and dilations on images of unknown size');
    }
    return { attributes: { ...attributes, auto_pad: { string: 'SAME_UPPER' } }, spatial: out };
  }
  const pads = padding === 'EXPLICIT' ? explicitPadding(op) : extent.map(() => [0, 0]);
  const out = spatial.map(
    (size, axis) =>
      size && Math.floor((size + pads[axis]![0]! + pads[axis]![1]! - extent[axis]!) / strides[axis]!) + 1,
  );
  return {
    attributes: { ...attributes, pads: { ints: [0, 1].flatMap((end) => pads.map((pair) => pair[end]!)) } },
    spatial: out,
  };
}

/** What SAME adds along an axis: as much as makes the output ceil(size / stride). */
export function totalSamePadding(size: Dim, stride: number, extent: number): Dim {
  if (stride === 1) return extent - 1;
  if (size === null) return null;
  return Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
}

/** The smaller half before, the larger behind. */
export function splitPadding(totals: readonly number[]): OnnxAttributes {
  const before = totals.map((total) => Math.floor(total / 2));
  return { pads: { ints: [...before, ...totals.map((total, axis) => total - before[axis]!)] } };
}

function explicitPadding(op: Operation): number[][] {
  const list = op.ints('explicit_paddings', []);
  const pairs = list.flatMap((_, i) => (i % 2 === 0 ? [[list[i]!, list[i + 1]!]] : []));
  return isChannelsFirst(op) ? pairs.slice(2) : pairs.slice(1, -1);
}
