import { create } from '@bufbuild/protobuf';
import { type AttrValue, DataType, type NodeDef, NodeDefSchema } from '../proto/tensorflow_pb.js';
import { boolAttr, float64Attr, int32Attr, intAttr, typeAttr } from './attr.js';

type Attrs = Record<string, AttrValue>;

const { DT_DOUBLE, DT_INT32 } = DataType;

/** Adds nodes to a TensorFlow graph. Values are `node:index`, control inputs `^node`. */
export class GraphWriter {
  private readonly taken: Set<string>;
  private readonly constants = new Map<string, string>();

  constructor(readonly nodes: NodeDef[]) {
    this.taken = new Set(nodes.map((node) => node.name));
  }

  /** Adds a node under this name, or one like it that is free. @returns its name */
  node(name: string, op: string, inputs: readonly string[], attr: Attrs = {}): string {
    const unique = this.free(name);
    this.taken.add(unique);
    this.nodes.push(create(NodeDefSchema, { name: unique, op, input: [...inputs], attr }));
    return unique;
  }

  /** The same. @returns its first value */
  add(name: string, op: string, inputs: readonly string[], attr: Attrs = {}): string {
    return `${this.node(name, op, inputs, attr)}:0`;
  }

  /** A name that no node has. */
  free(name: string): string {
    let unique = name;
    for (let n = 1; this.taken.has(unique); n++) unique = `${name}__${n}`;
    return unique;
  }

  /** A scalar or vector of int32. */
  int32(value: number | readonly number[]): string {
    return this.constant(`int32 ${JSON.stringify(value)}`, DT_INT32, () => int32Attr(value));
  }

  /** A scalar of float64. */
  float64(value: number): string {
    return this.constant(`float64 ${value}`, DT_DOUBLE, () => float64Attr(value));
  }

  cast(name: string, value: string, from: DataType, to: DataType): string {
    if (from === to) return value;
    return this.add(name, 'Cast', [value], { SrcT: typeAttr(from), DstT: typeAttr(to) });
  }

  bitcast(name: string, value: string, from: DataType, to: DataType): string {
    return this.add(name, 'Bitcast', [value], { T: typeAttr(from), type: typeAttr(to) });
  }

  /** An operation on float64 values. */
  float64Op(name: string, op: string, inputs: readonly string[], attr: Attrs = {}): string {
    return this.add(name, op, inputs, { T: typeAttr(DT_DOUBLE), ...attr });
  }

  /** An operation on int32 values. */
  int32Op(name: string, op: string, inputs: readonly string[], attr: Attrs = {}): string {
    return this.add(name, op, inputs, { T: typeAttr(DT_INT32), ...attr });
  }

  /** Sum, mean or maximum along axes. */
  reduce(
    name: string,
    op: 'Sum' | 'Mean' | 'Max' | 'Prod',
    value: string,
    type: DataType,
    axes: readonly number[],
    keep = false,
  ): string {
    return this.add(name, op, [value, this.int32(axes)], {
      T: typeAttr(type),
      Tidx: typeAttr(DT_INT32),
      keep_dims: boolAttr(keep),
    });
  }

  /** A value's shape, a vector of int32. */
  shape(name: string, value: string, type: DataType): string {
    return this.add(name, 'Shape', [value], { T: typeAttr(type), out_type: typeAttr(DT_INT32) });
  }

  reshape(name: string, value: string, type: DataType, shape: string): string {
    return this.add(name, 'Reshape', [value, shape], { T: typeAttr(type), Tshape: typeAttr(DT_INT32) });
  }

  transpose(name: string, value: string, type: DataType, permutation: readonly number[]): string {
    return this.add(name, 'Transpose', [value, this.int32(permutation)], {
      T: typeAttr(type),
      Tperm: typeAttr(DT_INT32),
    });
  }

  /**
   * Elements `begin`..`end` along the first axes, all along the others; `shrink` leaves the axis out, taking `begin` alone.
   * `undefined`: from the start, to the end.
   */
  slice(
    name: string,
    value: string,
    type: DataType,
    ranges: readonly { begin?: string | number; end?: string | number; shrink?: boolean }[],
  ): string {
    const bits = (holds: (range: (typeof ranges)[number]) => boolean) =>
      ranges.reduce((mask, range, axis) => (holds(range) ? mask | (1 << axis) : mask), 0);
    const vector = (part: string, places: readonly (string | number | undefined)[]) =>
      places.every((place) => typeof place !== 'string')
        ? this.int32(places.map((place) => place ?? 0))
        : this.int32Op(
            `${name}_${part}`,
            'Pack',
            places.map((place) => (typeof place === 'string' ? place : this.int32(place ?? 0))),
            { N: intAttr(places.length), axis: intAttr(0) },
          );
    return this.add(
      name,
      'StridedSlice',
      [
        value,
        vector(
          'begin',
          ranges.map(({ begin }) => begin),
        ),
        vector(
          'end',
          ranges.map(({ end }) => end),
        ),
        this.int32(ranges.map(() => 1)),
      ],
      {
        T: typeAttr(type),
        Index: typeAttr(DT_INT32),
        begin_mask: intAttr(bits(({ begin }) => begin === undefined)),
        end_mask: intAttr(bits(({ end, shrink }) => end === undefined && !shrink)),
        shrink_axis_mask: intAttr(bits(({ shrink }) => shrink === true)),
        ellipsis_mask: intAttr(0),
        new_axis_mask: intAttr(0),
      },
    );
  }

  private constant(key: string, dtype: DataType, value: () => AttrValue): string {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const made = this.add('delve/constant', 'Const', [], { dtype: typeAttr(dtype), value: value() });
    this.constants.set(key, made);
    return made;
  }
}
