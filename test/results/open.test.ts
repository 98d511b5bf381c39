import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/errors.js';
import { openResults } from '../../src/results/open.js';
import type { Results, ResultsOptions } from '../../src/results/results.js';
import { npyBytes, putDiagonal, putQuantity } from '../recompute/dumps.js';

const PACKAGE = 'fixtures/dump/package';
const OPTIONS: ResultsOptions = {
  stats: ['lsat', 'idim', 'trc'],
  threshold: undefined,
  rule: 'delve',
  layers: [],
  mode: undefined,
  epoch: 'all',
  spectra: false,
  threads: 1,
  cache: undefined,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

function open(run: string, options: Partial<ResultsOptions> = {}, notes: string[] = []): Promise<Results> {
  return openResults(run, { ...OPTIONS, ...options }, { note: (message) => notes.push(message) });
}

/** `eval-saturation_fc` -> epoch -> number, of everything that results hold. */
function flat({ layers, scalars }: Results): Record<string, Record<number, number>> {
  const ofLayers = layers.flatMap(({ layer, mode, statistics }) =>
    [...statistics].map(([name, numbers]) => [`${mode}-${name}_${layer}`, numbers] as const),
  );
  return Object.fromEntries(
    [...ofLayers, ...scalars].map(([name, numbers]) => [name, Object.fromEntries(numbers)]),
  );
}

/** The same of the package's csv, read on its own. */
function packageTable(columns: RegExp): Record<string, Record<number, number>> {
  const { data } = Papa.parse<Record<string, string>>(
    readFileSync('fixtures/dump/package.csv', 'utf8').trim(),
    { delimiter: ';', header: true },
  );
  const names = Object.keys(data[0]!).filter((name) => columns.test(name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(data.flatMap((row, i) => (row[name] === '' ? [] : [[i, Number(row[name])]]))),
    ]),
  );
}

describe('openResults', () => {
  it("reads the package's csv and its dump alike", async () => {
    const wanted = packageTable(/saturation|dimensionality|covariance-trace|average/);
    const csv = await open('fixtures/dump/package.csv');
    expect(flat(csv)).toEqual(wanted);
    expect(csv).toMatchObject({ label: 'fixtures/dump/package.csv', epochs: [0, 1] });
    const dump = await open(PACKAGE);
    expect(flat(dump)).toMatchObject(packageTable(/saturation|dimensionality|covariance-trace/));
    expect(dump.layers.map(({ layer, mode }) => `${mode} ${layer}`)).toEqual(
      csv.layers.map(({ layer, mode }) => `${mode} ${layer}`),
    );
    expect(dump.layers.every(({ spectra }) => spectra.size === 0)).toBe(true);
  });

  it('takes a dump, a csv or a zip for a savefile without ending, in this order, and an epoch after @', async () => {
    writeFileSync(at('run.zip'), 'no archive');
    await expect(open(at('run'))).rejects.toThrow(/run\.zip/);
    cpSync('fixtures/dump/package.csv', at('run.csv'));
    expect((await open(at('run'))).path).toBe(at('run.csv'));
    mkdirSync(at('run'));
    expect((await open(at('run'))).path).toBe(at('run.csv'));
    cpSync(PACKAGE, at('run'), { recursive: true });
    expect((await open(`${at('run')}/`)).path).toBe(`${at('run')}/`);

    const first = await open(`${at('run')}@0`, { epoch: -1 });
    expect(first).toMatchObject({ label: `${at('run')}@0`, path: at('run'), epochs: [0] });
    expect((await open(`${at('run.csv')}@-1`)).epochs).toEqual([1]);
    expect((await open(at('run'), { epoch: -2 })).epochs).toEqual([0]);
    await expect(open(`${at('run')}@7`)).rejects.toThrow(/run@7: the epochs of .*run are 0 to 1/);
    await expect(open(at('run'), { epoch: 7 })).rejects.toThrow(/--epoch 7: the epochs of/);
    await expect(open(`${at('run')}@last`)).rejects.toThrow(/'last' is no epoch, .*run@-1 for the last/);
    await expect(open(`${at('other')}@1`)).rejects.toThrow(/other: no such dump or csv/);
  });

  it('takes what is called so for itself, not for an epoch', async () => {
    putDiagonal(at('run@0'), 'conv1', [1, 1]);
    putDiagonal(at('run'), 'conv2', [1, 1]);
    const { layers, path } = await open(at('run@0'));
    expect(layers.map(({ layer }) => layer)).toEqual(['conv1']);
    expect(path).toBe(at('run@0'));
    expect((await open(`${at('run@0')}@0`)).epochs).toEqual([0]);
  });

  it('chooses layers and modes', async () => {
    const { layers } = await open(PACKAGE, { layers: ['feat*'], mode: 'eval' });
    expect(layers.map(({ layer, mode }) => `${mode} ${layer}`)).toEqual(['eval features-0']);
    for (const run of [PACKAGE, 'fixtures/dump/package.csv']) {
      await expect(open(run, { layers: ['feature'] })).rejects.toThrow(
        /--layers feature: in .* did you mean features-0\?/,
      );
    }
    putDiagonal(at('dump'), 'conv1', [1, 1]);
    await expect(open(at('dump'), { mode: 'train' })).rejects.toThrow(/--mode train: .* holds eval alone/);
  });

  it('is interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(openResults(PACKAGE, OPTIONS, {}, signal)).rejects.toThrow(Interrupted);
    const later = new AbortController();
    const events = { spectra: () => later.abort() };
    const options = { ...OPTIONS, spectra: true };
    await expect(openResults(PACKAGE, options, events, later.signal)).rejects.toThrow(Interrupted);
  });
});

describe('openResults of a dump', () => {
  const saturationOf = ({ layers }: Results) =>
    layers.map(({ statistics }) => Object.fromEntries(statistics.get('saturation') ?? []));

  it('takes what is stored, and computes the rest at 0.99', async () => {
    const notes: string[] = [];
    putDiagonal(at('dump'), 'conv1', [1, 1, 1, 1]);
    putDiagonal(at('dump'), 'conv1', [1, 0, 0, 0], 1);
    putQuantity(at('dump'), '_eval-saturation_conv1', 0, npyBytes([0.123], []));
    const results = await open(at('dump'), { stats: ['lsat', 'pr'] }, notes);
    expect(flat(results)).toEqual({
      'eval-saturation_conv1': { 0: 0.123, 1: 0.25 },
      'eval-participation-ratio_conv1': { 0: 4, 1: 1 },
    });
    expect(notes).toEqual([]);
    expect(saturationOf(await open(at('dump'), { threshold: 0.5 }))).toEqual([{ 0: 0.25, 1: 0.25 }]);
    expect(saturationOf(await open(at('dump'), { threshold: 0.5, rule: 'textbook' }))).toEqual([
      { 0: 0.5, 1: 0.25 },
    ]);
    expect(saturationOf(await open(at('dump'), { rule: 'textbook' }))).toEqual([{ 0: 1, 1: 0.25 }]);
    await open(at('dump'), { stats: ['lsat', 'idim'], epoch: 0 }, notes);
    expect(notes).toEqual([
      expect.stringMatching(/saturation is as stored, intrinsic-dimensionality computed at 0\.99/),
    ]);
  });

  it('computes what is not stored as the rest was recorded', async () => {
    const notes: string[] = [];
    putDiagonal(at('dump'), 'conv1', [1, 1, 1, 1]);
    putQuantity(at('dump'), '_eval-saturation_conv1', 0, npyBytes([0.75], []));
    writeFileSync(at('dump', 'run.json'), '{"options": {"thresholds": [0.6, 0.9], "rule": "textbook"}}');
    const results = await open(at('dump'), { stats: ['lsat', 'idim'] }, notes);
    expect(results.recordedWith).toEqual({ threshold: 0.6, rule: 'textbook' });
    expect(flat(results)).toEqual({
      'eval-saturation_conv1': { 0: 0.75 },
      'eval-intrinsic-dimensionality_conv1': { 0: 3 },
    });
    expect(notes).toEqual([]);
    for (const text of ['{', '[]', '{"options": {"thresholds": 3}}']) {
      writeFileSync(at('dump', 'run.json'), text);
      expect((await open(at('dump'))).recordedWith).toBeUndefined();
    }
  });

  it("reads numbers that are no layer's alone", async () => {
    putQuantity(at('dump'), '_eval-saturation_conv1', 2, npyBytes([0.75], []));
    putQuantity(at('dump'), 'loss', 2, npyBytes([0.5], []));
    const { epochs, scalars } = await open(at('dump'), { stats: [], epoch: -1 });
    expect(epochs).toEqual([2]);
    expect(scalars.get('loss')?.get(2)).toBe(0.5);
  });

  it('reads no spectra where everything is stored', async () => {
    const counts: number[] = [];
    const events = { spectra: (_done: number, all: number) => counts.push(all) };
    await openResults(PACKAGE, OPTIONS, events);
    expect(counts).toEqual([]);
    const { layers } = await openResults(PACKAGE, { ...OPTIONS, spectra: true, epoch: -1 }, events);
    expect(counts).toEqual([4, 4, 4, 4, 4]);
    for (const { spectra, statistics } of layers) {
      const values = [...spectra.get(1)!.values];
      expect(values.reduce((sum, value) => sum + value)).toBeCloseTo(
        statistics.get('covariance-trace')!.get(1)!,
        10,
      );
    }
  });

  it('reads dumps without covariances, for what they store', async () => {
    const dump = at('scalars');
    putQuantity(dump, '_train-saturation_conv_a-b', 0, npyBytes([0.5], []));
    putQuantity(dump, '_train-saturation_conv_a-b', 1, npyBytes([Number.NaN], []));
    putQuantity(dump, 'average-train-sat', 0, npyBytes([0.5], []));
    putQuantity(dump, 'loss', 0, npyBytes([2], []));
    const results = await open(dump);
    expect(results.layers[0]?.layer).toBe('conv_a-b');
    expect(flat(results)).toEqual({
      'train-saturation_conv_a-b': { 0: 0.5 },
      'average-train-sat': { 0: 0.5 },
      loss: { 0: 2 },
    });
    const message =
      /holds no .* no covariances to compute from, only saturation, average-train-sat, loss; record with cov/;
    await expect(open(dump, { stats: ['erank'] })).rejects.toThrow(message);
    await expect(open(dump, { stats: ['lsat'], threshold: 0.9 })).rejects.toThrow(/leave --threshold away/);
    await expect(open(dump, { spectra: true })).rejects.toThrow(/no eigenvalues and no covariances/);
  });

  it('averages what it computes', async () => {
    putDiagonal(at('dump'), 'conv1', [1, 1, 1, 1]);
    putDiagonal(at('dump'), 'conv2', [1, 0, 0, 0]);
    putQuantity(at('dump'), 'average-eval-sat', 0, npyBytes([0.9], []));
    const average = async (options: Partial<ResultsOptions>) =>
      (await open(at('dump'), options)).scalars.get('average-eval-sat')?.get(0);
    expect(await average({})).toBe(0.9);
    expect(await average({ threshold: 0.99 })).toBe(0.5);
    expect(await average({ threshold: 0.99, layers: ['conv1'] })).toBeUndefined();
  });

  it('says what an epoch lacks', async () => {
    const notes: string[] = [];
    putDiagonal(at('dump'), 'conv1', [1, 1]);
    putDiagonal(at('dump'), 'conv2', [1, 1]);
    putDiagonal(at('dump'), 'conv2', [1, 1], 1);
    const { layers, epochs } = await open(at('dump'), { epoch: -1 }, notes);
    expect(layers.map(({ layer }) => layer)).toEqual(['conv2']);
    expect(epochs).toEqual([1]);
    expect(notes).toEqual([`${at('dump')}: nothing of epoch 1 in conv1 (eval)`]);
  });

  it('names what is damaged, and goes on', async () => {
    const notes: string[] = [];
    writeFileSync(putDiagonal(at('dump'), 'conv1', [1, 1]), 'no array');
    putDiagonal(at('dump'), 'conv2', [1, Number.NaN]);
    const results = await open(at('dump'), { stats: ['lsat'] }, notes);
    expect(saturationOf(results)).toEqual([{}, {}]);
    expect(notes.join()).toMatch(/conv1.*left out.*conv2.*holds NaN/s);
  });
});

describe('openResults of a csv', () => {
  const csv = (...lines: string[]) => {
    writeFileSync(at('run.csv'), lines.join('\n'));
    return at('run.csv');
  };

  it("tells layers of any name from columns that are no layer's", async () => {
    const notes: string[] = [];
    const path = csv(
      '\uFEFF;eval-saturation_block_1-conv_2;"_train-saturation__a;b";eval-accuracy_top5;train-gini__a;b;loss;comment;eval-covariance-matrix_fc\r'.replace(
        'train-gini__a;b',
        '"train-gini__a;b"',
      ),
      '0;0.5;1e-05;0.9;3;inf;fine;"[[1. 2.]\n [2. 1.]]"\r',
      '1;nan;;.95;;-inf;;""\r',
      '',
    );
    const results = await open(path, { stats: ['lsat'] }, notes);
    expect(flat(results)).toEqual({
      'train-saturation__a;b': { 0: 1e-5 },
      'eval-saturation_block_1-conv_2': { 0: 0.5 },
      'eval-accuracy_top5': { 0: 0.9, 1: 0.95 },
      loss: { 0: Number.POSITIVE_INFINITY, 1: Number.NEGATIVE_INFINITY },
    });
    expect(notes).toEqual([`${path}: comment: text, not numbers, so left out`]);
  });

  it('reads the numbers of PyTorch and NumPy as print shows them', async () => {
    const cells = [
      'tensor(1.5000)',
      "tensor(0.25, device='cuda:0', dtype=torch.float64, grad_fn=<MulBackward0>)",
      'np.float64(1e-05)',
      'tensor(nan)',
      '"tensor([1., 2.])"',
    ];
    const path = csv(
      `;eval-saturation_a;${cells.map((_, i) => `m${i}`).join(';')}`,
      `0;1;${cells.join(';')}`,
    );
    const { scalars } = await open(path, { stats: ['lsat'] });
    expect([...scalars].map(([, numbers]) => numbers.get(0))).toEqual([1.5, 0.25, 1e-5, undefined]);
  });

  it('takes a mode without a number in the epoch for one that was not recorded then', async () => {
    const notes: string[] = [];
    const path = csv(';train-saturation_a;eval-saturation_a', '0;0.5;0.5', '4;0.5;', '5;;');
    const modes = async (run: string) =>
      (await open(run, { stats: ['lsat'] }, notes)).layers.map(({ mode }) => mode);
    expect(await modes(path)).toEqual(['train', 'eval']);
    expect(await modes(`${path}@4`)).toEqual(['train']);
    expect(notes).toEqual([`${path}: nothing of epoch 4 in eval`]);
    expect(await modes(`${path}@5`)).toEqual(['train', 'eval']);
    await expect(open(`${path}@1`)).rejects.toThrow(/are 0, 4 to 5/);
  });

  const HEADER = ';eval-saturation_a;eval-saturation_b';
  it.each([
    ['an empty file', [''], /is empty/],
    ['no rows', [HEADER], /holds no epoch/],
    [
      'commas',
      [',eval-saturation_a,loss', '0,0.5,1'],
      /separated by commas, those of a csv of results by semicolons/,
    ],
    ['tabs', ['\teval-saturation_a', '0\t0.5'], /separated by tabs/],
    [
      'no epochs',
      ['eval-saturation_a;loss', '0.5;1'],
      /first column is 'eval-saturation_a', where the epochs/,
    ],
    ['another table', ['name,size', 'a,3'], /does not begin as a csv of results/],
    ['a picture', ['\0PNG'], /no text in UTF-8/],
    ['too few cells', [HEADER, '0;0.5;0.5', '1;0.5'], /row 2, of epoch 1, has 1 values for 2 columns/],
    ['too many cells', [HEADER, '0;0.5;0.5;0.5'], /has 3 values for 2 columns/],
    [
      'text',
      [HEADER, '0;0.5;half'],
      /epoch 0 has 'half' in the column 'eval-saturation_b', which is no number$/,
    ],
    ['a decimal comma', [HEADER, '0;0,5;0.5'], /'0,5' .* decimals are set off by a point/],
    [
      'a column twice',
      [';eval-saturation_a;eval-saturation_a', '0;1;1'],
      /'eval-saturation_a' stands there twice/,
    ],
    ['both spellings', [';eval-saturation_a;_eval-saturation_a', '0;1;1'], /of the same statistic/],
    ['an epoch twice', [HEADER, '3;1;1', '3;1;1'], /epoch 3 stands there twice/],
    ['an epoch that is none', [HEADER, 'last;1;1'], /row 1 begins with 'last' where its epoch stands/],
    ['an open quote', [HEADER, '0;"0.5;0.5'], /[Qq]uote/],
    ['no layers', [';loss', '0;1'], /has no column of a layer/],
    [
      'other statistics',
      [';eval-diagonal-trace_a', '0;1'],
      /holds no saturation and .*, only diagonal-trace/,
    ],
  ])('refuses %s', async (_what, lines, message) => {
    const path = csv(...lines);
    await expect(open(path)).rejects.toThrow(message);
    await expect(open(path)).rejects.toThrow(path);
  });

  it('says that only dumps have covariances', async () => {
    const path = csv(HEADER, '0;1;1');
    await expect(open(path, { threshold: 0.9 })).rejects.toThrow(/--threshold 0\.9 .* is a csv/);
    await expect(open(path, { rule: 'textbook' })).rejects.toThrow(/--rule textbook/);
    await expect(open(path, { spectra: true })).rejects.toThrow(/eigenvalues/);
    expect((await open(path, { stats: [], threshold: 0.9 })).layers).toHaveLength(2);
  });
});
