import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { translateToOnnx } from '../../src/model/translate/translate.js';
import { channelsLast, distance, GOLDENS, openGolden, runOnnx } from './goldens.js';

const TOLERANCE = 1e-4;
const NETWORKS = ['network', 'noisy', 'untranslatable', 'text'];
const FAMILIES = readdirSync(GOLDENS)
  .map((file) => file.replace('.zip', ''))
  .filter((name) => !NETWORKS.includes(name));

describe('every family of operations gives what TensorFlow gives, for batches of 1 and 3', () => {
  it.each(FAMILIES)('%s', async (family) => {
    const { graph, batches } = await openGolden(family);
    const results = await runOnnx(translateToOnnx(graph, []), batches);
    const wrong = batches.flatMap(({ outputs }, i) =>
      Object.entries(outputs)
        .map(([key, golden]) => ({ batch: i, key, distance: distance(results[i]![key], golden) }))
        .filter((result) => !(result.distance <= TOLERANCE)),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(batches[0]!.outputs).length).toBeGreaterThan(5);
  });
});

describe('a convolutional network', () => {
  it('is turned to channels-first once, at its first convolution', async () => {
    const { graph } = await openGolden('network');
    const { model } = translateToOnnx(graph, []);
    const transposes = model.graph!.node.filter(({ opType }) => opType === 'Transpose');
    // The other one turns the gate of shape (B, 1, 1, C).
    expect(transposes.map(({ name }) => name?.split('/').at(-2))).toEqual(['Conv2D', 'mul']);
  });

  it('holds wanted values in the layout they are computed in, equal to TensorFlow’s', async () => {
    const { graph, batches } = await openGolden('network');
    const ends = Object.keys(batches[0]!.taps!);
    const wanted = ends.map(
      (end) => graph.nodes.flatMap((node) => node.outputs).find((v) => v.endsWith(end))!,
    );
    const translation = translateToOnnx(graph, wanted);
    const places = wanted.map((value) => translation.values.get(value)!);
    expect(places.map(({ channelsFirst }) => channelsFirst)).toEqual([true, true, false]);
    expect(places.map(({ shape }) => shape)).toEqual([
      [null, 5, 5, 6],
      [null, 5, 5, 12],
      [null, 5],
    ]);
    const results = await runOnnx(
      translation,
      batches,
      places.map(({ name }) => name),
    );
    for (const [i, { taps }] of batches.entries()) {
      for (const [j, end] of ends.entries()) {
        const ours = results[i]![places[j]!.name]!;
        expect(distance(places[j]!.channelsFirst ? channelsLast(ours) : ours, taps![end]!)).toBeLessThan(
          1e-5,
        );
      }
    }
  });

  it('keeps the keys of inputs and outputs, and leaves the batch open', async () => {
    const { graph } = await openGolden('network');
    const { input, output } = translateToOnnx(graph, []).model.graph!;
    expect([...input, ...output].map(({ name }) => name)).toEqual(['x', 'y']);
    const type = input[0]!.type!.value;
    expect(type.value?.shape?.dim.map(({ value }) => value.value)).toEqual(['x_0', 9n, 9n, 3n]);
  });
});

describe('loops', () => {
  it('are ONNX’s recurrent operators where they are layers that it has', async () => {
    const { graph } = await openGolden('recurrent');
    const { node } = translateToOnnx(graph, []).model.graph!;
    const counts = ['LSTM', 'GRU', 'RNN', 'Loop'].map(
      (op) => node.filter(({ opType }) => opType === op).length,
    );
    // With other activations, the reset gate before the product, or an output that is not the state, they are loops.
    expect(counts).toEqual([3, 1, 1, 4]);
  });

  it('carry no list that is only read, or written in order', async () => {
    const { graph, batches } = await openGolden('lists');
    const only = (key: string) => ({
      ...graph,
      outputs: graph.outputs.filter((output) => output.key === key),
    });
    const carried = (key: string) => {
      const loop = translateToOnnx(only(key), []).model.graph!.node.find(({ opType }) => opType === 'Loop')!;
      return loop.input.length - 2;
    };
    expect(Object.keys(batches[0]!.outputs)).toContain('in_order');
    expect(['in_order', 'downwards', 'read', 'anywhere'].map(carried)).toEqual([0, 0, 0, 1]);
  });

  it('compute what is the same at every step once, outside', async () => {
    const { graph } = await openGolden('loops');
    const { node } = translateToOnnx(graph, []).model.graph!;
    const bodies = node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => g ?? []));
    expect(bodies.length).toBeGreaterThan(10);
    const made = (body: (typeof bodies)[number]) => new Set(body.node.flatMap(({ output }) => output));
    for (const body of bodies) {
      const own = new Set([...made(body), ...body.input.map(({ name }) => name ?? '')]);
      const outside = body.node.filter(({ opType, input }) => {
        return (
          opType !== 'Identity' &&
          !/Gather|If|Loop|Sequence|Scatter|Div|Mod/.test(opType ?? '') &&
          !input.some((name) => own.has(name))
        );
      });
      expect(outside.map(({ name }) => name)).toEqual([]);
    }
  });
});

describe('what cannot be translated', () => {
  it('is told in one error, with every operation and the layers it stands in', async () => {
    const { graph } = await openGolden('untranslatable');
    const translate = () => translateToOnnx(graph, []);
    expect(translate).toThrow(UserError);
    expect(translate).toThrow(
      'has 3 operations that cannot be translated to ONNX: Lgamma in tail, more; Digamma in head; Igamma in more.',
    );
  });

  it('is told with its reason where augmentation was exported', async () => {
    const { graph } = await openGolden('noisy');
    expect(() => translateToOnnx(graph, [])).toThrow(/Random.* in noise.*still active in this export/);
  });

  it('is told by the input of text, and where it can be run', async () => {
    const { graph } = await openGolden('text');
    expect(() => translateToOnnx(graph, [])).toThrow(
      /^The model's input 'words' takes text, .*\(StringLower.*, StringSplitV2.*, StringToHashBucketFast.*\): take --engine tensorflow/,
    );
  });

  it('does not matter where nothing that is wanted needs it', async () => {
    const { graph } = await openGolden('untranslatable');
    const tail = graph.nodes.find(({ op }) => op === 'Abs')!;
    const { values } = translateToOnnx({ ...graph, outputs: [] }, [tail.outputs[0]!]);
    expect(values.size).toBe(1);
  });
});

it('says that half floats are computed in float32', async () => {
  const { graph } = await openGolden('cast');
  expect(translateToOnnx(graph, []).notes).toEqual([
    "float16 values are computed in float32: they differ from TensorFlow's by its rounding.",
    "bfloat16 values are computed in float32: they differ from TensorFlow's by its rounding.",
  ]);
  const { graph: plain } = await openGolden('matmul');
  expect(translateToOnnx(plain, []).notes).toEqual([]);
});
