import { create } from '@bufbuild/protobuf';
import { onnxValueInfo } from '../onnx/build.js';
import { type ValueInfoProto, ValueInfoProtoSchema } from '../proto/onnx_pb.js';
import type { Emitter } from './emitter.js';
import type { Scope } from './scope.js';
import type { ShapeReader } from './shape-reader.js';
import type { Length, Shape } from './value.js';

/** What one step of an ONNX loop makes. */
export interface Step {
  /** Whether there is another one, a truth value; undefined where only the number of steps tells. */
  again?: string | undefined;
  /** The state in the next step. */
  next: readonly string[];
  /** Values of which one a step is kept, stacked along a new first axis; with their shapes as far as these are known. */
  kept: readonly { name: string; shape: Shape | undefined }[];
}

export interface LoopResult {
  /** The state after the last step. */
  last: string[];
  /** What was kept, (steps, ...); (0, ...) after none. */
  kept: string[];
}

/** A graph that is being made to be run by a loop, and what it is given. */
export interface LoopScope {
  scope: Scope;
  /** The number of the step, an int64 scalar. */
  step: string;
  condition: string;
  state: string[];
}

/** Opens the graph of a loop. */
export function openLoop(onnx: Emitter, initial: readonly string[]): LoopScope {
  const scope = onnx.open('loop');
  return onnx.within(scope, () => ({
    scope,
    step: onnx.input('step', 'int64'),
    condition: onnx.input('condition', 'bool'),
    state: initial.map((name) => onnx.input('state', onnx.dtypeOf(name))),
  }));
}

/**
 * Closes the graph of a loop and emits the ONNX Loop that runs it.
 * @param count how often at most, an int64 scalar
 * @param first whether there is a first step, a truth value
 */
export function closeLoop(
  onnx: Emitter,
  { scope, step, condition, state }: LoopScope,
  initial: readonly string[],
  { count = '', first = onnx.scalar(1, 'bool') }: { count?: string; first?: string },
  made: Step,
): LoopResult {
  const body = onnx.within(scope, () => {
    const names = [made.again ?? condition, ...made.next, ...made.kept.map(({ name }) => name)];
    const outputs = onnx.outputs(names);
    const infos = outputs.map((name, at) => {
      if (at === 0) return onnxValueInfo(name, 'bool', []);
      const kept = made.kept[at - 1 - made.next.length];
      // Where there are no steps, the shape of what they keep is what is said of it here.
      return kept?.shape ? onnxValueInfo(name, onnx.dtypeOf(name), kept.shape) : untyped(name);
    });
    const inputs = [
      onnxValueInfo(step, 'int64', []),
      onnxValueInfo(condition, 'bool', []),
      ...state.map(untyped),
    ];
    return onnx.subgraph(scope, inputs, infos);
  });
  const dtypes = [...made.next, ...made.kept.map(({ name }) => name)].map((name) => onnx.dtypeOf(name));
  const outputs = onnx.emitAll('Loop', [count, first, ...initial], { body: { graph: body } }, dtypes);
  return { last: outputs.slice(0, made.next.length), kept: outputs.slice(made.next.length) };
}

/** Emits an ONNX If. What the branches make may be of different shapes, not of different types. */
export function closeConditional(
  onnx: Emitter,
  condition: string,
  [then, otherwise]: readonly [BranchResult, BranchResult],
): string[] {
  const graphs = [then, otherwise].map(({ scope, outputs }) =>
    onnx.within(scope, () => onnx.subgraph(scope, [], onnx.outputs(outputs).map(untyped))),
  );
  const dtypes = then.outputs.map((name) => onnx.dtypeOf(name));
  if (dtypes.length === 0) return [];
  const attributes = { then_branch: { graph: graphs[0]! }, else_branch: { graph: graphs[1]! } };
  return onnx.emitAll('If', [condition], attributes, dtypes);
}

/** Runs a step for each of the numbers below `count`. */
export function loopOver(
  op: ShapeReader,
  count: Length,
  initial: readonly string[],
  step: (place: string, state: string[]) => Pick<Step, 'next' | 'kept'>,
): LoopResult {
  const loop = openLoop(op.onnx, initial);
  const made = op.onnx.within(loop.scope, () => step(loop.step, loop.state));
  return closeLoop(op.onnx, loop, initial, { count: op.scalar(count) }, made);
}

/** One of two ways to make the same values. */
export function choose(
  op: ShapeReader,
  condition: string,
  then: () => string[],
  otherwise: () => string[],
): string[] {
  const [a, b] = [then, otherwise].map((make): BranchResult => {
    const scope = op.onnx.open('branch');
    return { scope, outputs: op.onnx.within(scope, make) };
  });
  return closeConditional(op.onnx, condition, [a!, b!]);
}

export interface BranchResult {
  scope: Scope;
  outputs: readonly string[];
}

/** onnxruntime finds the types of what graphs within others are given and make. */
function untyped(name: string): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name });
}
