import { create, toBinary } from '@bufbuild/protobuf';
import type { Graph } from '../graph.js';
import type { FilledProjection } from '../projection.js';
import {
  FunctionDefLibrarySchema,
  type MetaGraphDef,
  type SavedModel,
  SavedModelSchema,
  type SignatureDef,
  SignatureDefSchema,
} from '../proto/tensorflow_pb.js';
import { nodeOf } from '../savedmodel/flat.js';
import { resolver } from '../savedmodel/inline.js';
import { type SavedModelSource, variablePlaces } from '../savedmodel/read.js';
import { numbersAttr, typeAttr } from './attr.js';
import { CompiledOperations } from './compiled-operations.js';
import { GraphWriter } from './graph-writer.js';
import { WrittenGraph } from './inlined-graph.js';
import { constantParts, projectValue } from './project.js';
import { loaderNodes, pruned } from './prune.js';
import { anywhere, anywhereInside, typeOf, variablesOf } from './rewrite.js';

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
  const { metaGraph, inliner, opDefs } = source;
  const inlined = inliner.inline(
    source.outputs.map(({ value }) => value),
    { control: true, stopAt: new Set(source.inputs.map(({ value }) => value)) },
  );
  const compiled = new CompiledOperations(inlined.nodes, opDefs, resolver(inlined.aliases));
  const writer = new GraphWriter((metaGraph.graphDef?.node ?? []).map(anywhere));
  const written = new WrittenGraph(writer, inlined, new Map(), compiled);
  const found = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node])));
  const outputs = new Set(source.outputs.map(({ value }) => written.valueOf(value)));
  const projected = new Map<string, string>();
  for (const projection of projections) {
    const value = written.valueFound(projection.value, found);
    const place = { value, type: typeOf(value, written, opDefs) };
    const parts = () => constantParts(writer, projection);
    const result = projectValue(writer, projection, place, parts, outputs.has(value));
    if ('value' in result) projected.set(value, result.value);
  }
  const given = new Map(
    source.outputs.map(({ key, value }) => {
      const made = written.valueOf(value);
      return [key, projected.get(made) ?? made];
    }),
  );
  const initial = addInitialValues(writer, source, graph, inlined.nodes, inlined);
  const asked = [...given.values(), ...(initial === undefined ? [] : [initial])];
  const library = metaGraph.graphDef!.library ?? create(FunctionDefLibrarySchema);
  const all = [...library.function.map(anywhereInside), ...compiled.functions];
  const roots = [
    ...asked.map(nodeOf),
    ...source.inputs.map(({ value }) => nodeOf(value)),
    ...loaderNodes(metaGraph),
  ];
  const { nodes: node, functions } = pruned(writer.nodes, all, roots);
  const { objectGraphDef: _objects, ...rest } = metaGraph;
  const graphDef = { ...metaGraph.graphDef!, node, library: { ...library, function: functions } };
  const next: MetaGraphDef = { ...rest, graphDef, signatureDef: signatures(source, given, initial) };
  const model: SavedModel = { ...source.model, metaGraphs: [next] };
  return toBinary(SavedModelSchema, model);
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
  const kept = Object.entries(metaGraph.signatureDef).filter(([key]) => key.startsWith('__saved_model'));
  const own = { [name]: { ...signature, outputs } };
  if (initial === undefined) return { ...Object.fromEntries(kept), ...own };
  const init = create(SignatureDefSchema, {
    outputs: { [INIT]: { encoding: { case: 'name', value: initial } } },
  });
  return { ...Object.fromEntries(kept), [INIT]: init, ...own };
}

/** Values for variables that TensorFlow's own loader leaves without one; what is to be run when the model is loaded, if there are any. */
function addInitialValues(
  writer: GraphWriter,
  source: SavedModelSource,
  { constants }: Graph,
  nodes: Parameters<typeof variablesOf>[0]['nodes'],
  inlined: Parameters<typeof variablePlaces>[1],
): string | undefined {
  const places = variablePlaces(source, inlined);
  const assigned = variablesOf({ ...inlined, nodes }).flatMap(({ name, attrs }) => {
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
