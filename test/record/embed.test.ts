import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEmbedTable } from '../../src/dump/embed-table.js';
import { defaultPlotOptions, plot } from '../../src/plots/plot.js';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordOptions } from '../../src/record/options.js';
import { record } from '../../src/record/record.js';
import type { LayerRecord } from '../../src/writers/writer.js';
import { loadNpy, loadNpz } from '../npy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-embed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function optionsOf(more: Partial<RecordOptions> = {}): RecordOptions {
  return {
    ...defaultRecordOptions(),
    models: ['fixtures/mnist/cnn'],
    data: [{ mode: 'eval', path: 'fixtures/mnist/images.npy' }],
    out: join(folder, 'run'),
    stats: ['lsat', 'cov', 'embed'],
    ...more,
  };
}

async function layersOf(more: Partial<RecordOptions> = {}): Promise<Map<string, LayerRecord>> {
  const { epochs } = await record(optionsOf(more));
  return new Map(epochs[0]!.layers.map((layer) => [layer.layer, layer]));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('points in the plane of the two leading eigendirections', () => {
  it('have the leading eigenvalues as variances, and are not correlated', async () => {
    const layers = await layersOf();
    for (const name of ['hidden', 'digit']) {
      const { embedding, spectrum } = layers.get(name)!;
      const { points, samples } = embedding!;
      expect([...samples].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
      const [first, second] = spectrum.values;
      const products = [0, 1].map((a) =>
        [0, 1].map((b) => mean(points.map((point) => point[a]! * point[b]!))),
      );
      expect(products[0]![0]! / first!).toBeCloseTo(1, 10);
      expect(products[1]![1]! / second!).toBeCloseTo(1, 10);
      expect(Math.abs(products[0]![1]! / first!)).toBeLessThan(1e-10);
      for (const at of [0, 1]) expect(Math.abs(mean(points.map((point) => point[at]!)))).toBeLessThan(1e-9);
    }
  });

  it('are at most as many as asked for, the same samples in layers that have one a sample, whatever the batches', async () => {
    const layers = await layersOf({ embedSamples: 60, batchSize: 37 });
    const again = await layersOf({ embedSamples: 60, batchSize: 200 });
    for (const [name, { embedding }] of layers) {
      expect(embedding!.points).toHaveLength(60);
      expect(embedding!.samples).toEqual(again.get(name)!.embedding!.samples);
    }
    const { samples } = layers.get('hidden')!.embedding!;
    expect(layers.get('digit')!.embedding!.samples).toEqual(samples);
    expect(new Set(samples).size).toBe(60);
    // Neither the first nor the last ones alone.
    expect(mean(samples)).toBeGreaterThan(150);
    expect(mean(samples)).toBeLessThan(350);
  });

  it('tell their sample in the dataset, in whatever order it was run', async () => {
    const { points, samples } = (await layersOf()).get('digit')!.embedding!;
    const shuffled = (await layersOf({ shuffleSeed: 3 })).get('digit')!.embedding!;
    expect(shuffled.samples).not.toEqual(samples);
    const bySample = new Map(samples.map((sample, i) => [sample, points[i]!]));
    for (const [i, sample] of shuffled.samples.entries()) {
      const [x, y] = bySample.get(sample)!;
      expect(shuffled.points[i]![0]).toBeCloseTo(x, 3);
      expect(shuffled.points[i]![1]).toBeCloseTo(y, 3);
    }
  });

  it('are coloured by class, stored, and drawn from what is stored', async () => {
    const out = join(folder, 'labelled');
    const labels = [{ mode: 'eval' as const, path: 'fixtures/mnist/labels.npy' }];
    const layers = await layersOf({ out, labels, embedSamples: 50, saveTo: ['csv', 'npy'] });
    const digits = loadNpy('fixtures/mnist/labels.npy').data;
    const stored = readEmbedTable(`${out}_embed.csv`);
    expect(stored.map(({ layer }) => layer)).toEqual([...layers.keys()]);
    for (const { layer, points, samples, labels } of stored) {
      const { embedding } = layers.get(layer)!;
      expect(points).toEqual(embedding!.points);
      expect(samples).toEqual(embedding!.samples);
      expect(labels).toEqual(samples.map((sample) => String(digits[sample])));
    }
    const arrays = loadNpz(
      join(out, '_eval-embedded-sample_digit', '_eval-embedded-sample_digit_epoch0.npz'),
    );
    expect(arrays.get('points')!.shape).toEqual([50, 2]);
    expect([...arrays.get('points')!.data]).toEqual(layers.get('digit')!.embedding!.points.flat());
    const figures = await plot({ ...defaultPlotOptions(), runs: [out], figure: 'embed', layers: ['digit'] });
    expect(figures).toHaveLength(1);
    const { figure } = figures[0]!;
    expect(figure).toMatchObject({ kind: 'scatter', title: 'digit', name: 'embed_digit_eval_epoch_0' });
    expect('points' in figure && figure.points).toHaveLength(50);
  });

  it('go on where a recording is continued', async () => {
    const out = join(folder, 'continued');
    const more = { out, layers: ['digit'], embedSamples: 5, saveTo: ['csv'] };
    await layersOf(more);
    await layersOf({ ...more, initialEpoch: 1 });
    expect(readEmbedTable(`${out}_embed.csv`).map(({ epoch }) => epoch)).toEqual([0, 1]);
    await layersOf(more);
    expect(readEmbedTable(`${out}_embed.csv`).map(({ epoch }) => epoch)).toEqual([0]);
    expect(await readFile(`${out}.csv`, 'utf8')).not.toContain('embed');
  });

  it('want one label a sample, and a recording that has them', async () => {
    const labels = [{ mode: 'eval' as const, path: 'fixtures/torch/images.npy' }];
    await expect(record(optionsOf({ labels, out: join(folder, 'no') }))).rejects.toThrow(
      /images\.npy holds 200 labels of 784 each, and .*images\.npy 500 samples/,
    );
    const out = join(folder, 'without');
    await record(optionsOf({ out, stats: ['lsat'], saveTo: ['csv'] }));
    await expect(plot({ ...defaultPlotOptions(), runs: [out], figure: 'embed' })).rejects.toThrow(
      /without\.csv has no points beside it \(.*without_embed\.csv\); record with --stats embed/,
    );
  });
});
