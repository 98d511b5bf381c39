import { readFileSync, writeFileSync } from 'node:fs';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/dump/npy.js';
import { onnxModel, onnxNode, onnxTensor, onnxValueInfo } from '../../src/model/onnx/build.js';
import { GraphProtoSchema, ModelProtoSchema } from '../../src/model/proto/onnx_pb.js';
import type { PcaResult } from '../../src/project/result.js';
import { delve } from '../cli/host.js';
import { numbersApart } from '../plots/svg-text.js';
import { temporaryFolder } from '../writers/recordings.js';

const MLP = 'fixtures/mnist/mlp';
const CNN = 'fixtures/mnist/cnn';
const IMAGES = 'fixtures/mnist/images.npy';
const LABELS = 'fixtures/mnist/labels.npy';
const TORCH = ['fixtures/torch/cnn.onnx', '--data', 'fixtures/torch/images.npy'];

const { at, files } = temporaryFolder();

async function pca(...args: string[]): Promise<PcaResult> {
  const { code, stdout, stderr } = await delve(['pca', ...args, '--engine', 'onnx', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return JSON.parse(stdout);
}

async function fails(...args: string[]): Promise<string> {
  const before = files();
  const { code, stdout, stderr } = await delve(['pca', ...args, '--engine', 'onnx']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(files()).toEqual(before);
  expect(stderr).toMatch(/^(engine: [^\n]*\n)?error: [^\n]*\n$/);
  return stderr;
}

function labelsFile(name: string, values: number[]): string {
  writeFileSync(at(name), encodeNpy({ shape: [values.length], data: Float64Array.from(values) }));
  return at(name);
}

/** A network of two outputs, `kind` of three classes and `size`, and 30 samples for it. */
function forked(): string[] {
  const weights = (name: string, shape: number[]) => {
    const data = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(1 + 2.3 * i));
    return onnxTensor(name, { dtype: 'float32', shape, data });
  };
  const graph = create(GraphProtoSchema, {
    name: 'forked',
    node: [
      onnxNode('MatMul', ['x', 'w1'], ['hidden'], {}, '/hidden/MatMul'),
      onnxNode('Relu', ['hidden'], ['active']),
      onnxNode('MatMul', ['active', 'w2'], ['kind'], {}, '/kind/MatMul'),
      onnxNode('MatMul', ['active', 'w3'], ['size'], {}, '/size/MatMul'),
    ],
    initializer: [weights('w1', [4, 8]), weights('w2', [8, 3]), weights('w3', [8, 1])],
    input: [onnxValueInfo('x', 'float32', [null, 4])],
    output: [onnxValueInfo('kind', 'float32', [null, 3]), onnxValueInfo('size', 'float32', [null, 1])],
  });
  writeFileSync(at('forked.onnx'), toBinary(ModelProtoSchema, onnxModel(graph, 17, 8)));
  const data = Float64Array.from({ length: 120 }, (_, i) => Math.cos(i * i));
  writeFileSync(at('x.npy'), encodeNpy({ shape: [30, 4], data }));
  return [at('forked.onnx'), '--data', at('x.npy')];
}

describe('the experiment', () => {
  it('keeps the accuracy of the MNIST CNN with eigenvectors, and loses it with random directions', async () => {
    const { accuracy, thresholds, unprojected } = await pca(
      ...[CNN, '--data', IMAGES, '--labels', LABELS],
      ...['--threshold', '0.9,0.99', '--random', '2'],
    );
    expect(unprojected).toEqual([]);
    // Of the test images, by Keras.
    expect(accuracy).toBeCloseTo(0.99, 9);
    const [low, high] = thresholds;
    expect(high!.pca.accuracy).toBeGreaterThan(0.975);
    expect(high!.pca.accuracy).toBeGreaterThan(low!.pca.accuracy!);
    for (const { accuracy: found } of high!.random) expect(found).toBeLessThan(0.3);
    expect(high!.pca.change).toBeLessThan(low!.pca.change);
  });

  it('changes nothing where all directions are kept', async () => {
    const { thresholds, layers } = await pca(
      ...[MLP, '--data', IMAGES, '--limit', '60', '--threshold', '1', '--rule', 'textbook', '--random', '2'],
      ...['--layers', 'digit'],
    );
    expect(layers.map(({ layer }) => layer)).toEqual(['digit']);
    const [{ kept, d, pca: own, random }] = thresholds as [PcaResult['thresholds'][0]];
    // The outputs of ten units may lie in a plane of nine.
    expect(kept).toBeGreaterThanOrEqual(d - 1);
    for (const outcome of kept === d ? [own, ...random] : [own]) {
      expect(outcome.change).toBeLessThan(1e-5);
      expect(outcome.agreement).toBe(1);
    }
  });

  it('is the same again, whatever the batches, and another with another seed', async () => {
    const args = [
      MLP,
      '--data',
      IMAGES,
      '--labels',
      LABELS,
      '--limit',
      '80',
      '--random',
      '2',
      '--threshold',
      '0.9',
    ];
    const first = await pca(...args);
    const again = await pca(...args, '--batch-size', '7');
    const other = await pca(...args, '--seed', '1');
    expect(again.layers).toEqual(first.layers);
    const [a, b, c] = [first, again, other].map(({ thresholds }) => thresholds[0]!);
    expect(b!.pca.accuracy).toBeCloseTo(a!.pca.accuracy!, 1);
    for (const [i, { change }] of b!.random.entries()) expect(change).toBeCloseTo(a!.random[i]!.change, 4);
    expect(c!.pca).toEqual(a!.pca);
    expect(Math.abs(c!.random[0]!.change - a!.random[0]!.change)).toBeGreaterThan(1e-4);
  });

  it('takes the covariances of a dump that is there', async () => {
    const recorded = ['--threshold', '0.9,0.99', '--random', '0', '--labels', LABELS];
    const { code } = await delve([
      'record',
      MLP,
      '--data',
      IMAGES,
      '--stats',
      'lsat,cov',
      '--out',
      at('run'),
      '--quiet',
      '--engine',
      'onnx',
    ]);
    expect(code).toBe(0);
    const from = await pca(MLP, '--data', IMAGES, ...recorded, '--dump', at('run'));
    const now = await pca(MLP, '--data', IMAGES, ...recorded);
    expect(from.layers).toEqual(now.layers);
    expect(from.thresholds.map(({ pca: own }) => own.accuracy)).toEqual(
      now.thresholds.map(({ pca: own }) => own.accuracy),
    );
  });

  it('looks at one of several outputs; layers that it does not depend on change nothing', async () => {
    const args = [...forked(), '--random', '1', '--threshold', '0.6'];
    expect((await pca(...args, '--output', 'kind')).output).toBe('kind');
    const apart = await pca(...args, '--output', 'kind', '--layers', 'size');
    expect(apart.thresholds[0]!.pca).toEqual({ change: 0, agreement: 1 });
    expect(apart.thresholds[0]!.random[0]).toEqual({ change: 0, agreement: 1 });
    expect(
      (await pca(...args, '--output', 'kind', '--layers', 'hidden')).thresholds[0]!.pca.change,
    ).toBeGreaterThan(0.01);
  });

  it('writes the projected network, which is projected already', async () => {
    const args = ['--data', IMAGES, '--labels', LABELS, '--random', '0'];
    const chosen = ['--layers', 'hidden*', '--threshold', '0.9', '--export', at('projected.onnx')];
    const measured = await pca(MLP, ...args, ...chosen);
    expect(files()).toEqual(['projected.onnx']);
    const again = await pca(at('projected.onnx'), ...args, '--layers', '*digit*', '--threshold', '1');
    expect(again.accuracy).toBeCloseTo(measured.thresholds[0]!.pca.accuracy!, 9);
  });
});

describe('its results', () => {
  const args = ['pca', MLP, '--data', IMAGES, '--limit', '60', '--engine', 'onnx'];

  it('are a table, and what is said beside it', async () => {
    const { stdout } = await delve([...args, '--labels', LABELS, '--threshold', '0.9,0.99', '--random', '2']);
    const [head, first, second, about] = stdout.split('\n');
    expect(head).toMatch(/^threshold +directions +saturation +accuracy +random directions$/);
    expect(first).toMatch(/^ +0\.9 +\d+ of 202 +0\.\d{4} +\d\.\d{4} +\d\.\d{4} ± \d\.\d{4}$/);
    expect(second).toMatch(/^ +0\.99 /);
    expect(about).toMatch(
      /^without projections: accuracy \d.*\(60 samples, labels from fixtures\/mnist\/labels\.npy\)$/,
    );
  });

  it('without labels are the predictions that stay, and the change', async () => {
    const { stdout } = await delve([...args, '--threshold', '0.9', '--random', '0']);
    expect(stdout).toMatch(/^threshold +directions +saturation +predictions that stay +change\n/);
    expect(stdout).toContain('60 samples; accuracy takes labels (--labels)');
  });

  it('are a csv, a row for each threshold and draw', async () => {
    const more = ['--labels', LABELS, '--threshold', '0.9,0.99', '--random', '2'];
    const { stdout } = await delve([...args, ...more, '--csv', '-']);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(';'));
    expect(rows[0]).toEqual([
      'threshold',
      'directions',
      'draw',
      'kept',
      'of',
      'accuracy',
      'change',
      'agreement',
    ]);
    expect(rows.slice(1).map((row) => row.slice(0, 3))).toEqual([
      ['', 'all', ''],
      ...['0.9', '0.99'].flatMap((threshold) => [
        [threshold, 'eigenvectors', ''],
        [threshold, 'random', '0'],
        [threshold, 'random', '1'],
      ]),
    ]);
    const json = await pca(...args.slice(1), ...more);
    expect(Number(rows[1]![5])).toBe(json.accuracy);
    expect(rows.slice(2).map((row) => row.slice(5).map(Number))).toEqual(
      json.thresholds.flatMap(({ pca: own, random }) =>
        [own, ...random].map(({ accuracy, change, agreement }) => [accuracy, change, agreement]),
      ),
    );
  });

  it('are a figure, as it was looked at', async () => {
    const { code } = await delve([
      'pca',
      CNN,
      '--data',
      IMAGES,
      '--labels',
      LABELS,
      '--engine',
      'onnx',
      '--random',
      '5',
      '--plot',
      at('mnist-pca.svg'),
    ]);
    expect(code).toBe(0);
    const found = numbersApart(readFileSync(at('mnist-pca.svg'), 'utf8'));
    const wanted = numbersApart(readFileSync('fixtures/plots/mnist-pca.svg', 'utf8'));
    expect(found.skeleton).toBe(wanted.skeleton);
    // A sample of 500 more or less is a pixel.
    const off = found.numbers.filter((number, i) => Math.abs(number - wanted.numbers[i]!) > 1.5);
    expect(off).toEqual([]);
  });
});

describe('what it refuses', () => {
  it('labels of other data, and of other classes', async () => {
    const few = await fails(MLP, '--data', IMAGES, '--labels', labelsFile('few.npy', [1, 2, 3]));
    expect(few).toContain(
      `few.npy holds labels of 3 samples, and ${IMAGES} 500 samples; give the labels of this data`,
    );
    const beyond = labelsFile(
      'beyond.npy',
      Array.from({ length: 500 }, (_, i) => i % 12),
    );
    expect(await fails(MLP, '--data', IMAGES, '--labels', beyond)).toMatch(
      /beyond\.npy has the class 1[01], but the model tells 10 apart, 0 to 9; give/,
    );
  });

  it('a network of several outputs, unless one is named', async () => {
    const args = forked();
    expect(await fails(...args)).toContain('forked.onnx has 2 outputs (kind, size); name one with --output');
    expect(await fails(...args, '--output', 'kinds')).toMatch(/--output kinds: .*kind/);
  });

  it('exports at several thresholds, and to what this engine does not write', async () => {
    const args = [MLP, '--data', IMAGES, '--export'];
    expect(await fails(...args, at('x.onnx'))).toMatch(
      /x\.onnx: a network is exported at one threshold, and there are 4 \(0\.8, 0\.9, 0\.95, 0\.99\); give one/,
    );
    expect(await fails(...args, at('x'), '--threshold', '0.9')).toMatch(
      /x: the engine onnx exports an \.onnx file; give that ending; a SavedModel folder takes --engine tensorflow/,
    );
  });

  it('dumps without means, or of another network', async () => {
    expect(await fails(...TORCH, '--dump', 'fixtures/torch/expected/cnn')).toMatch(
      /fixtures\/torch\/expected\/cnn holds no mean of conv1, which projections need/,
    );
    expect(await fails(MLP, '--data', IMAGES, '--dump', 'fixtures/torch/expected/cnn')).toMatch(
      /fixtures\/torch\/expected\/cnn holds nothing of the layer .+ \(it has .+\); give the dump of this network/,
    );
  });

  it('data from a pipe, none at all, and figures of other kinds', async () => {
    expect(await fails(MLP, '--data', '-')).toContain('--data -: the data is run several times');
    expect(await fails(MLP)).toContain('no dataset given; add --data PATH');
    expect(await fails(MLP, '--data', IMAGES, '--plot', 'x.pdf')).toMatch(/--plot x\.pdf: /);
    expect(await fails(MLP, '--data', IMAGES, '--csv', '-', '--json')).toContain(
      '--csv - and --json both go to stdout',
    );
  });
});
