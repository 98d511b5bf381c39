import { UserError } from '../../errors.js';
import { formatShape, sizeOf, type Tensor } from '../../tensor.js';
import type { Constant } from '../graph.js';
import type { MetaGraphDef } from '../proto/tensorflow_pb.js';
import type { Bundle } from './bundle.js';
import { dtypeOf } from './elements.js';
import { type FlatNode, nodeOf, textOf } from './flat.js';
import { type InlinedGraph, type Inliner, resolver } from './inline.js';
import { fullShapeOf, tensorOf } from './tensor-proto.js';

const VARIABLES: ReadonlySet<string> = new Set([
  'VarHandleOp',
  'VariableV2',
  'Variable',
  'AutoReloadVariable',
]);
const ASSIGNS: ReadonlySet<string> = new Set(['AssignVariableOp', 'Assign']);
const BETWEEN: ReadonlySet<string> = new Set([
  'Identity',
  'Enter',
  'RefEnter',
  'RefIdentity',
  'Reshape',
  'Cast',
]);

export function isVariable(node: FlatNode): boolean {
  return VARIABLES.has(node.op);
}

/** Where a variable's value is in the checkpoint: a tensor, or a part of one (`full shape` and `start,length:...`). */
interface CheckpointPlace {
  key: string;
  slice: string;
}

/**
 * Which tensor of the checkpoint each variable gets, by the variable's node: read off the graph that TensorFlow's
 * own loader runs to restore the model, which is the one account that TF1 and TF2 files share.
 */
export function checkpointPlaces(metaGraph: MetaGraphDef, inliner: Inliner): Map<string, CheckpointPlace> {
  const places = new Map<string, CheckpointPlace>();
  const restore = metaGraph.saverDef?.restoreOpName;
  if (!restore) return places;
  const { nodes, aliases } = inliner.inline([`^${restore}`], { control: true });
  const resolve = resolver(aliases);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sourceOf = (value: string): string => {
    let from = resolve(value);
    for (let steps = 0; steps < nodes.length; steps++) {
      const node = byName.get(nodeOf(from));
      if (!node || !BETWEEN.has(node.op)) break;
      from = resolve(node.inputs[0]!);
    }
    return from;
  };
  const texts = new Map<string, string[]>();
  const textsOf = (value: string | undefined): string[] => {
    const name = nodeOf(resolve(value ?? ''));
    const known = texts.get(name);
    if (known) return known;
    const tensor = byName.get(name)?.attrs.value?.value;
    const data = tensor?.case === 'tensor' ? tensorOf(tensor.value, `The node ${name}`).data : [];
    const strings = Array.from(data, String);
    texts.set(name, strings);
    return strings;
  };
  for (const assign of nodes) {
    if (!ASSIGNS.has(assign.op) || assign.inputs.length < 2) continue;
    const variable = sourceOf(assign.inputs[0]!);
    const restored = sourceOf(assign.inputs[1]!);
    const from = byName.get(nodeOf(restored));
    if (from?.op !== 'RestoreV2') continue;
    const index = Number(restored.slice(restored.lastIndexOf(':') + 1));
    const key = textsOf(from.inputs[1])[index];
    if (key !== undefined) places.set(nodeOf(variable), { key, slice: textsOf(from.inputs[2])[index] ?? '' });
  }
  return places;
}

/** The author's names of variables by their nodes, as the saved objects tell them. */
export function authorNames(metaGraph: MetaGraphDef, graph: InlinedGraph): Map<string, string> {
  const names = new Map<string, string>();
  const objects = metaGraph.objectGraphDef;
  for (const call of graph.calls) {
    const bound = objects?.concreteFunctions[call.function]?.boundInputs ?? [];
    for (const [at, id] of bound.entries()) {
      const kind = objects?.nodes[id]?.kind;
      const value = call.args[call.args.length - bound.length + at];
      if (kind?.case === 'variable' && kind.value.name && value) names.set(nodeOf(value), kind.value.name);
    }
  }
  return names;
}

/**
 * A variable as a constant of the graph.
 * @param bundle opens the checkpoint
 * @throws UserError if the checkpoint has no such tensor, or one of another type or shape
 */
export function variableConstant(
  node: FlatNode,
  authorName: string | undefined,
  place: CheckpointPlace | undefined,
  bundle: () => Bundle,
  file: string,
): Constant {
  const shared = textOf(node.attrs.shared_name?.value) || node.name;
  const variable = (authorName ?? shared).replace(/:0$/, '');
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

interface Range {
  start: number;
  length: number;
}

/** `10 20 0,5:-`: the whole's dimensions, then start and length of each, `-` for all of it. */
function parseSlice(text: string): Range[] {
  const words = text.trim().split(' ');
  const dims = words.slice(0, -1).map(Number);
  return (words.at(-1) ?? '').split(':').map((extent, axis) => {
    if (extent === '-') return { start: 0, length: dims[axis] ?? 0 };
    const [start = 0, length = 0] = extent.split(',').map(Number);
    return { start, length };
  });
}

function cut(whole: Tensor, ranges: readonly Range[]): Tensor {
  const shape = ranges.map(({ length }) => length);
  const places = whole.dtype.startsWith('complex') ? 2 : 1;
  const data = whole.data.slice(0, sizeOf(shape) * places);
  for (let at = 0; at < sizeOf(shape); at++) {
    let rest = at;
    let from = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += ((rest % shape[axis]!) + ranges[axis]!.start) * stride;
      rest = Math.floor(rest / shape[axis]!);
      stride *= whole.shape[axis]!;
    }
    for (let place = 0; place < places; place++)
      data[at * places + place] = whole.data[from * places + place]!;
  }
  return { dtype: whole.dtype, shape, data };
}
