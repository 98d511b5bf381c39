import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { dump } from 'npyjs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordOptions } from '../../src/record/options.js';
import { record } from '../../src/record/record.js';
import { loadNpy } from '../npy.js';

const CNN = 'fixtures/mnist/cnn';
const MLP = 'fixtures/mnist/mlp';
const TORCH = 'fixtures/torch/cnn.onnx';
const IMAGES = 'fixtures/mnist/images.npy';
const { data: pixels } = loadNpy(IMAGES);
const SAMPLES = 500;
const SIZE = 28 * 28;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-datasets-'));
  const rows: string[] = [Array.from({ length: SIZE }, (_, i) => `pixel${i}`).join(',')];
  for (let i = 0; i < SAMPLES; i++) {
    const image = Uint8Array.from(pixels.subarray(i * SIZE, (i + 1) * SIZE));
    rows.push(image.join(','));
    const path = join(folder, 'png', String(Math.floor(i / 100)), `${i}.png`);
    await mkdir(join(path, '..'), { recursive: true });
    await sharp(image, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(path);
  }
  await writeFile(join(folder, 'rows.csv'), rows.join('\n'));
  await writeFile(join(folder, 'flat.npy'), Buffer.from(dump(Uint8Array.from(pixels), [SAMPLES, SIZE])));
  await writeFile(
    join(folder, 'first.npy'),
    Buffer.from(dump(Uint8Array.from(pixels), [SAMPLES, 1, 28, 28])),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recorded(path: string, more: Partial<RecordOptions> = {}) {
  const notes: string[] = [];
  const recording = await record(
    {
      ...defaultRecordOptions(),
      models: [CNN],
      data: [{ mode: 'eval', path }],
      out: join(folder, 'run'),
      saveTo: [],
      ...more,
    },
    { note: (note) => notes.push(note) },
  );
  return { ...recording, notes, layers: recording.epochs[0]!.layers };
}

/** Everything that the numbers decide. */
function numbers({ layers }: Awaited<ReturnType<typeof recorded>>) {
  return layers.map(({ layer, n, mean, covariance, stats }) => ({ layer, n, mean, covariance, stats }));
}

describe('the same images', () => {
  const preprocessing = { scale: 1 / 255, mean: [0.1307], std: [0.3081] };

  it('give the same covariances as npy, as a folder of PNG files and as csv', async () => {
    const wanted = numbers(await recorded(IMAGES));
    expect(wanted).toHaveLength(8);
    expect(wanted[0]!.n).toBe(392_000);
    expect(numbers(await recorded(join(folder, 'png')))).toEqual(wanted);
    const csv = await recorded(join(folder, 'rows.csv'));
    expect(numbers(csv)).toEqual(wanted);
    expect(csv.notes[0]).toMatch(/rows\.csv: samples of \(784,\) are taken as \(28, 28, 1\)/);
  });

  it('for a network of flat rows', async () => {
    const model = { models: [MLP], preprocessing: { scale: 1 / 255 } };
    const wanted = numbers(await recorded(IMAGES, model));
    expect(numbers(await recorded(join(folder, 'flat.npy'), model))).toEqual(wanted);
    expect(
      numbers(await recorded(join(folder, 'png'), { ...model, reading: { imageSize: [28, 28] } })),
    ).toEqual(wanted);
  });

  it('for a network with its channels first', async () => {
    const model = { models: [TORCH], preprocessing };
    const wanted = await recorded(join(folder, 'first.npy'), model);
    expect(wanted.notes.filter((note) => note.includes('channels'))).toEqual([]);
    expect(numbers(await recorded(join(folder, 'png'), model))).toEqual(numbers(wanted));
    const moved = await recorded(IMAGES, model);
    expect(numbers(moved)).toEqual(numbers(wanted));
    expect(moved.notes[0]).toMatch(
      /\(28, 28, 1\) are taken to have their channels last, and become \(1, 28, 28\)/,
    );
  });

  it('through a pipe, for several models', async () => {
    const stdin = Readable.from([await readFile(IMAGES)], { objectMode: false });
    const models = [CNN, CNN];
    const piped = await recorded('-', { models, stdin, layers: ['digit', 'stem'] });
    const wanted = await recorded(IMAGES, { layers: ['digit', 'stem'] });
    expect(numbers(piped)).toEqual(numbers(wanted));
    expect(piped.epochs[1]!.layers.map(({ covariance }) => covariance)).toEqual(
      wanted.layers.map(({ covariance }) => covariance),
    );
  });
});

describe('--shuffle', () => {
  const shuffled = (path: string, shuffleSeed: number, more: Partial<RecordOptions> = {}) =>
    recorded(path, { shuffleSeed, layers: ['digit'], limit: 100, batchSize: 32, ...more });

  it('picks the same samples for the same seed, in whatever format they are', async () => {
    const wanted = numbers(await shuffled(IMAGES, 7));
    expect(numbers(await shuffled(IMAGES, 7))).toEqual(wanted);
    expect(numbers(await shuffled(join(folder, 'png'), 7))).toEqual(wanted);
    expect(numbers(await shuffled(join(folder, 'rows.csv'), 7))).toEqual(wanted);
    expect(numbers(await shuffled(IMAGES, 8))).not.toEqual(wanted);
    expect(numbers(await recorded(IMAGES, { layers: ['digit'], limit: 100, batchSize: 32 }))).not.toEqual(
      wanted,
    );
  });

  it('changes nothing where all samples count', async () => {
    const options = { layers: ['digit'], batchSize: 500 };
    const [wanted] = (await recorded(IMAGES, options)).layers;
    const [found] = (await recorded(IMAGES, { ...options, shuffleSeed: 1 })).layers;
    wanted!.covariance.forEach((value, i) => {
      expect(Math.abs(found!.covariance[i]! - value)).toBeLessThanOrEqual(1e-9 * wanted!.stats.get('trc')!);
    });
  });
});

describe('the description of a run', () => {
  it('tells what the data was and how it was read', async () => {
    const { run } = await recorded(join(folder, 'png'), { limit: 64, shuffleSeed: 5, layers: ['digit'] });
    expect(run.data).toEqual([
      {
        mode: 'eval',
        path: join(folder, 'png'),
        samples: 64,
        format: 'images',
        classes: { 0: 100, 1: 100, 2: 100, 3: 100, 4: 100 },
        imageSize: [28, 28],
        imageResize: 'fill',
        imageAntialias: true,
        arrays: [{ input: expect.any(String), dtype: 'float32', shape: [28, 28, 1] }],
        shuffleSeed: 5,
      },
    ]);
    const csv = await recorded(join(folder, 'first.npy'), { layers: ['digit'], limit: 10 });
    expect(csv.run.data).toEqual([
      expect.objectContaining({
        samples: 10,
        arrays: [expect.objectContaining({ shape: [1, 28, 28], channels: 'first', takenAs: [28, 28, 1] })],
      }),
    ]);
    expect(JSON.parse(JSON.stringify(csv.run))).toMatchObject({ data: [{ mode: 'eval' }] });
  });
});

describe('options that do not fit the data', () => {
  it.each<[Partial<RecordOptions>, RegExp]>([
    [{ reading: { columns: ['a'] } }, /--columns says nothing about .*images\.npy/],
    [{ reading: { imageAntialias: false } }, /--no-image-antialias says nothing about/],
    [{ inputLayout: 'nchw' }, /\(its channels first, by --input-layout\)/],
    [
      {
        data: [
          { mode: 'train', path: '-' },
          { mode: 'eval', path: '-' },
        ],
      },
      /--data - is given twice/,
    ],
  ])('%o', async (more, message) => {
    await expect(recorded(IMAGES, more)).rejects.toThrow(message);
  });

  it('are fine for one dataset of two', async () => {
    const data: RecordOptions['data'] = [
      { mode: 'train', path: join(folder, 'rows.csv') },
      { mode: 'eval', path: IMAGES },
    ];
    const both = await recorded('', { data, reading: { columns: ['pixel*'] }, layers: ['digit'], limit: 50 });
    expect(both.layers.map(({ mode, n }) => [mode, n])).toEqual([
      ['train', 50],
      ['eval', 50],
    ]);
  });
});
