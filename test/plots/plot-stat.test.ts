import { copyFileSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  extractLayerStat,
  type LayersFigure,
  plotScatterFromResults,
  plotStat,
  plotStatLevelFromResults,
  UserError,
} from '../../src/index.js';
import { temporaryFolder } from '../writers/recordings.js';
import { openAll } from './results.js';

const { at, files } = temporaryFolder();

interface Extracted {
  file: string;
  stat: string;
  mode: string;
  epoch: number;
  values: Record<string, number>;
}
/** What extract_layer_stat of Python delve takes from csv files, and the names of the figures that it made of one. */
const { cases, figures }: { cases: Extracted[]; figures: string[] } = JSON.parse(
  readFileSync('fixtures/plots/extract.json', 'utf8'),
);
const TRAINING = 'fixtures/plots/training.csv';
const saturation = async () => extractLayerStat(await openAll(TRAINING, ['lsat']), { epoch: 3 });

describe('plotStatLevelFromResults', () => {
  it('writes the figures that the package writes, of the values that it takes', async () => {
    copyFileSync(TRAINING, at('training.csv'));
    const chosen = cases.filter(({ file, epoch }) => file === 'training.csv' && (epoch === 5 || epoch === 2));
    expect(chosen.length).toBeGreaterThan(15);
    const paths = new Set<string>();
    for (const { stat, mode, epoch, values } of chosen) {
      const asked = epoch === 5 ? -1 : epoch;
      const { path, figure } = await plotStatLevelFromResults(at('training.csv'), asked, `${stat}_${mode}`);
      paths.add(path!);
      const { layers, series, value, kind } = figure as LayersFigure;
      expect([kind, layers, series[0]!.values]).toEqual([
        'layers',
        Object.keys(values),
        Object.values(values),
      ]);
      expect(value.range).toEqual(stat === 'lsat' ? [0, 1] : undefined);
    }
    const wanted = figures.filter((name) => /epoch_[25]\.png$/.test(name));
    expect(files()).toEqual([...wanted, 'training.csv'].sort());
    expect([...paths].sort()).toEqual(wanted.map((name) => at(name)).sort());
  });

  it('takes the mode from its option, train without one, and the metric from the run', async () => {
    copyFileSync(TRAINING, at('training.csv'));
    const train = await plotStatLevelFromResults(at('training.csv'), 1, 'lsat');
    expect(train.path).toBe(at('training_lsat_train_epoch_1.png'));
    const primaryMetric = 'test_accuracy';
    const other = await plotStatLevelFromResults(at('training.csv'), 1, 'idim', {
      statMode: 'eval',
      primaryMetric,
      save: false,
    });
    expect(other.path).toBeUndefined();
    expect(files()).toEqual(['training.csv', 'training_lsat_train_epoch_1.png']);
    const results = await openAll(TRAINING, ['idim']);
    const metric = results.scalars.get('test_accuracy')!.get(1)!;
    expect((other.figure as LayersFigure).note).toBe(`test_accuracy: ${metric.toPrecision(4)}`);
  });

  it.each([
    ['sat', 0, {}, /there is no statistic 'sat'; did you mean/],
    ['lsat_test', 0, {}, /there is no mode 'test'/],
    ['lsat', 9, {}, /has no epoch 9/],
    ['lsat', 0, { primaryMetric: 'loss' }, /there is no metric 'loss'/],
  ])('refuses %s of epoch %d with %j', async (stat, epoch, options, message) => {
    await expect(plotStatLevelFromResults(TRAINING, epoch, stat, options)).rejects.toThrow(message);
    await expect(plotStatLevelFromResults(TRAINING, epoch, stat, options)).rejects.toThrow(UserError);
  });
});

describe('plotStat', () => {
  it('has the parameters of plot_stat', async () => {
    const { spec, path, figure } = await plotStat(await saturation(), 'lsat', {
      savepath: at('my_run.csv'),
      pm: 0.5,
      primaryMetric: 'accuracy',
      fontsize: 10,
      figsize: [5, 4],
      ylim: [0.2, 0.8],
      alphaLine: 0.25,
      alphaScatter: 0.75,
      colorLine: '#111111',
      colorScatter: '#222222',
      primaryMetricLoc: [0.1, 0.9],
      showColLabelX: false,
      showColLabelY: false,
      showGrid: false,
      statMode: 'eval',
      epoch: 7,
    });
    expect(path).toBe(at('my_run_lsat_eval_epoch_7.png'));
    expect(await sharp(path).metadata()).toMatchObject({ width: 1000, height: 800, format: 'png' });
    expect(figure).toMatchObject({
      title: 'my run epoch: 7',
      note: 'accuracy: 0.5000',
      value: { range: [0.2, 0.8] },
    });
    const text = JSON.stringify(spec);
    for (const part of ['"#111111"', '"#222222"', '"opacity":0.25', '"opacity":0.75', '"domain":[0.2,0.8]']) {
      expect(text).toContain(part);
    }
  });

  it('draws lines and points, or one of them alone', async () => {
    const drawn = async (options: object) =>
      JSON.stringify((await plotStat(await saturation(), 'lsat', { save: false, ...options })).spec);
    const marks = (text: string) => [text.includes('"type":"line"'), text.includes('"type":"point"')];
    expect(marks(await drawn({}))).toEqual([true, true]);
    expect(marks(await drawn({ line: false }))[0]).toBe(false);
    expect(await drawn({ scatter: false })).not.toBe(await drawn({}));
  });

  it('writes svg by the ending of its path, and nothing of values that are no numbers', async () => {
    const { path } = await plotStat(await saturation(), 'my metric', { savepath: at('x.svg'), ylim: 'auto' });
    expect(path).toBe(at('x.svg'));
    expect(readFileSync(at('x.svg'), 'utf8')).toMatch(/^<svg/);
    const nothing = { epoch: 0, values: new Map([['a', Number.NaN]]), primaryMetric: undefined };
    expect((await plotStat(nothing, 'lsat', { savepath: at('y.csv') })).path).toBeUndefined();
    expect(files()).toEqual(['x.svg']);
  });

  it('lets a hook change the figure', async () => {
    const { spec } = await plotStat(await saturation(), 'lsat', {
      savepath: at('a.csv'),
      hook: (own) => ({ ...own, background: '#123456' }),
    });
    expect(spec).toMatchObject({ background: '#123456' });
    const { data } = await sharp(at('a_lsat_train_epoch_3.png')).raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([0x12, 0x34, 0x56]);
  });
});

describe('samples', () => {
  const points = [
    [0, 1],
    [2, -1],
    [Number.NaN, 0],
  ] as const;

  it('are drawn by plotScatterFromResults, as the package names the figure', async () => {
    const plotted = await plotScatterFromResults(at('run.csv'), 2, 'embed', points);
    expect(plotted?.path).toBe(at('run_embed_train_epoch_2.png'));
    expect(plotted?.figure).toMatchObject({
      kind: 'scatter',
      points: [
        { x: 0, y: 1 },
        { x: 2, y: -1 },
      ],
    });
    expect(await plotScatterFromResults(at('run.csv'), 2, 'embed', [])).toBeUndefined();
    expect(files()).toEqual(['run_embed_train_epoch_2.png']);
  });

  it('are drawn by plotStat', async () => {
    const { figure, path } = await plotStat(points, 'embed', { samples: true, savepath: at('run.csv') });
    expect([figure.kind, path]).toEqual(['scatter', at('run_embed_train_epoch_0.png')]);
    await expect(plotStat(points, 'embed', { samples: false })).rejects.toThrow(UserError);
    await expect(plotStat(await saturation(), 'lsat', { samples: true })).rejects.toThrow(
      /values of layers were/,
    );
  });
});
