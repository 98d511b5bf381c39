import { UserError } from '../../errors.js';
import { formatShape } from '../../tensor.js';
import type { Constant } from '../graph.js';
import type { MetaGraphDef, SavedObjectGraph } from '../proto/tensorflow_pb.js';
import type { Bundle } from './bundle.js';
import type { CheckpointPlace } from './checkpoint-places.js';
import { dtypeOf } from './elements.js';
import { type FlatNode, nodeOf, textOf } from './flat.js';
import type { InlinedGraph } from './inline.js';
import { cut, parseSlice } from './slices.js';
import { fullShapeOf } from './tensor-proto.js';

const VARIABLES: ReadonlySet<string> = new Set([
  'VarHandleOp',
  'VariableV2',
  'Variable',
  'AutoReloadVariable',
]);
/** Lists in which Keras exports a model's variables: no names of the author's. */
const LISTS = /^(variables|trainable_variables|non_trainable_variables|_all_variables|_misc_assets)\//;

export function isVariable(node: FlatNode): boolean {
  return VARIABLES.has(node.op);
}

/** What the saved objects tell of a variable: its object's number and the author's name. */
export interface SavedName {
  object: number;
  name: string;
}

/**
 * The author's names of variables by their nodes. A variable whose name tells no place is called by the attributes
 * through which the saved object reaches it (`blocks/0/w`).
 */
export function savedNames(metaGraph: MetaGraphDef, graph: InlinedGraph): Map<string, SavedName> {
  const names = new Map<string, SavedName>();
  const objects = metaGraph.objectGraphDef;
  if (!objects) return names;
  const attributes = attributePaths(objects);
  for (const call of graph.calls) {
    const bound = objects.concreteFunctions[call.function]?.boundInputs ?? [];
    for (const [at, object] of bound.entries()) {
      const kind = objects.nodes[object]?.kind;
      const value = call.args[call.args.length - bound.length + at];
      if (kind?.case !== 'variable' || value === undefined) continue;
      const given = kind.value.name.replace(/:0$/, '');
      const path = attributes.get(object) ?? '';
      const placed = given.includes('/') || LISTS.test(path);
      const name = !placed && (path.includes('/') || /^(Variable(_\d+)?)?$/.test(given)) ? path : given;
      if (name) names.set(nodeOf(value), { object, name });
    }
  }
  return names;
}

/** The shortest way to each object from the saved one, through attributes. */
function attributePaths(objects: SavedObjectGraph): Map<number, string> {
  const paths = new Map([[0, '']]);
  for (const [id, path] of paths) {
    for (const child of objects.nodes[id]?.children ?? []) {
      if (!paths.has(child.nodeId))
        paths.set(child.nodeId, path ? `${path}/${child.localName}` : child.localName);
    }
  }
  return paths;
}

/**
 * A variable as a constant of the graph.
 * @param bundle opens the checkpoint
 * @throws UserError if the checkpoint has no such tensor, or one of another type or shape
 */
export function variableConstant(
  node: FlatNode,
  saved: string | undefined,
  place: CheckpointPlace | undefined,
  bundle: () => Bundle,
  file: string,
): Constant {
  const shared = textOf(node.attrs.shared_name?.value) || node.name;
  const variable = (saved ?? shared).replace(/:0$/, '');
  const { key, slice } = place ?? { key: shared, slice: '' };
  if (!place && !bundle().has(key)) {
    throw new UserError(
      `${file} restores no value into the variable "${variable}": save the model after its variables were made.`,
    );
  }
  const entry = bundle().entry(key);
  const part = slice ? parseSlice(slice) : undefined;
  const shape = part ? part.map(({ length }) => length) : entry.shape;
  const declared = node.attrs.shape?.value;
  const told = declared?.case === 'shape' ? fullShapeOf(declared.value) : undefined;
  const type = node.attrs.dtype?.value;
  if (
    (told && formatShape(told) !== formatShape(shape)) ||
    (type?.case === 'type' && dtypeOf(type.value) !== entry.dtype)
  ) {
    throw new UserError(
      `The variables do not fit ${file}: "${variable}" should be of shape ${told ? formatShape(told) : '?'} but the checkpoint has ${formatShape(shape)} of ${entry.dtype}; copy or export the model again.`,
    );
  }
  return {
    dtype: entry.dtype,
    shape,
    variable,
    load: () => (part ? cut(bundle().load(key), part) : bundle().load(key)),
  };
}
