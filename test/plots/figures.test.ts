import { describe, expect, it } from 'vitest';
import { explainedAt } from '../../src/core/metrics.js';
import { symmetricSpectrum } from '../../src/core/spectrum.js';
import { UserError } from '../../src/errors.js';
import { epochsFigures } from '../../src/plots/epochs.js';
import type { FigureOptions, FigureRun } from '../../src/plots/figure.js';
import { layersFigures } from '../../src/plots/layers.js';
import { placeFigures, placePage } from '../../src/plots/places.js';
import { defaultPlotOptions, plot } from '../../src/plots/plot.js';
import { shortLabels } from '../../src/plots/slices.js';
import { spectrumFigures } from '../../src/plots/spectrum.js';
import type { Results } from '../../src/results/results.js';
import { npyItems } from '../writers/recordings.js';
import { openAll, resultsOf } from './results.js';

const TORCH = 'fixtures/torch/expected/cnn';
const OPTIONS: FigureOptions = { ...defaultPlotOptions(), thresholds: [0.99], layersChosen: false };
const run = (results: Results, threshold?: number): FigureRun => ({ results, threshold });

describe('figures of layers', () => {
  it('hold a series a run, and every layer once, where it stands in its own run', () => {
    const a = resultsOf('/home/me/runs/a', { stem: 0.1, block1: 0.2, head: 0.3 });
    const b = resultsOf('/home/me/runs/b', {
      stem: 0.4,
      block1: 0.5,
      block2: Number.NaN,
      head: 0.6,
      tail: 0.7,
    });
    const [figure] = layersFigures([run(a), run(b)], OPTIONS);
    expect(figure!.layers).toEqual(['stem', 'block1', 'block2', 'head', 'tail']);
    expect(figure!.series).toEqual([
      { label: 'a', values: [0.1, 0.2, undefined, 0.3, undefined] },
      { label: 'b', values: [0.4, 0.5, undefined, 0.6, 0.7] },
    ]);
    expect([figure!.subtitle, figure!.name]).toEqual(['eval · epoch 0', 'lsat_eval_epoch_0']);
  });

  it('put layers where their own run has them, and networks that share none side by side', () => {
    const order = (...runs: string[][]) => {
      const named = runs.map((names, i) =>
        resultsOf(`runs/${i}`, Object.fromEntries(names.map((name) => [name, 0.5]))),
      );
      return layersFigures(
        named.map((one) => run(one)),
        OPTIONS,
      )[0]!.layers.join(' ');
    };
    expect(order(['b', 'c'], ['a', 'b', 'c', 'd'])).toBe('a b c d');
    expect(order(['a', 'b'], ['x', 'y'])).toBe('a b x y');
    expect(order(['a', 'b', 'c'], ['a', 'x', 'c'], ['x', 'y'])).toBe('a x y b c');
  });

  it('say a threshold of runs that tell theirs', () => {
    const label = (...thresholds: (number | undefined)[]) => {
      const runs = thresholds.map((threshold, i) => ({
        ...resultsOf(`runs/${i}`, { fc: 0.5 }),
        recordedWith: threshold === undefined ? undefined : { threshold, rule: 'delve' as const },
      }));
      const [figure] = layersFigures(
        runs.map((one) => run(one)),
        OPTIONS,
      );
      return [figure!.subtitle, ...figure!.series.map((series) => series.label)];
    };
    expect(label(0.9, 0.9)).toEqual(['eval · epoch 0 · threshold 0.9', '0', '1']);
    expect(label(0.9, 0.99)).toEqual(['eval · epoch 0', '0, threshold 0.9', '1, threshold 0.99']);
    expect(label(0.9, undefined)).toEqual(['eval · epoch 0', '0', '1']);
  });

  it('name what tells series apart, and say the rest once', async () => {
    const training = await openAll('fixtures/plots/training.csv', ['lsat', 'trc']);
    const both = layersFigures([run(training)], { ...OPTIONS, primaryMetric: 'test_accuracy' })[0]!;
    expect(both.series.map(({ label }) => label)).toEqual(['train', 'eval']);
    expect([both.subtitle, both.name, both.note]).toEqual([
      'training.csv · epoch 5',
      'lsat_epoch_5',
      'test_accuracy: 0.8680',
    ]);
    const thresholds = await plot({ ...defaultPlotOptions(), runs: [TORCH], thresholds: [0.9, 0.99] });
    expect(thresholds[0]!.figure).toMatchObject({
      subtitle: 'cnn · eval · epoch 0',
      name: 'lsat_0.9-0.99_eval_epoch_0',
      series: [{ label: 'threshold 0.9' }, { label: 'threshold 0.99' }],
    });
    const traces = await plot({
      ...defaultPlotOptions(),
      runs: [TORCH],
      stats: ['trc'],
      thresholds: [0.9, 0.99],
    });
    // No threshold changes the trace.
    expect(traces[0]!.figure).toMatchObject({ name: 'trc_eval_epoch_0', series: [{ label: '' }] });
    const epochs = [0, 5].map((epoch) => resultsOf(`runs/x@${epoch}`, { fc: 0.5 }, epoch));
    expect(
      layersFigures(
        epochs.map((one) => run(one)),
        OPTIONS,
      )[0],
    ).toMatchObject({
      subtitle: 'eval',
      name: 'lsat_eval',
      series: [{ label: 'x@0' }, { label: 'x@5' }],
    });
    const unlike = [resultsOf('runs/x', { fc: 0.5 }, 3), resultsOf('runs/y', { fc: 0.5 }, 4)];
    expect(
      layersFigures(
        unlike.map((one) => run(one)),
        OPTIONS,
      )[0]!.series.map(({ label }) => label),
    ).toEqual(['x, epoch 3', 'y, epoch 4']);
  });

  it('leave out what cannot be shown, and refuse to show nothing', () => {
    const odd = resultsOf('runs/odd', {
      zero: 0,
      infinite: Number.POSITIVE_INFINITY,
      nan: Number.NaN,
      one: 1,
    });
    const values = (log: boolean) => layersFigures([run(odd)], { ...OPTIONS, log })[0]!.series[0]!.values;
    expect(values(false)).toEqual([0, undefined, undefined, 1]);
    expect(values(true)).toEqual([undefined, undefined, undefined, 1]);
    expect(() => layersFigures([run(odd)], { ...OPTIONS, stats: ['trc'] })).toThrow(
      new UserError('runs/odd: no values of covariance-trace (trc) to show; there is saturation'),
    );
    const nothing = resultsOf('runs/nan', { fc: Number.NaN });
    expect(() => layersFigures([run(nothing)], OPTIONS)).toThrow(
      new UserError('runs/nan: of the values of saturation (lsat) to show none is finite'),
    );
    const zero = resultsOf('runs/zero', { fc: 0 });
    expect(() => layersFigures([run(zero)], { ...OPTIONS, log: true })).toThrow(
      'runs/zero: of the values of saturation (lsat) to show none is finite and above 0',
    );
  });
});

describe('other figures', () => {
  it('of epochs: a row a layer, a column an epoch, one for each mode', async () => {
    const training = await openAll('fixtures/plots/training.csv', ['lsat']);
    const figures = epochsFigures([run(training)], OPTIONS);
    expect(figures.map(({ name }) => name)).toEqual(['lsat_train_epochs', 'lsat_eval_epochs']);
    expect(figures[1]!.epochs).toEqual([0, 1, 2, 3, 4, 5]);
    const row = training.layers.find(({ layer, mode }) => layer === 'digit' && mode === 'eval')!;
    expect(figures[1]!.values[4]).toEqual([...row.statistics.get('saturation')!.values()]);
  });

  it('of spectra: eigenvalues, what they explain, and the cuts of thresholds', async () => {
    const [plotted] = await plot({
      ...defaultPlotOptions(),
      runs: [TORCH],
      figure: 'spectrum',
      thresholds: [0.99, 0.9],
      layers: ['classifier-3'],
    });
    const name = '_eval-covariance-matrix_classifier-3';
    const covariance = Float64Array.from(npyItems(`${TORCH}/${name}/${name}_epoch0.npy`).items);
    const spectrum = symmetricSpectrum(covariance, 10);
    const { figure } = plotted!;
    if (figure.kind !== 'spectrum') throw new Error(figure.kind);
    expect(figure.thresholds).toEqual([0.9, 0.99]);
    const [series, ...more] = figure.series;
    expect(more).toEqual([]);
    const total = spectrum.values.reduce((sum, value) => sum + value, 0);
    for (const [i, value] of spectrum.values.entries()) expect(series!.eigenvalues[i]).toBeCloseTo(value, 10);
    expect(series!.explained[2]).toBeCloseTo(
      (spectrum.values[0]! + spectrum.values[1]! + spectrum.values[2]!) / total,
      12,
    );
    expect(series!.cuts.map(({ idim }) => idim)).toEqual(
      explainedAt(spectrum, [0.9, 0.99]).map(({ idim }) => idim),
    );
    for (const { idim, explained } of series!.cuts) expect(explained).toBe(series!.explained[idim - 1]);
  });

  it('of many spectra that nobody chose: some, from the first to the last', () => {
    const layers = Array.from({ length: 54 }, (_, i) => `conv${i}`);
    const many = resultsOf('runs/many', Object.fromEntries(layers.map((name) => [name, 0.5])));
    const spectra = new Map([[0, { d: 2, values: Float64Array.of(3, 1) }]]);
    const results = { ...many, layers: many.layers.map((layer) => ({ ...layer, spectra })) };
    const labels = (layersChosen: boolean) =>
      spectrumFigures([run(results)], { ...OPTIONS, layersChosen })[0]!.series.map(({ label }) => label);
    expect(labels(true)).toEqual(layers);
    expect(labels(false)).toEqual([
      'conv0',
      'conv8',
      'conv15',
      'conv23',
      'conv30',
      'conv38',
      'conv45',
      'conv53',
    ]);
  });

  it('of a threshold are those that a run opened at it has', async () => {
    const several = await plot({
      ...defaultPlotOptions(),
      runs: [TORCH],
      thresholds: [0.9, 0.999],
      stats: ['idim'],
    });
    const single = await plot({
      ...defaultPlotOptions(),
      runs: [TORCH],
      thresholds: [0.999],
      stats: ['idim'],
    });
    const [figure, alone] = [several[0]!.figure, single[0]!.figure];
    if (figure.kind !== 'layers' || alone.kind !== 'layers') throw new Error(figure.kind);
    expect(figure.series[1]!.values).toEqual(alone.series[0]!.values);
    expect(figure.series[0]!.values).not.toEqual(alone.series[0]!.values);
  });
});

describe('names', () => {
  it('of runs are short', () => {
    expect([...shortLabels(['/a/b/runs/x', '/a/b/runs/deep/y/']).values()]).toEqual(['x', 'deep/y']);
    expect([...shortLabels(['runs/x']).values()]).toEqual(['x']);
    expect([...shortLabels(['x', '/x']).values()]).toEqual(['x', '/x']);
  });

  it('of files are those of the Python package, beside the run', async () => {
    const [figure] = layersFigures([run(resultsOf('runs/x', { fc: 0.5 }, 3))], OPTIONS);
    const place = (runs: string[], out?: string) => placeFigures([{ figure: figure!, runs }], out, '.png')[0];
    expect(place(['runs/mnist.csv'])).toBe('runs/mnist_lsat_eval_epoch_3.png');
    expect(place(['runs/mnist/'])).toBe('runs/mnist_lsat_eval_epoch_3.png');
    expect(place(['x.zip'])).toBe('x_lsat_eval_epoch_3.png');
    expect(place(['runs/a', 'runs/b', 'c', 'd', 'e'])).toBe('runs/a-b-c-2-more_lsat_eval_epoch_3.png');
    expect(place(['runs/a'], 'figures/')).toBe('figures/a_lsat_eval_epoch_3.png');
    expect(place(['runs/a'], 'x.svg')).toBe('x.svg');
    const both = ['runs/a', 'other/a'].map((path) => ({ figure: figure!, runs: [path] }));
    expect(placeFigures(both, 'test/', '.png')).toEqual([
      'test/a_lsat_eval_epoch_3.png',
      'test/a_lsat_eval_epoch_3_2.png',
    ]);
    expect(placePage(['runs/a.csv'], undefined)).toBe('runs/a.html');
  });
});
