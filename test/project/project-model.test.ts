import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replaceFile } from '../../src/dump/atomic.js';
import { encodeNpy } from '../../src/dump/npy.js';
import { pcaCsv } from '../../src/project/csv.js';
import { pcaFigure } from '../../src/project/figure.js';
import { defaultPcaOptions, type PcaOptions } from '../../src/project/options.js';
import { projectModel } from '../../src/project/project-model.js';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import { record } from '../../src/record/record.js';
import { delve } from '../cli/host.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-pca-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const DATA = 'fixtures/mnist/images.npy';
const LABELS = 'fixtures/mnist/labels.npy';

function optionsOf(more: Partial<PcaOptions> = {}): PcaOptions {
  return {
    ...defaultPcaOptions(),
    model: 'fixtures/mnist/cnn',
    data: DATA,
    labels: LABELS,
    engine: 'onnx',
    thresholds: [0.99],
    random: 2,
    ...more,
  };
}

describe('a network whose layers are projected', () => {
  it('keeps its accuracy at 0.99, and loses it with as many random directions', async () => {
    const { accuracy, thresholds, unprojected } = await projectModel(optionsOf());
    const [{ pca, random, kept, d }] = thresholds as [(typeof thresholds)[0]];
    expect(unprojected).toEqual([]);
    expect(accuracy).toBe(0.99);
    expect(pca.accuracy).toBeGreaterThan(0.97);
    for (const draw of random) expect(draw.accuracy).toBeLessThan(0.2);
    expect(kept / d).toBeLessThan(0.5);
  });

  it('is the network itself where all directions are kept', async () => {
    const { thresholds, accuracy, layers } = await projectModel(
      optionsOf({ thresholds: [0.999999999999], layers: ['hidden', 'digit', 'stem'], random: 1 }),
    );
    expect(layers.map(({ layer }) => layer)).toEqual(['stem', 'hidden', 'digit']);
    const [stem, , digit] = layers;
    for (const { d, kept } of [stem!, digit!]) expect(kept[0]!).toBeGreaterThanOrEqual(d - 1);
    expect(thresholds[0]!.pca).toMatchObject({ accuracy, agreement: 1 });
    // What counts is less than the threshold: the last direction is left out.
    expect(thresholds[0]!.pca.change).toBeLessThan(0.02);
  });

  it('is as random as the seed says, whatever else is asked for', async () => {
    const few = { limit: 60, layers: ['hidden'], thresholds: [0.9, 0.5] };
    const first = await projectModel(optionsOf(few));
    expect(await projectModel(optionsOf(few))).toEqual(first);
    const other = await projectModel(optionsOf({ ...few, seed: 1 }));
    expect(other.thresholds[0]!.pca).toEqual(first.thresholds[0]!.pca);
    expect(other.thresholds[0]!.random).not.toEqual(first.thresholds[0]!.random);
    const alone = await projectModel(optionsOf({ ...few, thresholds: [0.9], batchSize: 7 }));
    expect(alone.thresholds[0]!.random[1]!.accuracy).toBe(first.thresholds[0]!.random[1]!.accuracy);
  });

  it('takes a dump in place of a recording', async () => {
    const out = join(folder, 'run');
    await record({
      ...defaultRecordOptions(),
      models: ['fixtures/mnist/cnn'],
      data: [{ mode: 'eval', path: DATA }],
      out,
      points: { convMethod: 'channelwise', timeseriesMethod: 'timestepwise' },
    });
    const recorded = await projectModel(optionsOf({ random: 0 }));
    const dumped = await projectModel(optionsOf({ random: 0, dump: out }));
    expect(dumped.layers).toEqual(recorded.layers);
    expect(dumped.thresholds[0]!.pca.accuracy).toBe(recorded.thresholds[0]!.pca.accuracy);
    await expect(projectModel(optionsOf({ dump: 'fixtures/dump/package' }))).rejects.toThrow(
      /package holds nothing of the layer stem/,
    );
  });

  it('is compared with itself where there are no labels', async () => {
    const { labels, ...without } = optionsOf({ limit: 100 });
    const { accuracy, thresholds } = await projectModel(without);
    expect(accuracy).toBeUndefined();
    expect(thresholds[0]!.pca).toMatchObject({ accuracy: undefined });
    expect(thresholds[0]!.pca.agreement).toBeGreaterThan(0.95);
    expect(labels).toBe(LABELS);
  });

  it('is written as an ONNX file that gives the same', async () => {
    const exportTo = join(folder, 'projected.onnx');
    const { thresholds } = await projectModel(optionsOf({ random: 0, exportTo }));
    const again = await projectModel(
      optionsOf({ model: exportTo, random: 0, layers: ['*digit*'], thresholds: [0.999999999999] }),
    );
    expect(again.accuracy).toBe(thresholds[0]!.pca.accuracy);
  });

  it('is told as csv and as a figure', async () => {
    const result = await projectModel(optionsOf({ limit: 50, thresholds: [0.99, 0.5] }));
    const rows = pcaCsv(result).trim().split('\n');
    expect(rows[0]).toBe('threshold;directions;draw;kept;of;accuracy;change;agreement');
    expect(rows.slice(1).map((row) => row.split(';').slice(0, 3).join(' '))).toEqual([
      ' all ',
      '0.99 eigenvectors ',
      '0.99 random 0',
      '0.99 random 1',
      '0.5 eigenvectors ',
      '0.5 random 0',
      '0.5 random 1',
    ]);
    const { thresholds, series, reference } = pcaFigure(result);
    expect(thresholds).toEqual([0.5, 0.99]);
    expect(series[0]!.points[1]!.mean).toBe(result.thresholds[0]!.pca.accuracy);
    expect(reference?.value).toBe(result.accuracy);
  });
});

describe('delve pca', () => {
  const model = ['pca', 'fixtures/mnist/mlp', '--scale', '1/255', '--data', DATA, '--engine', 'onnx'];

  it('writes what it is asked for, and prints a table', async () => {
    const [csv, plot] = [join(folder, 'a.csv'), join(folder, 'a.svg')];
    const { code, stdout } = await delve([...model, '--labels', LABELS, '--csv', csv, '--plot', plot]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^threshold +directions +saturation +accuracy +random directions$/m);
    expect(stdout).toMatch(/^without projections: accuracy 0\.98\d* \(500 samples, labels from /m);
    expect((await readFile(csv, 'utf8')).split('\n')).toHaveLength(4 * 4 + 3);
    expect(await readFile(plot, 'utf8')).toMatch(/^<svg/);
  });

  it.each([
    [
      ['--labels', 'fixtures/torch/images.npy'],
      /images\.npy holds labels of 200 samples, and .*images\.npy 500 samples/,
    ],
    [
      ['--export', 'x.onnx'],
      /x\.onnx: a network is exported at one threshold, and there are 4 \(0\.8, 0\.9, 0\.95, 0\.99\); give one/,
    ],
    [['--export', 'x', '--threshold', '0.9'], /x: the engine onnx exports an \.onnx file; give that ending/],
    [['--plot', 'x.pdf'], /--plot x\.pdf: a figure is an \.svg or a \.png file; name one/],
    [['--output', 'logit'], /--output logit: /],
    [['--csv', '-', '--json'], /--csv - and --json both go to stdout/],
    [['--layers', 'nothing*'], /nothing\*/],
  ])('refuses %j', async (more, sentence) => {
    const before = await readdir('.');
    const { code, stderr } = await delve([...model, '--limit', '20', ...more]);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
    expect(await readdir('.')).toEqual(before);
  });

  it('refuses classes that the network does not tell apart', async () => {
    const labels = join(folder, 'classes.npy');
    replaceFile(
      labels,
      encodeNpy({ shape: [500], data: Int32Array.from({ length: 500 }, (_, i) => i % 12) }),
    );
    const { code, stderr } = await delve([...model, '--labels', labels]);
    expect(stderr).toMatch(/classes\.npy has the class 10, but the model tells 10 apart, 0 to 9/);
    expect(code).toBe(2);
  });
});
