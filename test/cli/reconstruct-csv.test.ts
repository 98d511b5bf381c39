import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npyBytes, putDiagonal, putQuantity } from '../recompute/dumps.js';
import { delve } from './host.js';

const PACKAGE = 'fixtures/dump/package';
const TORCH = 'fixtures/torch/expected/cnn';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-reconstruct-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

function rowsOf(csv: string): Record<string, string>[] {
  return Papa.parse<Record<string, string>>(csv.trim(), { delimiter: ';', header: true }).data;
}

describe('delve reconstruct-csv', () => {
  it.each([
    [PACKAGE, 'fixtures/dump/package.csv'],
    [TORCH, 'fixtures/torch/expected/cnn.csv'],
  ])('of %s gives the csv that the Python package wrote beside it', async (dump, csv) => {
    const { code, stdout } = await delve(['reconstruct-csv', dump]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(csv, 'utf8'));
  });

  it('gives the csv that our own recording wrote', async () => {
    const args = ['--data', 'fixtures/mnist/images.npy', '--limit', '32', '--average-sat', '--stats'];
    const models = ['fixtures/mnist/cnn', 'fixtures/mnist/cnn'];
    await delve(['record', ...models, ...args, 'cov,lsat,idim,trc,erank', '--out', at('run'), '--quiet']);
    const { stderr } = await delve(['reconstruct-csv', at('run'), '-o', at('again.csv')]);
    expect(stderr).toBe(`saved ${at('again.csv')}\n`);
    expect(readFileSync(at('again.csv'), 'utf8')).toBe(readFileSync(at('run.csv'), 'utf8'));
  });

  it('computes from covariances at a threshold, in the place of what was stored', async () => {
    const [before] = rowsOf(readFileSync('fixtures/dump/package.csv', 'utf8'));
    const { stdout, stderr } = await delve(['reconstruct-csv', PACKAGE, '--threshold', '0.9']);
    expect(stderr).toBe('');
    const [row] = rowsOf(stdout);
    expect(Object.keys(row!)).toEqual(Object.keys(before!));
    // The package's own average is nan, by a slip.
    expect(row).toEqual({ ...before, 'average-train-sat': '0.55', 'average-eval-sat': '0.55' });

    const [low] = rowsOf((await delve(['reconstruct-csv', PACKAGE, '--threshold', '0.5'])).stdout);
    expect(low).toMatchObject({ 'train-intrinsic-dimensionality_fc': '1', 'train-saturation_fc': '0.25' });
    expect(low!['train-covariance-trace_fc']).toBe(before!['train-covariance-trace_fc']);
  });

  it('adds statistics that were not recorded, and says which stay as stored', async () => {
    const args = ['--threshold', '0.9', '--stats', 'lsat,pr'];
    const { stdout, stderr } = await delve(['reconstruct-csv', PACKAGE, ...args]);
    const columns = Object.keys(rowsOf(stdout)[0]!);
    expect(columns.slice(1, 8)).toEqual([
      ...[
        'saturation',
        'intrinsic-dimensionality',
        'covariance-determinant',
        'covariance-trace',
        'diagonal-trace',
      ].map((name) => `train-${name}_features-0`),
      'train-participation-ratio_features-0',
      'train-saturation_fc',
    ]);
    expect(stderr).toMatch(/note: intrinsic-dimensionality is as stored/);
  });

  it('names columns as the package does', async () => {
    const { stdout } = await delve(['reconstruct-csv', PACKAGE, '--python-names', '--threshold', '0.5']);
    const columns = Object.keys(rowsOf(stdout)[0]!).slice(1);
    // The names are those of the folders; of the covariances there is no column.
    const folders = readdirSync(PACKAGE).filter((name) => !/matrix|pkl/.test(name));
    expect(columns.toSorted()).toEqual(folders.toSorted());
  });

  it('fills epochs that a quantity lacks, and collects the numbers of others', async () => {
    putQuantity(at('d'), '_eval-saturation_b', 0, npyBytes([0.5], []));
    putQuantity(at('d'), '_eval-saturation_b', 2, npyBytes([0.25], [1]));
    putQuantity(at('d'), '_eval-saturation_a10', 10, npyBytes([1], [], { descr: '>f8' }));
    putQuantity(at('d'), '_eval-saturation_a2', 2, npyBytes([Number.NaN], []));
    putQuantity(at('d'), 'learning-rate', 0, npyBytes([1e-5], []));
    putQuantity(at('d'), 'steps', 10, npyBytes([7], [], { descr: '<i8' }));
    putQuantity(at('d'), '_eval-embedded-sample_a2', 0, npyBytes([1, 2, 3, 4], [2, 2]));
    const { code, stdout, stderr } = await delve(['reconstruct-csv', at('d')]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        ';eval-saturation_a2;eval-saturation_a10;eval-saturation_b;learning-rate;steps',
        '0;;;0.5;1e-05;',
        '2;;;0.25;;',
        '10;;1.0;;;7',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(/note: _eval-embedded-sample_a2: arrays, not numbers/);
    expect(stderr).toMatch(/holds no intrinsic-dimensionality; with --threshold/);
  });

  it('says what is there where covariances or numbers are missing', async () => {
    putQuantity(at('d'), '_eval-saturation_a', 0, npyBytes([0.5], []));
    const without = await delve(['reconstruct-csv', at('d'), '--threshold', '0.9']);
    expect(without.code).toBe(2);
    expect(without.stderr).toMatch(/d holds no covariances to recompute from, only saturation;/);
    putDiagonal(at('d'), 'b', [1, 1]);
    const partly = await delve(['reconstruct-csv', at('d'), '--threshold', '0.9']);
    expect(partly.stderr).toMatch(
      /no covariance of a \(eval\), so saturation and intrinsic-dimensionality are left/,
    );
    expect(partly.stdout).toBe(';eval-saturation_b;eval-intrinsic-dimensionality_b\n0;0.5;1\n');
    putDiagonal(at('e'), 'b', [1, 1]);
    const covariances = await delve(['reconstruct-csv', at('e')]);
    expect(covariances.code).toBe(2);
    expect(covariances.stderr).toMatch(/holds no numbers, but 1 covariances; add --threshold/);
  });

  it('names damaged files and leaves them out, or refuses them', async () => {
    cpSync(PACKAGE, at('d'), { recursive: true });
    truncateSync(at('d', '_eval-saturation_fc', '_eval-saturation_fc_epoch1.npy'), 130);
    const { code, stdout, stderr } = await delve(['reconstruct-csv', at('d')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: .*_eval-saturation_fc_epoch1\.npy is truncated: .*left out\n$/);
    expect(rowsOf(stdout).map((row) => row['eval-saturation_fc'])).toEqual(['0.5', '']);
    expect((await delve(['reconstruct-csv', at('d'), '--strict'])).code).toBe(2);
  });

  it('refuses several thresholds, and places that cannot be written', async () => {
    const several = await delve(['reconstruct-csv', PACKAGE, '--threshold', '0.9,0.99']);
    expect(several.code).toBe(2);
    expect(several.stderr).toMatch(/one threshold/);
    const folderThere = await delve(['reconstruct-csv', PACKAGE, '-o', folder]);
    expect(folderThere.code).toBe(2);
    expect(folderThere.stderr).toMatch(/is a folder where a file must be written/);
  });

  it('takes - as stdout', async () => {
    const { code, stdout, stderr } = await delve(['reconstruct-csv', PACKAGE, '-o', '-']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe((await delve(['reconstruct-csv', PACKAGE])).stdout);
  });

  it('has a help with examples that name options it knows', async () => {
    const { stdout } = await delve(['reconstruct-csv', '--help']);
    const examples = [...stdout.matchAll(/^ {2}\$ delve (.*)$/gm)].map(([, example]) => example!);
    expect(examples.length).toBeGreaterThan(1);
    for (const option of examples.join(' ').matchAll(/ (--[a-z-]+)/g)) {
      expect(stdout).toMatch(new RegExp(`^ {2}(-\\w, )?${option[1]} `, 'm'));
    }
  });
});
