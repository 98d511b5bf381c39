import { type DType, sizeOf } from '../../tensor.js';
import type { GraphNode } from '../graph.js';
import { computeType } from './kernels.js';
import type { Network } from './network.js';
import { numbersOf } from './numbers.js';
import { Unsupported } from './unsupported.js';
import type { Shape, Value } from './value.js';

/** Constants with more elements are weights, whose numbers no shape depends on. */
const LARGEST_KNOWN = 4096;

/** Reads a TensorFlow operation: its inputs, and its attributes or their defaults where the file leaves them out. */
export class NodeReader {
  /** @param values TensorFlow's values by name: the network's, or others that stand for them */
  constructor(
    readonly node: GraphNode,
    readonly network: Network,
    readonly values: Map<string, Value> = network.values,
  ) {}

  int(name: string, fallback: number): number {
    const found = this.node.attrs.get(name);
    return found?.kind === 'int' ? found.value : fallback;
  }

  float(name: string, fallback: number): number {
    const found = this.node.attrs.get(name);
    return found?.kind === 'float' ? found.value : fallback;
  }

  bool(name: string, fallback: boolean): boolean {
    const found = this.node.attrs.get(name);
    return found?.kind === 'bool' ? found.value : fallback;
  }

  text(name: string, fallback: string): string {
    const found = this.node.attrs.get(name);
    return found?.kind === 'string' ? found.value : fallback;
  }

  /** Whole numbers; an empty list may be of any kind. */
  ints(name: string, fallback: readonly number[]): readonly number[] {
    const found = this.node.attrs.get(name);
    return found?.kind === 'ints' ? found.value : fallback;
  }

  floats(name: string): readonly number[] {
    const found = this.node.attrs.get(name);
    return found?.kind === 'floats' ? found.value : [];
  }

  /** A type attribute, as it is computed. */
  dtypeAttr(name: string, fallback: DType): DType {
    const found = this.node.attrs.get(name);
    return computeType((found?.kind === 'type' && found.value) || fallback);
  }

  /** Says that this operation, or this use of it, is not translated. */
  refuse(reason: string): never {
    throw new Unsupported(reason);
  }

  get inputs(): Value[] {
    return this.node.inputs.map((_, index) => this.input(index));
  }

  input(index: number): Value {
    const name = this.node.inputs[index];
    const value = name === undefined ? undefined : this.values.get(name);
    if (!value) throw new Error(`${this.node.name} (${this.node.op}) reads ${name}, which nothing makes`);
    return value;
  }

  rankOf(value: Value): number {
    return value.rank ?? this.refuse('on a tensor of unknown rank');
  }

  shapeOf(value: Value): Shape {
    return value.shape ?? this.refuse('on a tensor of unknown rank');
  }

  /** An axis as TensorFlow gives it (maybe negative), counted from the front. */
  axisOf(axis: number, rank: number): number {
    return axis < 0 ? axis + rank : axis;
  }

  /** The numbers of a constant (not too large a one), or undefined where only the run tells. */
  known(value: Value): number[] | undefined {
    if (value.lengths)
      return value.lengths.every((x) => typeof x === 'number') ? [...value.lengths] : undefined;
    if (value.constant && sizeOf(value.constant.shape) <= LARGEST_KNOWN)
      return numbersOf(value.constant.load());
    return undefined;
  }

  /** The numbers of an input that has to be a constant. */
  constantInput(index: number, what: string): number[] {
    return this.known(this.input(index)) ?? this.refuse(`with ${what} that is not constant`);
  }
}
