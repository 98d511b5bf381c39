import { type FilledProjection, type Projection, READ_BY_NOTHING } from '../projection.js';
import { DataType } from '../proto/tensorflow_pb.js';
import { isControl } from '../savedmodel/flat.js';
import { boolAttr, float32Attr, shapeAttr, typeAttr } from './attr.js';
import type { GraphWriter } from './graph-writer.js';
import type { FedInput } from './program.js';

const { DT_DOUBLE, DT_FLOAT } = DataType;

/** Where a projection gets its mean and directions from: placeholders that are fed, or constants. */
export interface ProjectionParts {
  mean: string;
  basis: string;
}

/** Placeholders for a projection's mean and directions. */
export function fedParts(
  graph: GraphWriter,
  { mean, basis, d }: Projection,
  inputs: FedInput[],
): ProjectionParts {
  const [meanValue = '', basisValue = ''] = (
    [
      [mean, [d]],
      [basis, [null, d]],
    ] as const
  ).map(([key, shape]) => {
    const name = graph.node(key, 'Placeholder', [], { dtype: typeAttr(DT_FLOAT), shape: shapeAttr(shape) });
    inputs.push({ key, name, dtype: 'float32', as: 'float32' });
    return `${name}:0`;
  });
  return { mean: meanValue, basis: basisValue };
}

/** Constants of a projection's mean and directions. */
export function constantParts(
  graph: GraphWriter,
  { mean, basis, meanData, basisData, d }: FilledProjection,
): ProjectionParts {
  const constant = (name: string, shape: readonly number[], data: Float32Array) =>
    graph.add(name, 'Const', [], { dtype: typeAttr(DT_FLOAT), value: float32Attr(shape, data) });
  return {
    mean: constant(mean, [d], meanData),
    basis: constant(basis, [basisData.length / d, d], basisData),
  };
}

/**
 * Puts a projection behind a value: all that reads the value reads the projection then.
 * @returns the projection, or why there is none
 */
export function projectValue(
  graph: GraphWriter,
  { rank, axes, d, id }: Projection,
  { value, type }: { value: string; type: DataType },
  parts: () => ProjectionParts,
  isOutput: boolean,
): { value: string } | { reason: string } {
  const readers = graph.nodes.filter(({ input }) => input.some((ref) => isSame(ref, value)));
  if (readers.length === 0 && !isOutput) return { reason: READ_BY_NOTHING };
  const wide = type === DT_DOUBLE ? DT_DOUBLE : DT_FLOAT;
  const { mean, basis } = parts();
  const [centre, directions] = [mean, basis].map((part) => graph.cast(`${id}/wide`, part, DT_FLOAT, wide));
  const number = { T: typeAttr(wide) };
  const widened = graph.cast(`${id}/value`, value, type, wide);
  const order = axes.features === 'first' && rank > 2 ? featuresLast(rank) : undefined;
  const last = order ? graph.transpose(`${id}/turned`, widened, wide, order) : widened;
  const shape = graph.shape(`${id}/shape`, last, wide);
  const rows = graph.reshape(`${id}/rows`, last, wide, graph.int32([-1, d]));
  const centred = graph.add(`${id}/centred`, 'Sub', [rows, centre!], number);
  const product = (part: string, a: string, transpose: boolean) =>
    graph.add(`${id}/${part}`, 'MatMul', [a, directions!], {
      ...number,
      transpose_a: boolAttr(false),
      transpose_b: boolAttr(transpose),
    });
  const up = product('up', product('down', centred, true), false);
  const projected = graph.add(`${id}/projected`, 'AddV2', [up, centre!], number);
  const whole = graph.reshape(`${id}/whole`, projected, wide, shape);
  const inverse = order?.map((_, axis) => order.indexOf(axis));
  const back = inverse ? graph.transpose(`${id}/back`, whole, wide, inverse) : whole;
  const result = graph.cast(`${id}/result`, back, wide, type);
  for (const node of readers) node.input = node.input.map((ref) => (isSame(ref, value) ? result : ref));
  return { value: result };
}

function featuresLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** `node` is `node:0`. */
function isSame(ref: string, value: string): boolean {
  return !isControl(ref) && (ref.includes(':') ? ref : `${ref}:0`) === value;
}
