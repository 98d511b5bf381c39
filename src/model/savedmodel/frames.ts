import type { Loop, LoopVariable } from '../graph.js';
import { dataInputs, type FlatNode } from './flat.js';
import { Flow } from './flow.js';
import { resolver } from './inline.js';
import { shapeOf } from './tensor-proto.js';

/** A loop of TF1's: the operations that make it one. */
interface Frame {
  condition: FlatNode;
  variables: Variable[];
}

interface Variable {
  merge: FlatNode;
  enter: FlatNode;
  next: FlatNode;
  /** Sends the value on into the body or out of the loop; there may be none, or several. */
  switches: FlatNode[];
  exits: FlatNode[];
}

/**
 * Raises TF1's while loops, which are made of `Enter`, `Merge`, `LoopCond`, `Switch`, `NextIteration` and `Exit`, to loops with a condition
 * and a body, as TF2 has them: a `While` by the name of the `LoopCond`, whose results go to the `Exit`s. What they are is told by TensorFlow's
 * white paper "Implementation of Control Flow in TensorFlow" (2017). Those within another loop are left in its body as they are.
 * @param aliases gets what the loops' own operations stand for
 */
export function raiseLoops(nodes: readonly FlatNode[], aliases: Map<string, string>): FlatNode[] {
  const conditions = nodes.filter((node) => node.op === 'LoopCond');
  if (conditions.length === 0) return [...nodes];
  const flow = new Flow(nodes, resolver(aliases));
  const frames = conditions.map((condition) => frameOf(condition, flow));
  const insides = new Map(frames.map((frame) => [frame, insideOf(frame, frames, flow)]));
  const outer = frames.filter((frame) =>
    frames.every((other) => other === frame || !insides.get(other)!.has(frame.condition)),
  );
  const within = new Set(outer.flatMap((frame) => [...insides.get(frame)!]));
  const results = new Map<FlatNode, string>();
  const own = new Set<FlatNode>();
  const loops = new Map<FlatNode, FlatNode>();
  for (const frame of outer) {
    const { condition, variables } = frame;
    for (const [at, { merge, enter, next, switches, exits }] of variables.entries()) {
      for (const node of [merge, enter, next, ...switches]) own.add(node);
      for (const exit of exits) results.set(exit, `${condition.name}:${at}`);
      for (const each of switches) aliases.set(`${each.name}:1`, `${merge.name}:0`);
    }
    const body = nodes.filter(
      (node) => insides.get(frame)!.has(node) && !own.has(node) && node !== condition,
    );
    loops.set(condition, loopNode(condition, variables, body));
  }
  for (const node of nodes) {
    // What enters a loop and does not change there is the same inside.
    if (is(node, 'Enter') && !own.has(node) && !within.has(node))
      aliases.set(`${node.name}:0`, node.inputs[0]!);
  }
  return nodes.flatMap((node) => {
    const result = results.get(node);
    if (result !== undefined) return { ...node, op: 'Exit', inputs: [result] };
    const loop = loops.get(node);
    if (loop) return loop;
    return own.has(node) || within.has(node) ? [] : node;
  });
}

function loopNode(condition: FlatNode, variables: readonly Variable[], body: FlatNode[]): FlatNode {
  const control: Loop<FlatNode> = {
    kind: 'loop',
    variables: variables.map(
      ({ merge, enter }, at): LoopVariable => ({
        value: `${merge.name}:0`,
        initial: enter.inputs[0]!,
        result: `${condition.name}:${at}`,
        shape: notedShape(merge),
      }),
    ),
    condition: { nodes: body, outputs: [condition.inputs[0]!] },
    body: { nodes: body, outputs: variables.map(({ next }) => next.inputs[0]!) },
  };
  return {
    name: condition.name,
    op: 'While',
    inputs: control.variables.map(({ initial }) => initial),
    attrs: {},
    // The loop's own scope is inside it.
    scope: condition.scope.slice(0, -1),
    control,
  };
}

function notedShape({ attrs }: FlatNode): LoopVariable['shape'] {
  const noted = attrs._output_shapes?.value;
  const shape = noted?.case === 'list' ? noted.value.shape[0] : undefined;
  return shape && shapeOf(shape);
}

function frameOf(condition: FlatNode, flow: Flow): Frame {
  const switches = flow.readers(condition).filter((node) => is(node, 'Switch'));
  // A variable that only the condition reads has no switch.
  const merges = new Set([
    ...switches.flatMap((node) => flow.maker(node.inputs[0]!) ?? []),
    ...flow.before(condition, (node) => is(node, 'Enter') || is(node, 'Merge')),
  ]);
  const variables = [...merges].flatMap((merge): Variable[] => {
    const sources = dataInputs(merge).flatMap((input) => flow.maker(input) ?? []);
    const enter = sources.find((node) => is(node, 'Enter'));
    const next = sources.find((node) => is(node, 'NextIteration'));
    if (!is(merge, 'Merge') || !enter || !next) return [];
    const own = switches.filter((node) => flow.maker(node.inputs[0]!) === merge);
    const exits = own.flatMap((node) => flow.readers(node)).filter((node) => is(node, 'Exit'));
    return [{ merge, enter, next, switches: own, exits }];
  });
  return { condition, variables };
}

/** The nodes that run at every step of a loop, all of the loops within among them. */
function insideOf(frame: Frame, frames: readonly Frame[], flow: Flow): Set<FlatNode> {
  const exits = new Set(frame.variables.flatMap((variable) => variable.exits));
  const loops = new Set([frame]);
  for (;;) {
    const starts = [...loops].flatMap(({ variables }) => variables.map(({ merge }) => merge));
    const inside = flow.behind(starts, exits);
    // Of a loop within, some variables may not depend on what changes in the one around it.
    const found = frames.filter(
      (other) => !loops.has(other) && other.variables.some(({ enter }) => inside.has(enter)),
    );
    if (found.length === 0) {
      for (const { condition, variables } of loops) {
        if (condition !== frame.condition)
          for (const { enter } of variables) inside.add(enter).add(condition);
      }
      return inside;
    }
    for (const other of found) loops.add(other);
  }
}

/** Variables that are references have operations of their own. */
function is({ op }: FlatNode, name: string): boolean {
  return op === name || op === `Ref${name}`;
}
