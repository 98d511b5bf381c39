import { create } from '@bufbuild/protobuf';
import type { Graph } from '../graph.js';
import type { FilledProjection } from '../projection.js';
import { type MetaGraphDef, type SignatureDef, SignatureDefSchema } from '../proto/tensorflow_pb.js';
import { nodeOf } from '../savedmodel/flat.js';
import { type SavedModelSource, variablePlaces } from '../savedmodel/read.js';
import { numbersAttr, typeAttr } from './attr.js';
import { constantParts } from './project.js';
import { loaderSignatures, WrittenModel } from './written-model.js';

const INIT = '__saved_model_init_op';

/**
 * A SavedModel's saved_model.pb with projections in its signature, written out in the main graph as in `rewriteSavedModel`. It has no account
 * of objects, so that loaders take what the signature says; variables and assets are those of the model.
 */
export function projectedSavedModel(
  source: SavedModelSource,
  graph: Graph,
  projections: readonly FilledProjection[],
): Uint8Array {
  const model = new WrittenModel(source, graph);
  const { projected } = model.project(projections, (projection) => constantParts(model.writer, projection));
  const given = new Map(
    source.outputs.map(({ key, value }) => {
      const made = model.written.valueOf(value);
      return [key, projected.get(made) ?? made];
    }),
  );
  const initial = addInitialValues(model, source, graph);
  const asked = [
    ...given.values(),
    ...(initial === undefined ? [] : [initial]),
    ...source.inputs.map(({ value }) => value),
  ];
  return model.toSavedModel(asked, ({ objectGraphDef: _objects, ...metaGraph }) => ({
    ...metaGraph,
    signatureDef: signatures(source, given, initial),
  }));
}

/** The signature with other outputs, and what TensorFlow's loader runs. */
function signatures(
  { metaGraph, signature, name }: SavedModelSource,
  given: ReadonlyMap<string, string>,
  initial: string | undefined,
): Record<string, SignatureDef> {
  const outputs = Object.fromEntries(
    Object.entries(signature.outputs).map(([key, info]) => [
      key,
      { ...info, encoding: { case: 'name' as const, value: given.get(key)! } },
    ]),
  );
  const own = { ...loaderSignatures(metaGraph), [name]: { ...signature, outputs } };
  if (initial === undefined) return own;
  const init = create(SignatureDefSchema, {
    outputs: { [INIT]: { encoding: { case: 'name', value: initial } } },
  });
  return { ...own, [INIT]: init };
}

/** Values for variables that TensorFlow's own loader leaves without one; what is to be run when the model is loaded, if there are any. */
function addInitialValues(
  { writer, inlined, variables }: WrittenModel,
  source: SavedModelSource,
  { constants }: Graph,
): string | undefined {
  const places = variablePlaces(source, inlined);
  const assigned = variables.flatMap(({ name, attrs }) => {
    const constant = constants.get(`${name}:0`);
    const dtype = attrs.dtype?.value;
    if (places.isRestored(name) || !constant || dtype?.case !== 'type') return [];
    const value = writer.add('delve/initial', 'Const', [], {
      dtype: typeAttr(dtype.value),
      value: numbersAttr(constant.load()),
    });
    return writer.node('delve/assign', 'AssignVariableOp', [`${name}:0`, value], {
      dtype: typeAttr(dtype.value),
    });
  });
  if (assigned.length === 0) return undefined;
  const before = loaderInit(source.metaGraph);
  return writer.node(
    'delve/init',
    'NoOp',
    [...before, ...assigned].map((node) => `^${node}`),
  );
}

/** The node that TensorFlow's loader runs once a model is loaded. */
function loaderInit({ signatureDef, collectionDef }: MetaGraphDef): string[] {
  const told = Object.values(signatureDef[INIT]?.outputs ?? {}).flatMap(({ encoding }) =>
    encoding.case === 'name' ? [nodeOf(encoding.value)] : [],
  );
  const listed = collectionDef.saved_model_main_op?.kind;
  return [...told, ...(listed?.case === 'nodeList' ? listed.value.value.map(nodeOf) : [])];
}
