import type { DType } from '../../tensor.js';
import type { OnnxAttributes } from '../onnx/build.js';
import type { Emitter } from './emitter.js';
import { NodeReader } from './node-reader.js';
import { tensorOf } from './numbers.js';
import { permuteTensor } from './permute.js';
import { type Layout, type Length, range, toFirst, toLast, type Value } from './value.js';

/** Gives ONNX values for TensorFlow's, in the layout that is asked for; each is made once. */
export class LayoutReader extends NodeReader {
  get onnx(): Emitter {
    return this.network.onnx;
  }

  emit(opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}, dtype?: DType): string {
    return this.onnx.emit(opType, inputs, attributes, dtype);
  }

  transpose(name: string, permutation: readonly number[]): string {
    if (permutation.every((axis, i) => axis === i)) return name;
    return this.emit('Transpose', [name], { perm: { ints: permutation } });
  }

  /** The value as TensorFlow lays it out. */
  last(value: Value): string {
    const { names, constant, lengths, parts, floats, list } = value;
    if (parts) this.refuse('on complex numbers');
    if (floats) this.refuse('on the bits of floats');
    if (list) this.refuse('on a list of tensors');
    if (this.isSeen(names.last)) return names.last;
    if (lengths) names.last = this.ofLengths(lengths, value.dtype, value.rank ?? 1);
    else if (constant) names.last = this.onnx.constant(`constant`, value.dtype, () => constant.load());
    else if (this.isSeen(names.first)) names.last = this.transpose(names.first, toLast(this.rankOf(value)));
    else throw new Error(`${this.node.name} reads a value that was never made`);
    return names.last;
  }

  /** The value with its last axis moved behind the first. */
  first(value: Value): string {
    const rank = this.rankOf(value);
    if (rank < 3 || value.parts) return this.last(value);
    if (!this.isSeen(value.names.first)) value.names.first = this.permuted(value, toFirst(rank));
    return value.names.first;
  }

  /** Whether a form of a value was made where it can be read: not in another branch. */
  private isSeen(name: string | undefined): name is string {
    return name !== undefined && this.onnx.sees(name);
  }

  in(layout: Layout, value: Value): string {
    return layout === 'first' ? this.first(value) : this.last(value);
  }

  /** The layout in which an operation that works in either is cheapest. */
  layoutOf(values: readonly Value[]): Layout {
    const rank = Math.max(...values.map((value) => value.rank ?? Number.NaN));
    return values.some((value) => value.rank === rank && value.prefersFirst) ? 'first' : 'last';
  }

  /** The value as an operand of an element-wise operation whose result has the given rank and layout. */
  operand(layout: Layout, value: Value, rank: number): string {
    const own = this.rankOf(value);
    if (layout === 'last' || own === 0) return this.last(value);
    if (own === rank) return this.first(value);
    const key = `rank ${rank}`;
    const known = value.derived.get(key);
    if (this.isSeen(known)) return known;
    const padded = (shape: readonly number[]) => [...new Array<number>(rank - own).fill(1), ...shape];
    const { constant } = value;
    const name = constant
      ? this.onnx.constant('constant', value.dtype, () => {
          const tensor = constant.load();
          return permuteTensor({ ...tensor, shape: padded(tensor.shape) }, toFirst(rank));
        })
      : own === 1
        ? this.emit('Unsqueeze', [this.last(value), this.onnx.ints(range(1, rank - 1))])
        : this.transpose(
            this.emit('Unsqueeze', [this.last(value), this.onnx.ints(range(0, rank - own))]),
            toFirst(rank),
          );
    value.derived.set(key, name);
    return name;
  }

  /** Transposed; a constant already here, anything else when the model runs. */
  permuted(value: Value, permutation: readonly number[]): string {
    if (permutation.every((axis, i) => axis === i)) return this.last(value);
    const { constant } = value;
    const key = `permuted ${permutation.join(',')}`;
    const known = value.derived.get(key);
    if (this.isSeen(known)) return known;
    const name = constant
      ? this.onnx.constant('constant', value.dtype, () => permuteTensor(constant.load(), permutation))
      : this.transpose(this.last(value), permutation);
    value.derived.set(key, name);
    return name;
  }

  /** An int64 vector of these lengths. */
  vector(lengths: readonly Length[]): string {
    const known = lengths.filter((length) => typeof length === 'number');
    if (known.length === lengths.length) return this.onnx.ints(known);
    if (lengths.length === 1) return String(lengths[0]);
    return this.onnx.once(`vector ${lengths.join(' ')}`, () =>
      this.emit(
        'Concat',
        lengths.map((length) => (typeof length === 'number' ? this.onnx.ints([length]) : length)),
        { axis: { int: 0 } },
      ),
    );
  }

  private ofLengths(lengths: readonly Length[], dtype: DType, rank: number): string {
    const known = lengths.filter((length) => typeof length === 'number');
    if (known.length === lengths.length) {
      const shape = rank === 0 ? [] : [lengths.length];
      return this.onnx.constant('constant', dtype, () => tensorOf(dtype, shape, known));
    }
    const vector = this.onnx.cast(this.vector(lengths), dtype);
    return rank === 0 ? this.emit('Reshape', [vector, this.onnx.ints([])]) : vector;
  }
}
