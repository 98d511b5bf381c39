import { UserError } from '../../errors.js';
import type { GraphNode } from '../graph.js';

/** Thrown while one operation is translated: what about it the translation lacks. */
export class Unsupported extends Error {
  override name = 'Unsupported';
}

/** The network cannot be translated to ONNX; TensorFlow itself may run it. */
export class Untranslatable extends UserError {
  override name = 'Untranslatable';

  /** @param operations what is missing, in short: names of operations, types */
  constructor(
    message: string,
    readonly operations: readonly string[],
  ) {
    super(message);
  }
}
/** What is unusual about operations that stand in a graph only where they cannot be translated. */
const UNUSUAL: ReadonlyMap<string, string> = new Map([
  ['ReadVariableOp', 'of a variable that was assigned before'],
  ['Switch', 'of a conditional that cannot be told'],
  ['Merge', 'of a conditional that cannot be told'],
]);

/** Collects what cannot be translated, so that one message tells all of it. */
export class MissingOperations {
  /** Operation (and what about it) -> the layers it stands in. */
  private readonly places = new Map<string, Set<string>>();

  add(node: GraphNode, reason: string | undefined = UNUSUAL.get(node.op)): void {
    const what = reason ? `${node.op} (${reason})` : node.op;
    const layers = this.places.get(what) ?? new Set();
    layers.add(placeOf(node));
    this.places.set(what, layers);
  }

  /** @param text an input that takes text */
  error(text?: string): Untranslatable {
    const operations = [...this.places.keys()];
    if (text !== undefined && !operations.some(isRandom)) {
      return new Untranslatable(
        `The model's input '${text}' takes text, and only TensorFlow runs what is done to it (${enumerate(operations)}): take --engine tensorflow, or export a signature that starts behind this preprocessing.`,
        operations,
      );
    }
    const list = [...this.places].map(([what, layers]) => `${what} in ${enumerate([...layers])}`);
    const count = list.length === 1 ? 'an operation' : `${list.length} operations`;
    return new Untranslatable(
      `The model has ${count} that cannot be translated to ONNX: ${list.join('; ')}. ${adviceOn(operations)}`,
      operations,
    );
  }
}

function isRandom(operation: string): boolean {
  return /Random|Multinomial/.test(operation);
}

function adviceOn(operations: readonly string[]): string {
  if (operations.some(isRandom)) {
    return 'Random layers (augmentation, noise) are still active in this export: export the model without them, or a function that calls it with training=False.';
  }
  if (operations.some((what) => /String|Regex|Ragged|LookupTable|of strings/.test(what))) {
    return 'Text, ragged tensors and look-ups in tables are run by TensorFlow alone: take --engine tensorflow, or export a signature that starts behind them.';
  }
  return 'TensorFlow itself runs them where it is installed: take --engine tensorflow, replace these layers before the export, or export the model to ONNX and give that file.';
}

/** The layer that an operation stands in: its scope, or else its own name. */
function placeOf(node: GraphNode): string {
  const withoutCalls = (path: readonly string[]) =>
    path.filter((part) => !/^(Stateful)?PartitionedCall(_\d+)?$/.test(part)).join('/');
  return withoutCalls(node.scope) || withoutCalls(node.name.split('/'));
}

function enumerate(items: readonly string[]): string {
  const shown = items.slice(0, 8);
  const more = items.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
