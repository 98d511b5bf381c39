import { create } from '@bufbuild/protobuf';
import { type MetaGraphDef, type OpDef, OpDefSchema } from '../proto/tensorflow_pb.js';
import type { OpDefs } from './flat.js';

/** An output; `number` is the attribute that tells how many values it is, `types` the one that lists their types. */
interface Output {
  name: string;
  number?: string;
  types?: string;
}

const STATISTICS = ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'];

/** Operations that make several values. */
const OUTPUTS: Readonly<Record<string, readonly Output[]>> = {
  Split: [{ name: 'output', number: 'num_split' }],
  SplitV: [{ name: 'output', number: 'num_split' }],
  Unpack: [{ name: 'output', number: 'num' }],
  ShapeN: [{ name: 'output', number: 'N' }],
  IdentityN: [{ name: 'output', types: 'T' }],
  If: [{ name: 'output', types: 'Tout' }],
  StatelessIf: [{ name: 'output', types: 'Tout' }],
  While: [{ name: 'output', types: 'T' }],
  StatelessWhile: [{ name: 'output', types: 'T' }],
  Case: [{ name: 'output', types: 'Tout' }],
  StatelessCase: [{ name: 'output', types: 'Tout' }],
  Switch: [{ name: 'output_false' }, { name: 'output_true' }],
  Merge: [{ name: 'output' }, { name: 'value_index' }],
  TensorListConcat: [{ name: 'tensor' }, { name: 'lengths' }],
  TensorListConcatV2: [{ name: 'tensor' }, { name: 'lengths' }],
  TensorListPopBack: [{ name: 'output_handle' }, { name: 'tensor' }],
  TensorArrayV3: [{ name: 'handle' }, { name: 'flow' }],
  TensorArrayConcatV3: [{ name: 'value' }, { name: 'lengths' }],
  TopKV2: [{ name: 'values' }, { name: 'indices' }],
  MaxPoolWithArgmax: [{ name: 'output' }, { name: 'argmax' }],
  FusedBatchNorm: STATISTICS.map((name) => ({ name })),
  FusedBatchNormV2: STATISTICS.map((name) => ({ name })),
  FusedBatchNormV3: [...STATISTICS, 'reserve_space_3'].map((name) => ({ name })),
};

/**
 * What the operations of a file look like, as it says itself. TensorFlow leaves out those that are only in branches within
 * branches: of these, the ones with more than one output are filled in.
 */
export function opDefsOf(metaGraph: MetaGraphDef): OpDefs {
  const told = (metaGraph.metaInfoDef?.strippedOpList?.op ?? []).map((op): [string, OpDef] => [op.name, op]);
  const own = Object.entries(OUTPUTS).map(([name, outputs]): [string, OpDef] => [name, opDef(name, outputs)]);
  return new Map([...own, ...told]);
}

function opDef(name: string, outputs: readonly Output[]): OpDef {
  return create(OpDefSchema, {
    name,
    outputArg: outputs.map((output) => ({
      name: output.name,
      numberAttr: output.number ?? '',
      typeListAttr: output.types ?? '',
    })),
  });
}
