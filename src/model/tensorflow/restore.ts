import { resolve } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { type AttrValue, AttrValueSchema, DataType, TensorProtoSchema } from '../proto/tensorflow_pb.js';
import type { FlatNode } from '../savedmodel/flat.js';
import type { VariablePlaces } from '../savedmodel/read.js';
import { shapeProto, typeAttr, typesAttr } from './attr.js';
import type { GraphWriter } from './graph-writer.js';

/**
 * Restores variables that TensorFlow's own loader leaves without a value: those of Keras 3 models that were given to
 * tf.saved_model.save, which only the checkpoint's account of saved objects tells of.
 *
 * @param variables nodes of variables that are read
 * @returns what to run once the model is loaded; undefined where there is nothing to restore
 */
export function addRestore(
  graph: GraphWriter,
  folder: string,
  variables: readonly FlatNode[],
  places: VariablePlaces,
): string | undefined {
  const left = variables.flatMap((node) => {
    const place = places.isRestored(node.name) ? undefined : places.placeOf(node.name);
    const dtype = node.attrs.dtype?.value;
    return place && dtype?.case === 'type' ? [{ node, place, dtype: dtype.value }] : [];
  });
  if (left.length === 0) return undefined;
  const strings = (name: string, values: string[], isScalar = false) =>
    graph.add(`delve/restore/${name}`, 'Const', [], {
      dtype: typeAttr(DataType.DT_STRING),
      value: stringsAttr(values, isScalar),
    });
  const inputs = [
    strings('prefix', [resolve(folder, 'variables', 'variables')], true),
    strings(
      'names',
      left.map(({ place }) => place.key),
    ),
    strings(
      'slices',
      left.map(({ place }) => place.slice),
    ),
  ];
  const restored = graph.node('delve/restore/values', 'RestoreV2', inputs, {
    dtypes: typesAttr(left.map(({ dtype }) => dtype)),
  });
  const assigned = left.map(({ node, dtype }, i) =>
    graph.node('delve/restore/assign', 'AssignVariableOp', [`${node.name}:0`, `${restored}:${i}`], {
      dtype: typeAttr(dtype),
    }),
  );
  return graph.int32Op('delve/restored', 'Identity', [graph.int32(0), ...assigned.map((name) => `^${name}`)]);
}

function stringsAttr(values: readonly string[], isScalar: boolean): AttrValue {
  const text = new TextEncoder();
  const value = create(TensorProtoSchema, {
    dtype: DataType.DT_STRING,
    tensorShape: shapeProto(isScalar ? [] : [values.length]),
    stringVal: values.map((each) => text.encode(each)),
  });
  return create(AttrValueSchema, { value: { case: 'tensor', value } });
}
