import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import {
  FunctionDefSchema,
  type NodeDef,
  NodeDefSchema,
  OpDefSchema,
} from '../../src/model/proto/tensorflow_pb.js';
import { Inliner, resolver } from '../../src/model/savedmodel/inline.js';
import { neededNodes } from '../../src/model/savedmodel/needed.js';

const OPS = new Map([['Neg', create(OpDefSchema, { name: 'Neg', outputArg: [{ name: 'y' }] })]]);

function call(name: string, called: string, input: string[]): NodeDef {
  const f = { value: { case: 'func' as const, value: { name: called } } };
  return create(NodeDefSchema, { name, op: 'PartitionedCall', input, attr: { f } });
}

/** A function of one argument that returns `result` of its nodes. */
function define(name: string, nodeDef: NodeDef[], result: string) {
  const signature = { name, inputArg: [{ name: 'x' }], outputArg: [{ name: 'out' }] };
  return create(FunctionDefSchema, { signature, nodeDef, ret: { out: result } });
}

const neg = (name: string, input: string) => create(NodeDefSchema, { name, op: 'Neg', input: [input] });
const placeholder = create(NodeDefSchema, { name: 'in', op: 'Placeholder' });

test('calls in calls, hundreds deep, are inlined in the order of tracing', () => {
  const depth = 400;
  const functions = new Map(
    Array.from({ length: depth }, (_, at) => {
      const body = [neg('before', 'x')];
      if (at + 1 < depth) body.push(call('a/inner', `f${at + 1}`, ['before:y:0']));
      const last = at + 1 < depth ? 'a/inner:output:0' : 'before:y:0';
      return [`f${at}`, define(`f${at}`, [...body, neg('after', last)], 'after:y:0')];
    }),
  );
  const main = [placeholder, call('call', 'f0', ['in'])];
  const { nodes, aliases } = new Inliner(main, functions, OPS, 'model').inline(['call:0']);
  const resolve = resolver(aliases);
  expect(nodes).toHaveLength(1 + 2 * depth);
  const order = [...nodes.slice(1).entries()].every(([at, node]) =>
    node.inputs.map(resolve).every((value) => value === `${nodes[at]!.name}:0`),
  );
  expect(order).toBe(true);
  expect(resolve('call:0')).toBe('call/after:0');
  expect(nodes[3]!.scope).toEqual(['a', 'a']);
});

test('a chain of many thousand nodes needs no stack', () => {
  const chain = Array.from({ length: 50_000 }, (_, at) => neg(`n${at}`, at ? `n${at - 1}:y:0` : 'x'));
  const functions = new Map([['f', define('f', chain.toReversed(), 'n49999:y:0')]]);
  const main = [placeholder, call('call', 'f', ['in'])];
  const { nodes, aliases } = new Inliner(main, functions, OPS, 'model').inline(['call:0']);
  const ordered = neededNodes(nodes, ['call:0'], (value) => value === 'in:0', resolver(aliases));
  expect(ordered.map((node) => node.name)).toEqual(chain.map((node) => `call/${node.name}`));
});

test('a function that calls itself, and one that is missing, are the file that is damaged', () => {
  const loop = new Map([['f', define('f', [call('again', 'f', ['x'])], 'again:output:0')]]);
  const inline = (functions: typeof loop) =>
    new Inliner([placeholder, call('call', 'f', ['in'])], functions, OPS, 'model').inline(['call:0']);
  expect(() => inline(loop)).toThrow(UserError);
  expect(() => inline(loop)).toThrow(/the function f calls itself/);
  expect(() => inline(new Map())).toThrow(/names the function f, which is missing/);
});
