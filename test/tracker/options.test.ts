import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AbstractWriter,
  CheckLayerSat,
  CompositeWriter,
  CSVWriter,
  NPYWriter,
  PrintWriter,
  SaturationTracker,
  type SaturationTrackerOptions,
  TensorBoardWriter,
  UserError,
} from '../../src/index.js';
import { npyItems, temporaryFolder } from '../writers/recordings.js';
import { tf } from './tensorflow.js';
import { difference, Kept, momentsOf, predict, random, results, track } from './tracked.js';

const { at, files } = temporaryFolder();
const text = (path: string) => readFileSync(path, 'utf8');
const { layers } = tf;

const network = () =>
  tf.sequential({
    name: 'net',
    layers: [
      layers.conv2d({ name: 'conv', filters: 3, kernelSize: 2, inputShape: [4, 4, 1] }),
      layers.flatten(),
      layers.dense({ name: 'hidden', units: 5, activation: 'relu' }),
      layers.dense({ name: 'out', units: 2 }),
    ],
  });
const x = random([40, 4, 4, 1], 1);
const rows = (model: tf.LayersModel, from: number, to: number) => {
  const values = predict(model, x.slice([from], [to - from]), 100);
  return momentsOf(values.dataSync(), 2);
};

describe('logInterval and maxSamples', () => {
  it('keep batches k, 2k, 3k, ... of every mode and epoch', async () => {
    const model = network();
    const tracker = track(model, { logInterval: 2 });
    for (let epoch = 0; epoch < 2; epoch++) {
      predict(model, x.slice(0, 28), 8);
      const out = (await results(tracker)).get('eval out')!;
      // Of batches of 8, 8, 8 and 4 samples the second and the fourth.
      const values = predict(network(), x) && rows(model, 8, 16);
      expect(out.n).toBe(12);
      const both = tf.concat([x.slice(8, 8), x.slice(24, 4)]);
      const expected = momentsOf(predict(model, both, 100).dataSync(), 2);
      await results(tracker);
      expect(values.n).toBe(8);
      expect(difference(out.covariance, expected.covariance)).toBeLessThan(1e-6);
    }
  });

  it('say which batches were left out, where none is left', async () => {
    const model = network();
    const tracker = track(model, { logInterval: 3 });
    predict(model, x, 20);
    await expect(tracker.addSaturations()).rejects.toThrow(UserError);
    predict(model, x, 20);
    await expect(tracker.addSaturations()).rejects.toThrow(
      /no eval batch of conv was recorded.*logInterval 3 keeps every 3th/,
    );
  });

  it('stop at so many samples, of each mode and epoch', async () => {
    const model = network();
    const tracker = track(model, { maxSamples: 11 });
    for (let epoch = 0; epoch < 2; epoch++) {
      predict(model, x, 4);
      model.apply(x.slice(0, 30), { training: true });
      const found = await results(tracker);
      expect([...found.values()].map(({ layer, n }) => [layer, n])).toEqual([
        ['conv', 99],
        ['hidden', 11],
        ['out', 11],
        ['conv', 99],
        ['hidden', 11],
        ['out', 11],
      ]);
      expect(difference(found.get('eval out')!.covariance, found.get('train out')!.covariance)).toBeLessThan(
        1e-6,
      );
    }
  });
});

describe('epochs', () => {
  it('begin anew, or with resetCovariance false go on', async () => {
    const model = network();
    const [anew, on] = [track(model), track(model, { resetCovariance: false })];
    predict(model, x.slice(0, 25));
    await Promise.all([results(anew), results(on)]);
    predict(model, x.slice(25));
    const [a, b] = [(await results(anew)).get('eval out')!, (await results(on)).get('eval out')!];
    expect([a.n, b.n]).toEqual([15, 40]);
    expect(difference(a.covariance, rows(model, 25, 40).covariance)).toBeLessThan(1e-6);
    await results(on);
    expect(difference(b.covariance, rows(model, 0, 40).covariance)).toBeLessThan(1e-6);
  });

  it('take what ran before they end, though more runs while they are computed', async () => {
    const model = network();
    const tracker = track(model);
    predict(model, x.slice(0, 10));
    const first = tracker.addSaturations();
    predict(model, x.slice(10, 2));
    const second = tracker.addSaturations();
    expect([(await first)[0]!.n, (await second)[0]!.n]).toEqual([90, 18]);
  });

  it('are written when they are saved, with what was added to them', async () => {
    const model = network();
    const tracker = new SaturationTracker(at('run'), ['csv', 'npy'], model, {
      includeConv: false,
      averageSat: true,
    });
    for (let epoch = 0; epoch < 2; epoch++) {
      predict(model, x);
      await tracker.addScalar('accuracy', 0.5 + epoch / 4);
      await tracker.addSaturations(false);
      expect(files().includes('run.csv')).toBe(epoch > 0);
      await tracker.addScalars('mine', { loss: 2 - epoch });
      await tracker.save();
    }
    await tracker.close();
    await tracker.close();
    const [header, ...lines] = text(at('run.csv')).trim().split('\n');
    expect(header).toBe(
      ';eval-saturation_hidden;eval-saturation_out;accuracy;average-train-sat;average-eval-sat;loss',
    );
    expect(lines.map((line) => line.split(';').slice(3))).toEqual([
      ['0.5', '', lines[0]!.split(';')[5], '2.0'],
      ['0.75', '', lines[0]!.split(';')[5], '1.0'],
    ]);
    expect(npyItems(at('run', 'mine_loss', 'mine_loss_epoch1.npy')).items).toEqual([1]);
    const run = JSON.parse(text(at('run', 'run.json')));
    expect(run).toMatchObject({
      tool: 'delve',
      engine: 'tfjs',
      options: { thresholds: [0.99], rule: 'delve' },
    });
    expect(
      run.layers.map((layer: { epoch: number; layer: string; n: number }) => [
        layer.epoch,
        layer.layer,
        layer.n,
      ]),
    ).toEqual([
      [0, 'hidden', 40],
      [0, 'out', 40],
      [1, 'hidden', 40],
      [1, 'out', 40],
    ]);
  });

  it('without anything that ran are told of', async () => {
    const notes: string[] = [];
    const tracker = track(network(), { note: (message) => notes.push(message) });
    expect(await tracker.addSaturations()).toEqual([]);
    expect(await tracker.addSaturations()).toEqual([]);
    expect(notes).toEqual(['unwritten: no layer has run since the last epoch']);
  });
});

describe('initialEpoch', () => {
  it('continues what is there', async () => {
    const model = network();
    for (const initialEpoch of [0, 2]) {
      const tracker = new SaturationTracker(at('run'), ['csv', 'npy', 'tensorboard'], model, {
        initialEpoch,
      });
      for (let epoch = 0; epoch < 2; epoch++) {
        predict(model, x);
        await tracker.addSaturations();
      }
      await tracker.close();
    }
    expect(
      text(at('run.csv'))
        .split('\n')
        .map((line) => line.split(';')[0]),
    ).toEqual(['', '0', '1', '2', '3', '']);
    expect(files('run').filter((name) => /saturation_out_epoch\d/.test(name))).toHaveLength(4);
    expect(JSON.parse(text(at('run', 'run.json'))).layers.at(-1)).toMatchObject({ epoch: 3 });
  });

  it('says what is not there, and fails before anything runs where nothing can be written', async () => {
    const notes: string[] = [];
    const model = network();
    const options = { initialEpoch: 1, note: (message: string) => void notes.push(message) };
    const tracker = new SaturationTracker(at('none'), 'csv', model, options);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const y = random([40, 2], 2);
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks: tracker.callback() });
    expect(notes[0]).toBe(
      `${at('none')}.csv: there is no epoch before 1 to continue, so it begins with epoch 1`,
    );
    await tracker.close();
    const nowhere = new SaturationTracker(at('none.csv', 'below'), 'csv', model);
    const weights = model.getWeights()[0]!.dataSync().slice();
    await expect(model.fit(x, y, { epochs: 1, verbose: 0, callbacks: nowhere.callback() })).rejects.toThrow(
      UserError,
    );
    expect(model.getWeights()[0]!.dataSync()).toEqual(weights);
    await nowhere.close().catch(() => {});
  });

  it('is told to a writer of one’s own', async () => {
    const own = new Kept();
    const model = network();
    const tracker = new SaturationTracker('x', [own, new Kept()], model, { initialEpoch: 7 });
    predict(model, x);
    await tracker.addSaturations();
    await tracker.close();
    expect([own.resumedAt, own.isClosed, own.epochs[0]!.length]).toEqual([7, true, 3]);
  });
});

describe('what is written', () => {
  const writers = (
    saveTo: ConstructorParameters<typeof SaturationTracker>[1],
    options: SaturationTrackerOptions = {},
  ) => {
    const { writer } = new SaturationTracker(at('run'), saveTo, network(), { note: () => {}, ...options });
    const all = writer instanceof CompositeWriter ? writer.writers : [writer];
    return all.map((each) => each.constructor.name);
  };

  it('is what names, modules, writers and lists of these say', () => {
    expect(writers('csv')).toEqual(['CSVWriter']);
    expect(writers(['csv', 'npy', 'print', 'tb'])).toEqual([
      'NPYWriter',
      'CSVWriter',
      'PrintWriter',
      'TensorBoardWriter',
    ]);
    expect(writers('csvplot')).toEqual(['CSVWriter', 'PlottingWriter']);
    expect(writers(['npy:zip', 'tensorboard:flat', 'json'])).toEqual([
      'NPYWriter',
      'TensorBoardWriter',
      'EpochWriter',
    ]);
    expect(
      writers([new Kept(), 'csv', { open: async () => {}, write: async () => {}, close: async () => {} }]),
    ).toEqual(['CSVWriter', 'Kept', 'EpochWriter']);
    expect(() => writers('cvs')).toThrow(/there is no writer 'cvs'/);
    expect(() => new SaturationTracker('..', 'csv', network())).toThrow(UserError);
  });

  it('is as writerArgs say, and getWriter makes more of it', async () => {
    const model = network();
    const hooked: string[] = [];
    const tracker = new SaturationTracker(at('run'), ['npy', 'csvplot'], model, {
      writerArgs: {
        zip: true,
        primaryMetric: 'accuracy',
        figsize: [4, 3],
        plotManipulationFunc: (spec, figure) => {
          hooked.push(figure.name);
          return spec;
        },
      },
    });
    predict(model, x);
    await tracker.addScalar('accuracy', 0.75);
    await tracker.addSaturations();
    expect(files()).toContain('run.zip');
    expect(files()).toContain('run_lsat_eval_epoch_0.png');
    expect(hooked).toEqual(['lsat_eval_epoch_0']);
    expect(tracker.getWriter('tensorboard')).toBeInstanceOf(TensorBoardWriter);
    expect(tracker.getWriter(['csv', 'print'])).toBeInstanceOf(CompositeWriter);
    await tracker.close();
  });

  it('with nosave has no figures, and nothing of one’s own', async () => {
    const model = network();
    expect(writers(['csvplot', 'plot'], { nosave: true })).toEqual(['CSVWriter']);
    const tracker = new SaturationTracker(at('run'), ['csv', 'plot'], model, { nosave: true });
    await tracker.addScalar('accuracy', 1);
    await tracker.addScalars('', { loss: 1 });
    await tracker.addSampleScalar('embed', [[0, 0]]);
    predict(model, x);
    await tracker.addSaturations();
    await tracker.close();
    expect(files()).toEqual(['run.csv']);
    expect(text(at('run.csv'))).not.toMatch(/accuracy|loss/);
  });

  it('is printed where verbose or print ask for it', async () => {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const model = network();
    const tracker = new SaturationTracker('x', 'print', model, {
      print,
      verbose: true,
      ignoreLayerNames: ['conv', 'hid*'],
    });
    predict(model, x);
    await tracker.addSaturations();
    await tracker.close();
    expect(lines).toEqual(['out (eval): saturation 0.5000, 1 of 2', '_eval-saturation_out : 0.5']);
  });

  it('may be figures of points in the plane', async () => {
    const model = network();
    const tracker = new SaturationTracker(at('run'), 'plot', model, {
      stats: ['embed'],
      embedSamples: 30,
      layerFilter: ({ out }) => ({ out: out! }),
    });
    predict(model, x);
    await tracker.addSaturations();
    await tracker.addSampleScalar('embed', [[1, 2]]);
    await tracker.close();
    expect(files()).toEqual(['run_embed_train_epoch_1.png', 'run_out_embed_eval_epoch_0.png']);
  });

  it('says what is computed in vain', () => {
    const notes: string[] = [];
    const note = (message: string) => void notes.push(message);
    const make = (saveTo: ConstructorParameters<typeof SaturationTracker>[1]) =>
      new SaturationTracker(at('run'), saveTo, network(), { stats: ['cov', 'embed'], note });
    make(['csv', 'print']);
    expect(notes).toEqual([
      "stats has 'cov', but no writer stores covariances; add 'npy' to what is saved",
      "stats has 'embed', but no writer draws points; add 'plot' to what is saved",
    ]);
    make(['npy', 'plot']);
    make(['csv', new Kept()]);
    expect(notes).toHaveLength(2);
  });
});

describe('recording', () => {
  it('stops and resumes; an epoch that ends meanwhile is NaN', async () => {
    const model = network();
    const tracker = track(model, { stats: ['lsat', 'idim', 'cov'] });
    expect(tracker.isRecording()).toBe(true);
    predict(model, x.slice(0, 10));
    tracker.stop();
    expect(tracker.isRecording()).toBe(false);
    predict(model, x.slice(10, 10));
    const [stopped] = await tracker.addSaturations();
    expect([stopped!.layer, stopped!.n, [...stopped!.stats]]).toEqual([
      'conv',
      0,
      [
        ['lsat', Number.NaN],
        ['idim', Number.NaN],
      ],
    ]);
    tracker.resume();
    predict(model, x.slice(20, 5));
    // What was recorded before it was stopped is still there.
    expect((await results(tracker)).get('eval out')!.n).toBe(15);
  });

  it('of values that are no numbers is an error, or leaves the layer out', async () => {
    const model = network();
    const broken = x.concat(tf.fill([1, 4, 4, 1], Number.NaN));
    const strict = track(model);
    const notes: string[] = [];
    const kernel = model.getLayer('out').getWeights();
    const lenient = track(model, { onNan: 'skip', note: (message) => notes.push(message) });
    predict(model, broken);
    await expect(strict.addSaturations()).rejects.toThrow(
      /NaN or infinite values in the output of conv, hidden, out/,
    );
    await expect(lenient.addSaturations()).rejects.toThrow(/no layer is left to record/);
    model.getLayer('out').setWeights([tf.fill([5, 2], Number.NaN), kernel[1]!]);
    predict(model, x);
    expect([...(await results(lenient)).keys()]).toEqual(['eval conv', 'eval hidden']);
    expect(notes).toEqual(['unwritten: NaN or infinite values in the output of out: left out']);
  });

  it('says once that there are few points, and of layers without variance', async () => {
    const notes: string[] = [];
    const model = network();
    const tracker = track(model, { note: (message) => notes.push(message) });
    for (let epoch = 0; epoch < 2; epoch++) {
      predict(model, x.slice(0, 4));
      await tracker.addSaturations();
    }
    expect(notes).toEqual([
      'eval: no more rows than features in hidden (4 rows, d = 5): n rows span at most n - 1 directions, so the saturation is bounded by the data; record more samples',
    ]);
  });
});

describe('which layers', () => {
  it('are recorded is what layerFilter, ignoreLayerNames and includeConv say', () => {
    const names = (options: SaturationTrackerOptions) => Object.keys(track(network(), options).layers);
    expect(names({})).toEqual(['conv', 'hidden', 'out']);
    expect(names({ layerFilter: ({ conv: _conv, ...rest }) => rest })).toEqual(['hidden', 'out']);
    expect(names({ ignoreLayerNames: ['out'] })).toEqual(['conv', 'hidden']);
    expect(names({ ignoreLayerNames: ['*id*'] })).toEqual(['conv', 'out']);
    expect(names({ includeConv: false })).toEqual(['hidden', 'out']);
    expect(() => names({ ignoreLayerNames: ['ouf'] })).toThrow(
      "ignoreLayerNames: there is no layer 'ouf'; did you mean out?",
    );
    expect(() => names({ layerFilter: () => ({}) })).toThrow(/none of the 3 layers is left to record/);
  });

  it('there are is told by getLayersRecursive and getLayerFromSubmodule', () => {
    const model = network();
    const tracker = track(model, { includeConv: false });
    const all = tracker.getLayersRecursive(model);
    expect(Object.keys(all)).toEqual(['conv', 'hidden', 'out']);
    expect(all.hidden).toBe(model.getLayer('hidden'));
    const other = tf.sequential({
      name: 'other',
      layers: [layers.dense({ name: 'd', units: 2, inputShape: [2] })],
    });
    const found = tracker.getLayerFromSubmodule(other, { ...all }, 'sub');
    expect(Object.keys(found)).toEqual(['conv', 'hidden', 'out', 'sub-d']);
    expect(Object.keys(tracker.getLayerFromSubmodule(layers.dense({ name: 'alone', units: 2 }), {}))).toEqual(
      ['alone'],
    );
    expect(Object.hasOwn(other.layers[0]!, 'call')).toBe(false);
  });

  it('must be there', () => {
    expect(() => track(tf.sequential())).toThrow(/does not know the shape of its input yet/);
    const flat = tf.sequential({ layers: [layers.flatten({ inputShape: [2, 2] })] });
    expect(() => track(flat)).toThrow('modules: there is no convolutional, dense or recurrent layer');
    expect(() => track({} as tf.LayersModel)).toThrow(/this is none/);
    expect(() => track([network(), network()])).toThrow(/two layers are named net-conv/);
    expect(() => track(network(), { layerFilter: () => ({}) })).toThrow(UserError);
  });
});

describe('options that cannot be', () => {
  it.each<[SaturationTrackerOptions, RegExp]>([
    [{ logInterval: 0 }, /^logInterval is 0, and must be a whole number, 1 or more/],
    [{ maxSamples: 1.5 }, /^maxSamples is 1.5/],
    [{ initialEpoch: -1 }, /^initialEpoch is -1, and must be a whole number, 0 or more/],
    [{ satThreshold: 99 }, /^satThreshold is 99/],
    [{ interpolationDownsampling: 0 }, /^interpolationDownsampling/],
    [{ stats: ['lsat', 'sat' as 'lsat'] }, /^stats: there is no statistic 'sat'; did you mean lsat/],
    [
      { convMethod: 'channels' as 'mean' },
      /^convMethod is channels, and must be channelwise, mean, max, median or flatten/,
    ],
    [{ timeseriesMethod: 'all' as 'flatten' }, /^timeseriesMethod is all/],
    [{ interpolationStrategy: 'linear' as 'area' }, /^interpolationStrategy is linear/],
    [{ tap: 'post' as 'activation' }, /^tap is post, and must be pre-activation or activation/],
    [{ onNan: 'ignore' as 'skip' }, /^onNan is ignore/],
    [{ rule: 'mine' as 'delve' }, /^rule is mine/],
    [{ log_interval: 2 } as object, /^options: there is no option 'log_interval'; did you mean logInterval/],
    [{ writerArgs: { zipp: true } as object }, /^writerArgs: there is no option 'zipp'; did you mean zip/],
    [{ writerArgs: null as never }, /^writerArgs: null is no object of options/],
    [{ satThreshold: '0.9' as never }, /^satThreshold is 0.9/],
    [{ stats: 'lsat' as never }, /^stats must be a list of names, such as \['lsat'\]/],
    [{ ignoreLayerNames: 'out' as never }, /^ignoreLayerNames must be a list of names/],
    [{ layerFilter: null as never }, /^layerFilter is no function/],
    [{ layerFilter: () => undefined as never }, /^layerFilter returns no layers/],
  ])('%j are refused', (options, message) => {
    expect(() => track(network(), options)).toThrow(message);
    expect(() => track(network(), options)).toThrow(UserError);
  });

  it.each([
    [undefined, 'csv', /^savefile is no path/],
    ['run', undefined, /^saveTo: undefined is no writer; name one/],
    ['run', ['csv', 3], /^saveTo: 3 is no writer/],
  ])('in the place of a savefile and writers are refused: %j, %j', (savefile, saveTo, message) => {
    const make = () => new SaturationTracker(savefile as never, saveTo as never, network());
    expect(make).toThrow(message);
    expect(make).toThrow(UserError);
  });

  it('none, as undefined is as if it were not given', async () => {
    const model = network();
    const options = { stats: undefined, satThreshold: undefined, maxSamples: undefined, device: 'cuda:0' };
    const tracker = track(model, options as SaturationTrackerOptions);
    predict(model, x);
    expect([...(await results(tracker)).get('eval out')!.stats.keys()]).toEqual(['lsat']);
  });
});

it('the package’s earlier name is there', () => {
  expect(CheckLayerSat).toBe(SaturationTracker);
  for (const Writer of [CSVWriter, NPYWriter, PrintWriter, TensorBoardWriter]) {
    expect(Writer.prototype).toBeInstanceOf(AbstractWriter);
  }
});
