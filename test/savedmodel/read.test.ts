import { describe, expect, test } from 'vitest';
import { readSavedModel } from '../../src/model/savedmodel/read.js';
import { factsOf, fixture } from './fixture.js';

const FIXTURES = [
  'keras3',
  'keras3-saved',
  'keras3-attention',
  'keras3-recurrent',
  'keras3-stateful',
  'keras2',
  'module',
  'tf1',
  'tf1-recurrent',
  'dtypes',
];

describe.each(FIXTURES)('%s', (name) => {
  test('has the variables that TensorFlow has, bit for bit', async () => {
    const graph = await readSavedModel(fixture(name));
    const found = [...graph.constants.values()].filter((constant) => constant.variable !== undefined);
    const expected = factsOf(name).variables.filter(({ name }) => !/seed|iteration|learning_rate/.test(name));
    const stored = found.map((constant) => {
      const { dtype, shape, data } = constant.load();
      expect(constant).toMatchObject({ dtype, shape });
      return { dtype, shape: [...shape], data: Array.from<number | bigint | string>(data).map(plain) };
    });
    expect(stored.map(sortable).sort()).toEqual(
      expected.map(({ dtype, shape, data }) => sortable({ dtype, shape, data })).sort(),
    );
  });

  test('lists nodes after what they read, and makes every value that is read', async () => {
    const graph = await readSavedModel(fixture(name));
    const known = new Set([...graph.constants.keys(), ...graph.inputs.map((input) => input.value)]);
    for (const node of graph.nodes) {
      expect(node.inputs.filter((value) => !known.has(value))).toEqual([]);
      for (const value of node.outputs) known.add(value);
    }
    expect(graph.outputs.filter((output) => !known.has(output.value))).toEqual([]);
    expect(graph.outputs.map((output) => output.key)).toEqual(Object.keys(factsOf(name).outputs).sort());
    expect(graph.inputs.map((input) => input.key)).toEqual(Object.keys(factsOf(name).inputs).sort());
  });

  test('holds nothing of training, saving or restoring', async () => {
    const graph = await readSavedModel(fixture(name));
    const leftovers =
      /^(Save|Restore|Assert|CheckNumerics|Assign|NoOp|.*PartitionedCall|.*Switch|Enter|NextIteration|Identity|ReadVariableOp|.*Random.*)/;
    expect(graph.nodes.map((node) => node.op).filter((op) => leftovers.test(op))).toEqual([]);
  });
});

test('names variables as their author did', async () => {
  for (const name of ['keras3', 'keras2', 'module', 'tf1', 'dtypes']) {
    const { constants } = await readSavedModel(fixture(name));
    const names = [...constants.values()].flatMap((constant) => constant.variable ?? []);
    const expected = factsOf(name).variables.map((variable) => variable.name);
    expect(names.sort()).toEqual(expected.filter((variable) => !/seed/.test(variable)).sort());
  }
});

test('takes the signature that is asked for', async () => {
  const row = await readSavedModel(fixture('module'), { signature: 'row' });
  expect(row.inputs).toEqual([{ key: 'row', value: 'row_row:0', dtype: 'float32', shape: [null, 4] }]);
  expect(row.nodes.map((node) => node.op)).toEqual(['MatMul', 'AddV2', 'Relu']);
});

test('keeps shapes, attributes and scopes', async () => {
  const { inputs, nodes } = await readSavedModel(fixture('keras3'));
  expect(inputs[0]).toMatchObject({ key: 'image', dtype: 'float32', shape: [null, 6, 6, 3] });
  const conv = nodes.find((node) => node.op === 'Conv2D')!;
  expect(conv.outputShapes).toEqual([[null, 6, 6, 3]]);
  expect(conv.scope.slice(1)).toEqual(['inner_1', 'conv2d_1']);
  expect(conv.attrs.get('strides')).toEqual({ kind: 'ints', value: [1, 1, 1, 1] });
  expect(conv.attrs.get('padding')).toEqual({ kind: 'string', value: 'SAME' });
  // Left out of the file because it is the default:
  expect(conv.attrs.get('data_format')).toEqual({ kind: 'string', value: 'NHWC' });
});

test("resolves TF1's conditional on a training flag to inference", async () => {
  const { nodes, inputs } = await readSavedModel(fixture('tf1'));
  expect(inputs.map((input) => input.key)).toEqual(['image']);
  expect(nodes.map((node) => node.op)).toEqual([
    'Conv2D',
    'BiasAdd',
    'Relu',
    'Reshape',
    'ConcatV2',
    'MatMul',
    'ConcatV2',
    'AddV2',
    'Mul',
    'Softmax',
  ]);
});

function plain(value: number | bigint | string): number | string {
  return typeof value === 'bigint' ? String(value) : value;
}

function sortable(tensor: { dtype: string; shape: number[]; data: (number | string)[] }): string {
  const float = tensor.dtype === 'float32' || tensor.dtype === 'complex64';
  return JSON.stringify({
    ...tensor,
    data: float ? tensor.data.map((x) => Math.fround(Number(x))) : tensor.data,
  });
}
