import { fromBinary } from '@bufbuild/protobuf';
import {
  type AssetFileDef,
  AssetFileDefSchema,
  type FunctionDef,
  type MetaGraphDef,
  type NodeDef,
} from '../proto/tensorflow_pb.js';
import { nodeOf } from '../savedmodel/flat.js';

/** Collections that name what TF1's loader runs once a model is loaded. */
const INITIAL = ['saved_model_main_op', 'legacy_init_op'];

/** Nodes of the main graph that TensorFlow's loader asks for: what restores variables, fills tables and names files. */
export function loaderNodes(metaGraph: MetaGraphDef): string[] {
  const { saverDef, collectionDef, signatureDef } = metaGraph;
  const initial = INITIAL.flatMap((key) => {
    const kind = collectionDef[key]?.kind;
    return kind?.case === 'nodeList' ? kind.value.value : [];
  });
  const init = Object.entries(signatureDef)
    .filter(([key]) => key.startsWith('__saved_model'))
    .flatMap(([, { outputs }]) => Object.values(outputs));
  const assets = assetsOf(metaGraph).flatMap(({ tensorInfo }) => tensorInfo ?? []);
  const tensors = [...init, ...assets].flatMap(({ encoding }) =>
    encoding.case === 'name' ? [encoding.value] : [],
  );
  const saver = [saverDef?.filenameTensorName, saverDef?.restoreOpName];
  return [...initial, ...tensors, ...saver].flatMap((name) => (name ? [name] : [])).map(nodeOf);
}

/** Files that the loader names to the graph, whether or not anything reads them; TF1 lists them in a collection. */
function assetsOf({ assetFileDef, collectionDef }: MetaGraphDef): AssetFileDef[] {
  const kind = collectionDef.saved_model_assets?.kind;
  const listed = kind?.case === 'anyList' ? kind.value.value : [];
  return [...assetFileDef, ...listed.map(({ value }) => fromBinary(AssetFileDefSchema, value))];
}

/** The nodes that others need, and the functions that those call: TensorFlow goes over all there are again and again. */
export function pruned(
  nodes: readonly NodeDef[],
  functions: readonly FunctionDef[],
  roots: readonly string[],
): { nodes: NodeDef[]; functions: FunctionDef[] } {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = reachable(roots, (name) => (byName.get(name)?.input ?? []).map(inputNode));
  const kept = nodes.filter(({ name }) => needed.has(name));
  const byFunction = new Map(functions.map((each) => [each.signature?.name ?? '', each]));
  const called = reachable(kept.flatMap(functionsOf), (name) =>
    (byFunction.get(name)?.nodeDef ?? []).flatMap(functionsOf),
  );
  return { nodes: kept, functions: functions.filter(({ signature }) => called.has(signature?.name ?? '')) };
}

function inputNode(input: string): string {
  return nodeOf(input.startsWith('^') ? input.slice(1) : input);
}

/** The functions that a node names: as its operation, or in its attributes. */
function functionsOf({ op, attr }: NodeDef): string[] {
  return [
    op,
    ...Object.values(attr).flatMap(({ value }) => {
      if (value.case === 'func') return [value.value.name];
      return value.case === 'list' ? value.value.func.map(({ name }) => name) : [];
    }),
  ];
}

function reachable(roots: readonly string[], from: (name: string) => readonly string[]): Set<string> {
  const found = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...from(name));
  }
  return found;
}
