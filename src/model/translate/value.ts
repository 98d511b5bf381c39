import type { Dim, DType, Tensor } from '../../tensor.js';
import type { List } from './list.js';

export type Shape = readonly Dim[];

/**
 * Where the channels stand: `last` is the value as TensorFlow lays it out; `first` is the same with the last axis
 * moved behind the first, as ONNX's convolutions want it.
 */
export type Layout = 'last' | 'first';

/** One whole number that a shape is computed with: known, or the name of an ONNX value, an int64 vector of one. */
export type Length = number | string;

/** Content that is known when the model is translated. */
export interface KnownContent {
  shape: readonly number[];
  load(): Tensor;
}

/** What is known of a value besides its type and shape, or what it is instead of one ONNX value. */
export interface Content {
  constant?: KnownContent | undefined;
  /** Its elements, for scalars and vectors of integers that shapes are computed with. */
  lengths?: readonly Length[] | undefined;
  /** What it is made of, for complex numbers, which ONNX lacks. */
  parts?: ComplexParts;
  /** The floats whose bits these whole numbers are: ONNX cannot take floats for integers. */
  floats?: Value;
  /** A list of tensors, of which this is the elements' type. */
  list?: List;
}

export interface ComplexParts {
  real: Value;
  imaginary: Value;
}

/** A value of the TensorFlow graph, as far as the translation knows it. */
export class Value {
  /** ONNX values that hold it, by layout. */
  readonly names: Partial<Record<Layout, string>> = {};
  /** The layout in which it was made. */
  primary: Layout = 'last';
  /** Derived forms (permuted kernels, padded ranks) by what they are, so that each is made once. */
  readonly derived = new Map<string, string>();

  constructor(
    /** The type it is computed in. */
    readonly dtype: DType,
    /** undefined: any rank. */
    readonly shape: Shape | undefined,
    private readonly content: Content = {},
  ) {}

  get constant(): KnownContent | undefined {
    return this.content.constant;
  }

  get lengths(): readonly Length[] | undefined {
    return this.content.lengths;
  }

  get parts(): ComplexParts | undefined {
    return this.content.parts;
  }

  get floats(): Value | undefined {
    return this.content.floats;
  }

  get list(): List | undefined {
    return this.content.list;
  }

  get rank(): number | undefined {
    return this.shape?.length;
  }

  /** Whether it was made channels-first: what follows had better stay there. */
  get prefersFirst(): boolean {
    return this.primary === 'first' && this.names.first !== undefined;
  }
}

/** The order of axes that turns one layout into the other; they are the same below rank 3. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...range(1, rank - 1)];
}

export function toLast(rank: number): number[] {
  return [0, ...range(2, rank), 1];
}

/** Where an axis (TensorFlow's order, not negative) stands in a layout. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  if (layout === 'last' || rank < 3 || axis === 0) return axis;
  return axis === rank - 1 ? 1 : axis + 1;
}

/**
 * The layout in which a value stands after some of its axes (TensorFlow's order) were taken out, or undefined
 * where what is left is in neither.
 */
export function layoutWithout(layout: Layout, axes: readonly number[], rank: number): Layout | undefined {
  if (layout === 'last' || axes.includes(rank - 1)) return 'last';
  if (axes.includes(0)) return axes.length === rank - 1 ? 'last' : undefined;
  return rank - axes.length < 3 ? 'last' : 'first';
}

/** Items in TensorFlow's order of axes -> the layout's order. */
export function inOrderOf<T>(layout: Layout, items: readonly T[]): T[] {
  if (layout === 'last' || items.length < 3) return [...items];
  return toFirst(items.length).map((axis) => items[axis]!);
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** The shape of an element-wise operation's result. */
export function broadcastShapes(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  let result: Dim[] = [];
  for (const shape of shapes) {
    if (!shape) return undefined;
    const rank = Math.max(result.length, shape.length);
    const [a, b] = [result, shape].map((s) => [...new Array<Dim>(rank - s.length).fill(1), ...s]);
    result = a!.map((dim, axis) => broadcastDim(dim, b![axis]!));
  }
  return result;
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1) return a;
  return a ?? b;
}

/** What two sources say of one shape; the first wins where both know. */
export function mergeShapes(shape: Shape | undefined, told: Shape | undefined): Shape | undefined {
  if (!shape || !told || shape.length !== told.length) return shape ?? told;
  return shape.map((dim, axis) => dim ?? told[axis]!);
}

/** What is known of a shape that may be either of several; undefined where not even the rank is. */
export function commonShape(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  const [first, ...others] = shapes;
  if (others.some((shape) => shape?.length !== first?.length)) return undefined;
  return first?.map((dim, axis) => (others.every((shape) => shape?.[axis] === dim) ? dim : null));
}

/** Whether every dimension is known. */
export function isStatic(shape: Shape | undefined): shape is readonly number[] {
  return shape?.every((dim) => dim !== null) ?? false;
}
