import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STATISTICS, statisticNames } from '../../src/core/statistics.js';
import { cacheFolder } from '../../src/recompute/cache.js';
import {
  defaultRecomputeOptions,
  type RecomputedLayer,
  type RecomputeOptions,
  recompute,
} from '../../src/recompute/recompute.js';
import { delve } from '../cli/host.js';
import { npyBytes, putDiagonal, putQuantity } from './dumps.js';

const PACKAGE = 'fixtures/dump/package';
const TORCH = 'fixtures/torch/expected/cnn';

let folder: string;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-recompute-'));
  notes = [];
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

async function layersOf(dump: string, more: Partial<RecomputeOptions> = {}): Promise<RecomputedLayer[]> {
  const options = { ...defaultRecomputeOptions(), cache: undefined, threads: 1, dumps: [dump], ...more };
  return (await recompute(options, { note: (message) => notes.push(message) })).layers;
}

const idims = (layers: readonly RecomputedLayer[]) => layers.map(({ stats }) => stats.get('idim'));

/** Rows of a csv that the Python package wrote, by column. */
function packageCsv(path: string): Record<string, string>[] {
  return Papa.parse<Record<string, string>>(readFileSync(path, 'utf8').trim(), {
    delimiter: ';',
    header: true,
  }).data;
}

describe('recompute', () => {
  it.each([
    [PACKAGE, 'fixtures/dump/package.csv', 0.9],
    [TORCH, 'fixtures/torch/expected/cnn.csv', 0.99],
  ])('gives the statistics that the Python package wrote with %s', async (dump, csv, threshold) => {
    const rows = packageCsv(csv);
    const layers = await layersOf(dump, { thresholds: [threshold], epoch: 'all' });
    let compared = 0;
    for (const { epoch, mode, layer, stats } of layers) {
      for (const name of statisticNames()) {
        const wanted = rows[epoch]![`${mode}-${STATISTICS[name].longName}_${layer}`];
        if (wanted === undefined) continue;
        const value = Number(wanted);
        // Of a singular matrix it is rounding alone.
        if (name === 'det' && Math.abs(value) < 1e-100) continue;
        compared++;
        const tolerance = name === 'det' ? 1e-3 : 1e-12;
        expect(Math.abs(stats.get(name)! - value)).toBeLessThanOrEqual(tolerance * Math.abs(value));
      }
    }
    expect(compared).toBeGreaterThanOrEqual(40);
  });

  it('keeps the order of the epoch counter, that of execution', async () => {
    const names = (await layersOf(TORCH)).map(({ layer }) => layer);
    expect(names[0]).toBe('conv1');
    expect(names.slice(-2)).toEqual(['classifier-0', 'classifier-3']);
    expect(names.indexOf('layer1-0-downsample-0')).toBeLessThan(names.indexOf('layer1-0-conv1'));
  });

  it('has that order of a recording that was continued, too', async () => {
    const args = ['--data', 'fixtures/mnist/images.npy', '--limit', '32', '--out', at('run'), '--quiet'];
    for (const epoch of ['0', '1']) {
      await delve(['record', 'fixtures/mnist/cnn', ...args, '--initial-epoch', epoch]);
    }
    const layers = await layersOf(at('run'), { epoch: 'all' });
    const order = [
      'stem',
      'widen',
      'residual-conv1',
      'residual-conv2',
      'depthwise',
      'pointwise',
      'hidden',
      'digit',
    ];
    expect(layers.map(({ layer }) => layer)).toEqual([...order, ...order]);
  });

  it('orders layers naturally where there is no counter', async () => {
    for (const layer of ['conv10', 'conv2', 'conv1']) putDiagonal(at('dump'), layer, [1, 1]);
    expect((await layersOf(at('dump'))).map(({ layer }) => layer)).toEqual(['conv1', 'conv2', 'conv10']);
  });

  it('counts at several thresholds and by both rules', async () => {
    putDiagonal(at('dump'), 'a', [1, 4, 3, 2]);
    const thresholds = [0.4, 0.5, 0.7, 0.95, 1];
    const [delveRule] = await layersOf(at('dump'), { thresholds });
    expect(delveRule!.byThreshold.map(({ idim }) => idim)).toEqual([1, 1, 1, 3, 3]);
    const [textbook] = await layersOf(at('dump'), { thresholds, rule: 'textbook' });
    expect(textbook!.byThreshold.map(({ idim }) => idim)).toEqual([1, 2, 2, 4, 4]);
    expect(textbook!.byThreshold.map(({ saturation }) => saturation)).toEqual([0.25, 0.5, 0.5, 1, 1]);
  });

  it('takes layers, modes and epochs', async () => {
    expect(await layersOf(PACKAGE, { epoch: 'all' })).toHaveLength(8);
    const one = await layersOf(PACKAGE, { layers: ['features*'], mode: 'train', epoch: 0 });
    expect(one.map(({ layer, mode, epoch }) => [layer, mode, epoch])).toEqual([['features-0', 'train', 0]]);
    expect((await layersOf(PACKAGE, { epoch: -2 })).map(({ epoch }) => epoch)).toEqual([0, 0, 0, 0]);
    await expect(layersOf(PACKAGE, { epoch: 2 })).rejects.toThrow(`the epochs of ${PACKAGE} are 0 to 1`);
    await expect(layersOf(PACKAGE, { layers: ['feature'] })).rejects.toThrow(
      /no layer 'feature'; did you mean/,
    );
    await expect(layersOf(TORCH, { mode: 'train' })).rejects.toThrow(/holds eval alone/);
  });

  it('says what is there instead of covariances, or of a dump', async () => {
    putQuantity(at('dump'), '_eval-saturation_a', 0, npyBytes([0.5], []));
    await expect(layersOf(at('dump'))).rejects.toThrow(/holds no covariances .* only saturation/);
    await expect(layersOf(folder)).rejects.toThrow(/holds no dump/);
    await expect(layersOf('fixtures/torch/expected')).rejects.toThrow(
      /did you mean fixtures\/torch\/expected\/cnn\?/,
    );
    await expect(layersOf('fixtures/dump/package.csv')).rejects.toThrow(/the folder beside it/);
    copyFileSync('fixtures/dump/refused-harm.pkl', at('dump', 'epoch_counter.pkl'));
    await expect(layersOf(at('dump'))).rejects.toThrow(/epoch_counter\.pkl: .*so it is no epoch counter/);
  });
});

describe('matrices', () => {
  const forms = [1, 2, 3].flatMap((version) =>
    (['<f8', '>f8', '<f4', '>f4'] as const).flatMap((descr) =>
      [false, true].map((fortran) => ({ version: version as 1 | 2 | 3, descr, fortran })),
    ),
  );

  it.each(forms)('of npy version $version, type $descr, Fortran order $fortran', async (form) => {
    putQuantity(at('dump'), '_eval-covariance-matrix_a', 0, npyBytes([2, 1, 1, 2], [2, 2], form));
    const [{ stats }] = (await layersOf(at('dump'))) as [RecomputedLayer];
    // Eigenvalues 3 and 1.
    expect(stats.get('trc')).toBeCloseTo(4, 14);
    expect(stats.get('det')).toBeCloseTo(3, 14);
  });

  it('that are truncated are named and left out, or refused', async () => {
    putDiagonal(at('dump'), 'a', [1, 2]);
    truncateSync(putDiagonal(at('dump'), 'b', [1, 2]), 140);
    writeFileSync(putDiagonal(at('dump'), 'c', [1, 2]), '');
    expect((await layersOf(at('dump'))).map(({ layer }) => layer)).toEqual(['a']);
    expect(notes[0]).toMatch(
      /_b_epoch0\.npy is truncated: expected 160 bytes .* found 140;.*; it is left out$/,
    );
    expect(notes[1]).toMatch(/_c_epoch0\.npy: the file is empty; it is left out$/);
    await expect(layersOf(at('dump'), { strict: true })).rejects.toThrow(/_b_epoch0\.npy is truncated/);
  });

  it('that are asymmetric or not finite are named, or refused', async () => {
    putQuantity(at('dump'), '_eval-covariance-matrix_a', 0, npyBytes([2, 1, 0, 2], [2, 2]));
    putQuantity(at('dump'), '_eval-covariance-matrix_b', 0, npyBytes([1, Number.NaN, 0, 1], [2, 2]));
    const [asymmetric, nan] = await layersOf(at('dump'));
    // The upper triangle is what the Python package reads.
    expect(asymmetric!.stats.get('det')).toBeCloseTo(3, 14);
    expect(asymmetric!.finite).toBe(true);
    expect(nan!.finite).toBe(false);
    expect(nan!.stats.get('lsat')).toBeNaN();
    expect(notes.join('\n')).toMatch(/_a_epoch0\.npy is not symmetric .*\n.*_b_epoch0\.npy holds NaN/);
    await expect(layersOf(at('dump'), { strict: true })).rejects.toThrow(/is not symmetric.*--strict/);
    await expect(layersOf(at('dump'), { strict: true, layers: ['b'] })).rejects.toThrow(/holds NaN/);
  });

  it('of another shape are no covariances', async () => {
    putQuantity(at('dump'), '_eval-covariance-matrix_a', 0, npyBytes([1, 2], [1, 2]));
    await expect(layersOf(at('dump'))).rejects.toThrow(/none of the covariances could be read/);
    expect(notes[0]).toMatch(/no square matrix: its shape is \(1, 2\)/);
  });
});

describe('the cache', () => {
  const cache = () => ({ cache: at('cache') });

  it('answers as long as size and time of modification are the same, and leaves the dump alone', async () => {
    const path = putDiagonal(at('dump'), 'a', [8, 1, 1, 1]);
    const before = readdirSync(at('dump'), { recursive: true });
    const { atime, mtime } = statSync(path);
    utimesSync(path, atime, mtime);
    expect(idims(await layersOf(at('dump'), cache()))).toEqual([3]);
    // Another matrix under the same size and time: only the cache can still say 3.
    putDiagonal(at('dump'), 'a', [8, 0, 0, 0]);
    utimesSync(path, atime, mtime);
    expect(idims(await layersOf(at('dump'), cache()))).toEqual([3]);
    expect(idims(await layersOf(at('dump')))).toEqual([1]);
    utimesSync(path, atime, new Date(mtime.getTime() + 5));
    expect(idims(await layersOf(at('dump'), cache()))).toEqual([1]);
    expect(readdirSync(at('dump'), { recursive: true })).toEqual(before);
  });

  it('names an asymmetric matrix again', async () => {
    putQuantity(at('dump'), '_eval-covariance-matrix_a', 0, npyBytes([2, 1, 0, 2], [2, 2]));
    await layersOf(at('dump'), cache());
    await layersOf(at('dump'), cache());
    expect(notes.filter((note) => note.includes('not symmetric'))).toHaveLength(2);
  });

  it('may be damaged, or no folder', async () => {
    putDiagonal(at('dump'), 'a', [8, 1, 1, 1]);
    await layersOf(at('dump'), cache());
    for (const file of readdirSync(at('cache'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) truncateSync(join(file.parentPath, file.name), 100);
    }
    expect(idims(await layersOf(at('dump'), cache()))).toEqual([3]);
    expect(notes).toEqual([]);
    writeFileSync(at('file'), '');
    putDiagonal(at('dump'), 'b', [8, 1, 1, 1]);
    expect(idims(await layersOf(at('dump'), { cache: at('file') }))).toEqual([3, 3]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/file takes no files/);
  });

  // Root may write anywhere, access rights or not.
  it.skipIf(process.getuid?.() === 0)('is not needed, nor a writable dump', async () => {
    putDiagonal(at('dump'), 'a', [8, 1, 1, 1]);
    chmodSync(at('dump'), 0o555);
    expect(idims(await layersOf(at('dump'), cache()))).toEqual([3]);
    chmodSync(at('dump'), 0o755);
  });

  it('lies where the platform has it, unless DELVE_HOME moves it', () => {
    expect(cacheFolder({ DELVE_HOME: '/d', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe(join('/d', 'cache'));
    expect(cacheFolder({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe(join('/x', 'delve'));
    expect(cacheFolder({})).toBeUndefined();
    if (process.platform === 'linux') expect(cacheFolder({ HOME: '/h' })).toBe('/h/.cache/delve');
  });
});

describe('spectra that a dump keeps', () => {
  const NAME = '_eval-covariance-matrix_hidden';
  const matrix = (dump: string) => join(dump, NAME, `${NAME}_epoch0.npy`);
  const record = async () => {
    const args = [
      '--data',
      'fixtures/mnist/images.npy',
      '--limit',
      '64',
      '--layers',
      'hidden,digit',
      '--quiet',
    ];
    const { code } = await delve(['record', 'fixtures/mnist/cnn', ...args, '--out', at('run')]);
    expect(code).toBe(0);
  };

  it('are used, with n, in place of the matrices', async () => {
    await record();
    const [hidden] = await layersOf(at('run'), { layers: ['hidden'] });
    expect(hidden).toMatchObject({ n: 64, d: 64 });
    rmSync(at('run', NAME), { recursive: true });
    expect(await layersOf(at('run'), { layers: ['hidden'] })).toEqual([hidden]);
    expect(notes).toEqual([]);
  });

  it('are used of copies, and not of a matrix that has been changed since', async () => {
    await record();
    const [kept] = await layersOf(at('run'), { layers: ['hidden'] });
    cpSync(at('run'), at('copy'), { recursive: true });
    utimesSync(matrix(at('copy')), new Date(), new Date(Date.now() + 1e6));
    const [copied] = await layersOf(at('copy'), { layers: ['hidden'] });
    expect(copied).toEqual({ ...kept, dump: at('copy') });
    expect(notes).toEqual([]);

    const identity = Array.from({ length: 64 * 64 }, (_, i) => (i % 65 === 0 ? 1 : 0));
    putQuantity(at('copy'), NAME, 0, npyBytes(identity, [64, 64]));
    utimesSync(matrix(at('copy')), new Date(), new Date(Date.now() + 1e6));
    expect((await layersOf(at('copy'), { layers: ['hidden'] }))[0]!.stats.get('erank')).toBeCloseTo(64, 10);
    expect(notes.at(-1)).toMatch(/is not of the matrix beside it/);

    putDiagonal(at('run'), 'hidden', [3, 2, 1]);
    expect((await layersOf(at('run'), { layers: ['hidden'] }))[0]!.d).toBe(3);
  });

  it('give way to the matrix where they are damaged', async () => {
    await record();
    const [kept] = await layersOf(at('run'), { layers: ['digit'] });
    const spectrum = at('run', '_eval-spectrum_digit', '_eval-spectrum_digit_epoch0.npz');
    truncateSync(spectrum, 200);
    const [computed] = await layersOf(at('run'), { layers: ['digit'] });
    expect(computed!.byThreshold).toEqual(kept!.byThreshold);
    expect(notes).toHaveLength(1);
    await expect(layersOf(at('run'), { strict: true })).rejects.toThrow(/_eval-spectrum_digit_epoch0\.npz/);
  });
});
