import type { FunctionDef, NodeDef } from '../proto/tensorflow_pb.js';
import { isControl } from './flat.js';
import { PASSES } from './inference.js';

/** The operations that run functions, by the attributes that name these. */
const CALLS: ReadonlyMap<string, readonly string[]> = new Map([
  ['PartitionedCall', ['f']],
  ['StatefulPartitionedCall', ['f']],
  ['While', ['body']],
  ['StatelessWhile', ['body']],
  ['If', ['then_branch', 'else_branch']],
  ['StatelessIf', ['then_branch', 'else_branch']],
  ['Case', ['branches']],
  ['StatelessCase', ['branches']],
]);

/**
 * Which argument a function hands on as its result `at`, unchanged; undefined where that is something new. What a loop's body
 * hands on in its own place is the same at every step.
 */
export function handedOn(
  def: FunctionDef,
  at: number,
  functions: ReadonlyMap<string, FunctionDef>,
  around: readonly FunctionDef[] = [],
): number | undefined {
  const { signature } = def;
  const result = signature?.outputArg[at];
  let ref = result && def.ret[result.name];
  const nodes = new Map(def.nodeDef.map((node) => [node.name, node]));
  for (let steps = 0; ref !== undefined && steps <= nodes.size; steps++) {
    const [name = '', , index] = ref.split(':');
    const argument = signature?.inputArg.findIndex((arg) => arg.name === name) ?? -1;
    if (argument >= 0) return argument;
    const node = nodes.get(name);
    const input = node && sourceOf(node, Number(index ?? 0), functions, [...around, def]);
    ref = input === undefined ? undefined : node?.input.filter((each) => !isControl(each))[input];
  }
  return undefined;
}

/** Which of a node's inputs its output is. */
function sourceOf(
  node: NodeDef,
  output: number,
  functions: ReadonlyMap<string, FunctionDef>,
  around: readonly FunctionDef[],
): number | undefined {
  if (PASSES.has(node.op)) return 0;
  if (node.op === 'IdentityN') return output;
  const through = (CALLS.get(node.op) ?? []).flatMap(namesIn(node)).map((name) => {
    const def = functions.get(name);
    return def && !around.includes(def) ? handedOn(def, output, functions, around) : undefined;
  });
  const [source] = through;
  if (source === undefined || through.some((other) => other !== source)) return undefined;
  if (node.op.endsWith('While')) return source === output ? source : undefined;
  // The first input of a conditional is its condition.
  return /(If|Case)$/.test(node.op) ? source + 1 : source;
}

function namesIn({ attr }: NodeDef): (attribute: string) => string[] {
  return (attribute) => {
    const value = attr[attribute]?.value;
    if (value?.case === 'list') return value.value.func.map(({ name }) => name);
    return value?.case === 'func' ? [value.value.name] : [];
  };
}
