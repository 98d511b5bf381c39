import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeNpz } from '../../src/dump/npz.js';
import { defaultRecomputeOptions, type RecomputeOptions, recompute } from '../../src/recompute/recompute.js';
import { delve } from '../cli/host.js';
import { npyBytes, putDiagonal, putQuantity } from './dumps.js';

let folder: string;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-damage-'));
  notes = [];
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

const namesIn = async (dump: string, more: Partial<RecomputeOptions> = {}) => {
  const options = { ...defaultRecomputeOptions(), cache: undefined, threads: 1, dumps: [dump], ...more };
  const { layers } = await recompute(options, { note: (message) => notes.push(message) });
  return layers.map(({ layer }) => layer);
};
const covariance = (layer: string, epoch = 0) => {
  const name = `_eval-covariance-matrix_${layer}`;
  return join(name, `${name}_epoch${epoch}.npy`);
};

describe('in the place of files', () => {
  beforeEach(() => {
    for (const layer of ['a', 'b', 'c', 'd']) putDiagonal(at('dump'), layer, [1, 2]);
    for (const layer of ['b', 'c', 'd']) rmSync(at('dump', covariance(layer)));
  });

  it('folders and links that lead nowhere are named and left out', async () => {
    mkdirSync(at('dump', covariance('b')));
    symlinkSync('nothing', at('dump', covariance('c')));
    symlinkSync(covariance('d').split('/')[1]!, at('dump', covariance('d')));
    symlinkSync('_eval-covariance-matrix_e', at('dump', '_eval-covariance-matrix_e'));
    expect(await namesIn(at('dump'))).toEqual(['a']);
    expect(notes.map((note) => note.replace(/.*epoch0\.npy: /, ''))).toEqual([
      'this is a folder, not a file; it is left out',
      'no such file; it is left out',
      'this is a link to itself; it is left out',
    ]);
    await expect(namesIn(at('dump'), { strict: true })).rejects.toThrow(/_b_epoch0\.npy: this is a folder/);
  });

  it.skipIf(process.platform === 'win32')('pipes do not hold it up', async () => {
    execFileSync('mkfifo', [at('dump', covariance('b')), at('dump', 'epoch_counter.pkl')]);
    await expect(namesIn(at('dump'))).rejects.toThrow(/epoch_counter\.pkl: not a regular file/);
    rmSync(at('dump', 'epoch_counter.pkl'));
    expect(await namesIn(at('dump'))).toEqual(['a']);
    expect(notes[0]).toMatch(/_b_epoch0\.npy: not a regular file/);
  });

  // Root may read anything, access rights or not.
  it.skipIf(process.getuid?.() === 0)('folders that may not be listed are named and left out', async () => {
    chmodSync(at('dump', '_eval-covariance-matrix_b'), 0);
    expect(await namesIn(at('dump'))).toEqual(['a']);
    expect(notes[0]).toMatch(/_b: no permission to read it; it is left out/);
    await expect(namesIn(at('dump'), { strict: true })).rejects.toThrow(/_b: no permission/);
    chmodSync(at('dump', '_eval-covariance-matrix_b'), 0o755);
  });
});

describe('an epoch counter', () => {
  it.each([
    ['with a character that Unicode lacks', '(dV\\Uffffffff\nI1\ns.'],
    ['larger than any', `}${'\0'.repeat(16 << 20)}`],
  ])('%s is refused', async (_, content) => {
    putDiagonal(at('dump'), 'a', [1, 2]);
    writeFileSync(at('dump', 'epoch_counter.pkl'), content, 'latin1');
    await expect(namesIn(at('dump'))).rejects.toThrow(/epoch_counter\.pkl: it .*so it is no epoch counter/);
  });
});

describe('a matrix beside its kept spectrum', () => {
  const record = async () => {
    const args = ['--data', 'fixtures/mnist/images.npy', '--limit', '64', '--layers', 'hidden,digit'];
    await delve(['record', 'fixtures/mnist/cnn', ...args, '--quiet', '--out', at('run')]);
  };

  it('that is damaged is named, and the spectrum counts', async () => {
    await record();
    truncateSync(at('run', covariance('hidden')), 500);
    writeFileSync(at('run', covariance('digit')), 'garbled');
    expect(await namesIn(at('run'))).toEqual(['hidden', 'digit']);
    expect(notes[0]).toMatch(
      /_hidden_epoch0\.npy is truncated: .* found 500; .*; the eigenvalues that are kept beside it count$/,
    );
    expect(notes[1]).toMatch(/_digit_epoch0\.npy: this is not an npy file/);
    await expect(namesIn(at('run'), { strict: true })).rejects.toThrow(/is truncated/);
  });

  it.each([
    ['values that ascend', [1, 2], 3],
    ['NaN among others', [2, Number.NaN], 3],
    ['half a row', [2, 1], 0.5],
  ])('counts where the spectrum holds %s', async (_, eigenvalues, n) => {
    putDiagonal(at('dump'), 'a', [5, 1]);
    const name = '_eval-spectrum_a';
    mkdirSync(at('dump', name));
    const arrays = {
      eigenvalues: { shape: [2], data: Float64Array.from(eigenvalues) },
      n: { shape: [], data: Float64Array.of(n) },
      layer: { shape: [1], data: Uint8Array.of(97) },
    };
    writeFileSync(at('dump', name, `${name}_epoch0.npz`), encodeNpz(arrays));
    const options = { ...defaultRecomputeOptions(), cache: undefined, threads: 1, dumps: [at('dump')] };
    const { layers } = await recompute(options, { note: (message) => notes.push(message) });
    expect(layers.map(({ stats }) => stats.get('trc'))).toEqual([6]);
    expect(notes[0]).toMatch(/_a_epoch0\.npz holds no spectrum that delve kept/);
  });

  it('and is newer is read once, where there is a cache', async () => {
    await record();
    cpSync(at('run'), at('copy'), { recursive: true });
    utimesSync(at('copy', covariance('digit')), new Date(), new Date(Date.now() + 1e6));
    await namesIn(at('copy'), { cache: at('cache'), layers: ['digit'] });
    const cached = readdirSync(at('cache'), { recursive: true }).filter((file) =>
      String(file).endsWith('.npz'),
    );
    expect(cached).toHaveLength(1);
    await namesIn(at('copy'), { cache: at('cache'), layers: ['digit'] });
    expect(notes).toEqual([]);
  });
});

describe('names of layers that speak to the terminal', () => {
  it('are written as text', async () => {
    putDiagonal(at('dump'), '\u001b[2Jred\nline\u202e', [1, 2]);
    putQuantity(at('dump'), '_eval-covariance-matrix_\u001b[31mbad', 0, npyBytes([1], [1, 2]));
    const args = ['recompute', at('dump'), '--fail-if', 'saturation > 0'];
    for (const format of [[], ['--markdown']]) {
      const { stdout, stderr } = await delve([...args, ...format]);
      expect(stdout).toMatch(/\\x1b\\?\[2Jred(\\x0a| )line\\u202e/);
      expect(stderr).toMatch(/note: .*_\\x1b\[31mbad.* is no square matrix/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
  });
});

describe('what else goes wrong', () => {
  it('is told beside JSON, too', async () => {
    putDiagonal(at('dump'), 'a', [1, 2]);
    writeFileSync(putDiagonal(at('dump'), 'b', [1, 2]), '');
    const { stdout, stderr } = await delve(['recompute', at('dump'), '--json']);
    expect(JSON.parse(stdout).layers).toHaveLength(1);
    expect(stderr).toMatch(/^note: .*_b_epoch0\.npy: the file is empty; it is left out\n$/);
  });

  it('is a cache that takes nothing, noted once however many matrices there are', async () => {
    writeFileSync(at('file'), '');
    const wide = Array.from({ length: 60 }, (_, i) => i);
    for (const layer of ['a', 'b', 'c', 'd', 'e', 'f']) putDiagonal(at('dump'), layer, wide);
    await namesIn(at('dump'), { cache: at('file'), threads: 2 });
    expect(notes).toHaveLength(1);
  });

  it('is a place of one of several tables, before anything is computed', async () => {
    putDiagonal(at('dump'), 'a', [1, 2]);
    mkdirSync(at('x-0.99.csv'));
    const args = ['--threshold', '0.9,0.99', '--csv', at('x.csv')];
    const { code, stderr } = await delve(['recompute', at('dump'), ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/x-0\.99\.csv is a folder/);
    expect(readdirSync(folder).toSorted()).toEqual(['dump', 'x-0.99.csv']);
  });

  it('is a folder of one quantity in the place of the dump', async () => {
    putDiagonal(at('dump'), 'a', [1, 2]);
    await expect(namesIn(at('dump', '_eval-covariance-matrix_a'))).rejects.toThrow(
      `the folder of one quantity; did you mean ${at('dump')}?`,
    );
  });
});
