/**
 * How the axes of a layer's output are to be read: what is batch, what features, what position or time step. Axis 0 is the batch, but for
 * `stepsFirst`.
 * - `features: 'last'`: (B, ..., C), `mergedFeatureAxes` of the last axes being the features (attention's
 *   projections (B, T, heads, dim) merge two). With `stepsFirst` a network has it as (T, B, ..., C); points are taken of (B, T, ..., C).
 * - `features: 'first'`: (B, C, ...).
 * - `onnx-recurrent`: ONNX's own Y, (T, directions, B, H).
 */
export type PointAxes =
  | { features: 'last'; mergedFeatureAxes: number; stepsFirst?: boolean }
  | { features: 'first' }
  | { features: 'onnx-recurrent' };

/** What must be known of a layer to see its output as points. */
export interface OutputView {
  family: 'convolution' | 'dense' | 'recurrent';
  axes: PointAxes;
}

/** A layer's output with its axes named. `grid` holds the spatial sizes of a map, the one length of a series, nothing else. */
export interface NamedAxes {
  kind: 'plain' | 'series' | 'map';
  order: 'features-last' | 'features-first' | 'onnx-recurrent';
  batch: number;
  features: number;
  grid: readonly number[];
}

/**
 * Names the axes of an output.
 *
 * - plain, (B, U): dense and recurrent layers of rank 2; rank 1 is one sample of a model without a batch axis.
 * - series, (B, T, U): dense and recurrent layers of rank 3, and ONNX's (T, directions, B, H) with U = directions*H.
 * - map, (B, ..., C) or (B, C, ...): convolutions, and everything else of rank 4 or more.
 *
 * Features that lie in several axes count as one (`mergedFeatureAxes`) before the rank is looked at. An unknown
 * size is NaN, and so is every product it enters.
 *
 * @throws Error where the rank fits none of these.
 */
export function nameAxes(shape: readonly number[], view: OutputView): NamedAxes {
  if (view.axes.features === 'onnx-recurrent') {
    if (shape.length !== 4) throw rankError(shape, view, 'four axes (time, direction, batch, feature)');
    const features = shape[1]! * shape[3]!;
    return { kind: 'series', order: 'onnx-recurrent', batch: shape[2]!, features, grid: [shape[0]!] };
  }
  const last = view.axes.features === 'last';
  const sizes = view.axes.features === 'last' ? mergeLast(shape, view, view.axes.mergedFeatureAxes) : shape;
  const order = last ? 'features-last' : 'features-first';
  if (sizes.length < (view.family === 'convolution' ? 3 : 1)) {
    throw rankError(
      shape,
      view,
      view.family === 'convolution' ? 'batch, channels and positions' : 'a feature axis',
    );
  }
  if (sizes.length === 1) return { kind: 'plain', order, batch: 1, features: sizes[0]!, grid: [] };
  const kind =
    sizes.length === 2 ? 'plain' : sizes.length > 3 || view.family === 'convolution' ? 'map' : 'series';
  return {
    kind,
    order,
    batch: sizes[0]!,
    features: last ? sizes.at(-1)! : sizes[1]!,
    grid: last ? sizes.slice(1, -1) : sizes.slice(2),
  };
}

/** Product of sizes; 1 for none. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

function mergeLast(shape: readonly number[], view: OutputView, axes: number): readonly number[] {
  if (axes > shape.length) throw rankError(shape, view, `at least ${axes} axes`);
  return axes === 1 ? shape : [...shape.slice(0, -axes), product(shape.slice(-axes))];
}

function rankError(shape: readonly number[], view: OutputView, wanted: string): Error {
  const text = shape.map((size) => (Number.isNaN(size) ? '?' : size)).join(', ');
  return new Error(`a ${view.family} layer's output of shape (${text}) does not have ${wanted}`);
}
