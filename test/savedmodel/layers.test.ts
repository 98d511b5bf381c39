import { describe, expect, test } from 'vitest';
import { openModel } from '../../src/model/open.js';
import { findTensorflowLayers } from '../../src/model/savedmodel/layers.js';
import { readSavedModel } from '../../src/model/savedmodel/read.js';
import type { Dim } from '../../src/tensor.js';
import { factsOf, fixture } from './fixture.js';

async function layersOf(name: string) {
  const graph = await readSavedModel(fixture(name));
  return { graph, ...findTensorflowLayers(graph) };
}

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
];

describe.each(FIXTURES)('%s', (name) => {
  test('has the layers that its author made, in the order of their calls', async () => {
    const { layers, skipped } = await layersOf(name);
    const expected = factsOf(name).layers;
    expect(skipped.map(({ name }) => name)).toEqual(name === 'tf1-recurrent' ? ['other'] : []);
    expect(layers.map(({ name, kind }) => ({ name, kind }))).toEqual(
      expected.map(({ name, kind }) => ({ name, kind })),
    );
    for (const [at, { parameters, shape }] of expected.entries()) {
      const layer = layers[at]!;
      if (parameters !== undefined) expect(layer.parameters).toBe(parameters);
      if (shape !== undefined) expect(afterBatch(layer.outputShape)).toEqual(shape.slice(1));
    }
  });

  test('taps values that the graph makes', async () => {
    const { graph, layers } = await layersOf(name);
    const made = new Set(graph.nodes.flatMap((node) => node.outputs));
    for (const layer of layers) {
      expect(made).toContain(layer.preActivation);
      expect(made).toContain(layer.activation);
    }
  });
});

test('tells what is before an activation from what is after it', async () => {
  const { graph, layers } = await layersOf('keras3');
  const ops = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node.op])));
  const taps = layers.map((layer) => [layer.name, ops.get(layer.preActivation), ops.get(layer.activation)]);
  expect(taps).toEqual([
    ['inner-conv2d', 'BiasAdd', 'Relu'],
    ['inner-separable_conv2d-depthwise', 'DepthwiseConv2dNative', 'DepthwiseConv2dNative'],
    ['inner-separable_conv2d', 'Conv2D', 'Conv2D'],
    ['inner-conv2d#2', 'BiasAdd', 'Relu'],
    ['inner-separable_conv2d-depthwise#2', 'DepthwiseConv2dNative', 'DepthwiseConv2dNative'],
    ['inner-separable_conv2d#2', 'Conv2D', 'Conv2D'],
    // gelu, which is several operations
    ['dense', 'BiasAdd', 'Mul'],
    ['dense_1', 'MatMul', 'Softmax'],
  ]);
});

test('taps both directions in the order of time, and what they are merged to', async () => {
  const { graph, layers } = await layersOf('keras3-stateful');
  const ops = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node.op])));
  expect(layers.map(({ name, activation }) => [name, ops.get(activation)])).toEqual([
    ['both-forward_rnn', 'Transpose'],
    ['both-backward_rnn', 'ReverseV2'],
    ['both', 'ConcatV2'],
  ]);
});

test('says where steps come first', async () => {
  const { layers } = await layersOf('tf1-recurrent');
  expect(layers.map(({ axes }) => axes)).toEqual([
    { features: 'last', mergedFeatureAxes: 1, stepsFirst: true },
    { features: 'last', mergedFeatureAxes: 1 },
  ]);
});

test('a state that is saved for so many samples fixes the batch', async () => {
  const shapes = async (name: string) => (await openModel(fixture(name))).inputs.map(({ shape }) => shape);
  expect(await shapes('keras3-stateful')).toEqual([[2, 4, 3]]);
  expect(await shapes('keras3-recurrent')).toEqual([[null, 5, 3]]);
});

test("merges the heads of attention's projections", async () => {
  const { layers } = await layersOf('keras3-attention');
  expect(layers.map((layer) => layer.axes)).toEqual([
    { features: 'last', mergedFeatureAxes: 2 },
    { features: 'last', mergedFeatureAxes: 2 },
    { features: 'last', mergedFeatureAxes: 2 },
    { features: 'last', mergedFeatureAxes: 1 },
    { features: 'last', mergedFeatureAxes: 1 },
  ]);
});

test('puts the unrolled steps of TimeDistributed together', async () => {
  const { graph, layers } = await layersOf('keras3-attention');
  const layer = layers.find(({ name }) => name === 'time_distributed')!;
  const pack = graph.nodes.find((node) => node.outputs.includes(layer.preActivation))!;
  expect(pack.op).toBe('Pack');
  expect(pack.attrs.get('axis')).toEqual({ kind: 'int', value: 1 });
  const makers = pack.inputs.map((value) => graph.nodes.find((node) => node.outputs.includes(value))!.op);
  expect(makers).toEqual(['BiasAdd', 'BiasAdd', 'BiasAdd', 'BiasAdd']);
  expect(layer.activation).not.toBe(layer.preActivation);
});

test('says what it does not record, and why', async () => {
  const graph = await readSavedModel(fixture('module'), { signature: 'unusual' });
  const { layers, skipped } = findTensorflowLayers(graph);
  expect(layers.map(({ name, outputShape }) => [name, outputShape])).toEqual([['one', [null, 4]]]);
  expect(skipped).toEqual([
    { name: 'blocks-0', kind: 'dense', reason: 'its features are not the last axes of its output' },
    { name: 'blocks-1', kind: 'dense', reason: 'it runs inside a conditional, for some inputs only' },
    {
      name: 'blocks-1#2',
      kind: 'dense',
      reason: 'it runs inside a loop, whose steps cannot be recorded one by one',
    },
  ]);
});

function afterBatch(shape: readonly Dim[] | undefined) {
  return shape?.slice(1);
}
