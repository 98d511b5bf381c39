import { bytesOf } from '../../tensor.js';
import type { GraphInput } from '../graph.js';
import { DataType } from '../proto/tensorflow_pb.js';
import { dataTypeOf } from '../savedmodel/elements.js';
import { shapeAttr, typeAttr } from './attr.js';
import type { GraphWriter } from './graph-writer.js';
import type { FedInput } from './program.js';

/** What the binding takes as it is. */
const FED = ['float32', 'int32', 'uint8', 'bool', 'string'] as const;

/** A placeholder for an input that the binding can feed, and from it the value that the model takes, bit for bit. */
export function addFeed(
  graph: GraphWriter,
  { key, dtype, shape }: GraphInput,
  index: number,
): { input: FedInput; value: string } {
  const own = dataTypeOf(dtype);
  const as = FED.find((each) => each === dtype) ?? 'bytes';
  const type = as === 'bytes' ? DataType.DT_UINT8 : own;
  const wide = as === 'bytes' && bytesOf(dtype) > 1;
  const dims = wide && shape ? [...shape, bytesOf(dtype)] : shape;
  const name = graph.node(`delve/input_${index}`, 'Placeholder', [], {
    dtype: typeAttr(type),
    shape: shapeAttr(dims),
  });
  const value = as === 'bytes' ? graph.bitcast(`${name}/value`, `${name}:0`, type, own) : `${name}:0`;
  return { input: { key, name, dtype, as }, value };
}
