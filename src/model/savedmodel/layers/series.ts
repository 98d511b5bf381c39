import type { GraphNode } from '../../graph.js';
import type { Dataflow } from './dataflow.js';
import type { Recurrence } from './recurrent.js';

/** What a recurrent layer hands on. */
export interface Series {
  value: string;
  /** Whether it is (T, B, U), steps before samples. */
  stepsFirst: boolean;
}

/** What reads all elements of a list of tensors, or one. */
const WHOLE: ReadonlySet<string> = new Set(['TensorListStack', 'TensorListGather', 'TensorArrayGatherV3']);
const ELEMENT: ReadonlySet<string> = new Set(['TensorListGetItem', 'TensorArrayReadV3']);
/**
 * What a recurrent layer hands on: the outputs that its loop collected, turned to (B, T, U) where the layer does that, or the last
 * step of them, (B, U); the state where nothing else is read of it.
 * @param inLayer tells the nodes of the layer
 */
export function seriesOf(
  { node, state }: Recurrence,
  flow: Dataflow,
  inLayer: (node: GraphNode) => boolean,
): Series | undefined {
  const readers = node.outputs.flatMap((value) => (value === '' ? [] : readersOf(value, flow)));
  for (const reader of readers.filter(isOfFloats)) {
    const { op, outputs } = reader;
    if (ELEMENT.has(op)) return { value: outputs[0]!, stepsFirst: false };
    if (WHOLE.has(op)) return turned(outputs[0]!, flow, inLayer);
  }
  if (state === '') return undefined;
  const exit = flow.readersOf(state).find((reader) => reader.op === 'Exit');
  return { value: exit?.outputs[0] ?? state, stepsFirst: false };
}

/** What a loop collects besides may be words, or flags. */
function isOfFloats({ attrs }: GraphNode): boolean {
  const type = attrs.get('element_dtype') ?? attrs.get('dtype');
  return type?.kind === 'type' && type.value?.includes('float') === true;
}

function readersOf(value: string, flow: Dataflow): GraphNode[] {
  return flow
    .readersOf(value)
    .flatMap((reader) => (reader.op === 'Exit' ? readersOf(reader.outputs[0]!, flow) : [reader]));
}

/** The outputs of all steps, (T, B, U), as the layer hands them on. */
function turned(stack: string, flow: Dataflow, inLayer: (node: GraphNode) => boolean): Series {
  const readers = flow.readersOf(stack).filter(inLayer);
  for (const op of ['Transpose', 'StridedSlice', 'Squeeze', 'Reshape']) {
    const reader = readers.find((each) => each.op === op);
    if (reader) return { value: reader.outputs[0]!, stepsFirst: false };
  }
  // One number a step, or one step a sample, has no samples to be second.
  return { value: stack, stepsFirst: (flow.shapeOf(stack)?.length ?? 3) > 2 };
}
