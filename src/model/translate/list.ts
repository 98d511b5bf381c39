import type { Length, Shape, Value } from './value.js';

/** A list of tensors, TensorFlow's `TensorList` or TF1's `TensorArray`. Elements that were not written read as zeros. */
export type List = WholeList | SequenceList;

/** A list whose elements are of one shape, as one tensor of those that were written, which are neighbours. */
export interface WholeList {
  kind: 'whole';
  length: Length;
  /** Where the first written element stands. */
  start: Length;
  /** How many were written. */
  count: Length;
  /** The written ones, (count, ...element); undefined where there are none. */
  items: Value | undefined;
  /** The shape of an element as the list was made with it; undefined where that left it open. */
  element: readonly Length[] | undefined;
}

/** Any list, as an ONNX sequence, of which changes make another one. */
export interface SequenceList {
  kind: 'sequence';
  /** The ONNX sequence. */
  name: string;
  /** What is known of the elements' shape. */
  shape: Shape | undefined;
  /** Whether elements that were not written may be in it as tensors of shape (0). */
  gaps: boolean;
}
