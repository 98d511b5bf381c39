import { fromBinary } from '@bufbuild/protobuf';
import { UserError } from '../../errors.js';
import { type MetaGraphDef, TrackableObjectGraphSchema } from '../proto/tensorflow_pb.js';
import type { Bundle } from './bundle.js';
import { nodeOf } from './flat.js';
import { type Inliner, resolver } from './inline.js';
import { tensorOf } from './tensor-proto.js';

/** Where a variable's value is in the checkpoint: a tensor, or a part of one (`full shape` and `start,length:...`). */
export interface CheckpointPlace {
  key: string;
  slice: string;
}

const ASSIGNS: ReadonlySet<string> = new Set(['AssignVariableOp', 'Assign']);
const BETWEEN: ReadonlySet<string> = new Set([
  'Identity',
  'Enter',
  'RefEnter',
  'RefIdentity',
  'Reshape',
  'Cast',
]);
const OBJECT_GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH';

/**
 * Which tensor of the checkpoint each variable gets, by the variable's node: read off the graph that TensorFlow's
 * own loader runs to restore the model, which is the one account that TF1 and TF2 files share.
 */
export function restoredPlaces(metaGraph: MetaGraphDef, inliner: Inliner): Map<string, CheckpointPlace> {
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

/**
 * The keys of saved objects' values by the objects' numbers, as the checkpoint itself notes them. What Keras 3 models are
 * given to tf.saved_model.save leaves is restored by these alone.
 * @throws UserError if the checkpoint's account is garbled
 */
export function objectKeys(bundle: Bundle): Map<number, string> {
  const keys = new Map<number, string>();
  const bytes = bundle.has(OBJECT_GRAPH) ? bundle.loadBytes(OBJECT_GRAPH)[0] : undefined;
  if (!bytes) return keys;
  try {
    const { nodes } = fromBinary(TrackableObjectGraphSchema, bytes);
    for (const [id, node] of nodes.entries()) {
      const value = node.attributes.find((attribute) => attribute.name === 'VARIABLE_VALUE');
      if (value) keys.set(id, value.checkpointKey);
    }
  } catch {
    throw new UserError(`The checkpoint's ${OBJECT_GRAPH} is garbled: copy or export the model again.`);
  }
  return keys;
}
