import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CompareOptions, compare, defaultCompareOptions } from '../../src/compare/compare.js';
import { npyBytes, putDiagonal, putQuantity } from '../recompute/dumps.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

function csv(name: string, columns: Readonly<Record<string, string | number>>): string {
  writeFileSync(at(name), `;${Object.keys(columns).join(';')}\n7;${Object.values(columns).join(';')}\n`);
  return at(name);
}

const run = (a: string, b: string, options: Partial<CompareOptions> = {}) =>
  compare({ ...defaultCompareOptions(), cache: undefined, threads: 1, a, b, ...options });

describe('compare', () => {
  it('matches layers by name and mode, largest change first, unmatched ones apart', async () => {
    const a = csv('a.csv', {
      'train-saturation_x': 0.5,
      'eval-saturation_gone': 0.5,
      'eval-saturation_same': 0.5,
      'eval-saturation_x': 0.5,
      'eval-saturation_y': 0.5,
      'eval-saturation_lost': 0.5,
      'eval-saturation_never': '',
    });
    const b = csv('b.csv', {
      'eval-saturation_never': '',
      'eval-saturation_lost': 'nan',
      'eval-saturation_y': 0.25,
      'eval-saturation_x': 0.625,
      'eval-saturation_same': 0.5,
      'eval-saturation_new': 0.5,
    });
    const { layers, unmatched, ...rest } = await run(a, b);
    expect(layers.map(({ layer, changes }) => [layer, changes.get('lsat')?.delta])).toEqual([
      ['lost', Number.NaN],
      ['y', -0.25],
      ['x', 0.125],
      ['same', 0],
      ['never', Number.NaN],
    ]);
    expect(layers[1]).toMatchObject({ mode: 'eval' });
    expect(layers[1]?.changes.get('lsat')).toEqual({ a: 0.5, b: 0.25, delta: -0.25, relative: -0.5 });
    expect(unmatched).toEqual([
      { layer: 'x', mode: 'train', only: 'A' },
      { layer: 'gone', mode: 'eval', only: 'A' },
      { layer: 'new', mode: 'eval', only: 'B' },
    ]);
    expect(rest).toMatchObject({ a: { label: a, path: a, epoch: 7 }, threshold: undefined, gates: [] });
    const inOrder = await run(a, b, { sort: 'layer' });
    expect(inOrder.layers.map(({ layer }) => layer)).toEqual(['same', 'x', 'y', 'lost', 'never']);
  });

  it('takes no change of infinite or zero numbers for none', async () => {
    const a = csv('a.csv', { 'eval-covariance-determinant_x': 'inf', 'eval-covariance-determinant_y': 0 });
    const b = csv('b.csv', { 'eval-covariance-determinant_x': 'inf', 'eval-covariance-determinant_y': 0 });
    const { layers } = await run(a, b, { stats: ['det'] });
    for (const { changes } of layers) expect(changes.get('det')).toMatchObject({ delta: 0, relative: 0 });
  });

  it('computes at a threshold, reads the statistics of gates, and compares epochs', async () => {
    putDiagonal(at('run'), 'conv1', [1, 1, 1, 1], 0);
    putDiagonal(at('run'), 'conv1', [9, 1, 0, 0], 1);
    const { layers, stats, gates, threshold } = await run(`${at('run')}@0`, at('run'), {
      threshold: 0.95,
      failIf: ['delta(pr) < -1', 'relative(trc) > 2'],
    });
    expect(stats).toEqual(['lsat']);
    expect(threshold).toBe(0.95);
    const changes = layers[0]!.changes;
    expect(changes.get('lsat')).toMatchObject({ a: 0.75, b: 0.25 });
    // (9 + 1)^2 / (81 + 1)
    expect(changes.get('pr')?.b).toBeCloseTo(100 / 82, 12);
    expect(gates.map(({ failed }) => failed)).toEqual([true, false]);
  });

  it('refuses stored statistics of different thresholds', async () => {
    for (const [name, threshold] of [
      ['a', 0.9],
      ['b', 0.99],
    ] as const) {
      putDiagonal(at(name), 'conv1', [1, 1, 1, 1]);
      putQuantity(at(name), '_eval-saturation_conv1', 0, npyBytes([0.75], []));
      writeFileSync(
        at(name, 'run.json'),
        JSON.stringify({ options: { thresholds: [threshold], rule: 'delve' } }),
      );
    }
    await expect(run(at('a'), at('b'))).rejects.toThrow(
      /a was recorded with --threshold 0\.9, .*b with --threshold 0\.99; add --threshold 0\.9 /,
    );
    expect((await run(at('a'), at('b'), { stats: ['trc'] })).layers).toHaveLength(1);
    expect((await run(at('a'), at('b'), { threshold: 0.9 })).layers).toHaveLength(1);
    expect((await run(at('a'), at('a'))).threshold).toBe(0.9);
  });

  it('says why there is nothing to compare', async () => {
    const evaluated = csv('eval.csv', { 'eval-saturation_x': 1 });
    const trained = csv('train.csv', { 'train-saturation_x': 1 });
    const other = csv('other.csv', { 'eval-saturation_z': 1 });
    const more = csv('more.csv', { 'eval-saturation_x': 1, 'eval-effective-rank_x': 2 });
    await expect(run(evaluated, trained)).rejects.toThrow(
      /eval\.csv holds layers of eval, .*train\.csv of train, .*within a mode; record both/,
    );
    await expect(run(evaluated, other)).rejects.toThrow(/no layer of the same name: x \.\.\. and z/);
    await expect(run(more, evaluated, { stats: ['lsat', 'erank'] })).rejects.toThrow(
      /eval\.csv holds no effective-rank of these layers/,
    );
    await expect(run(more, evaluated, { failIf: ['delta(erank) > 1'] })).rejects.toThrow(/no effective-rank/);
    await expect(run(more, evaluated, { failIf: ['delta(lsat(y*)) > 1'] })).rejects.toThrow(
      /no layer matches 'y\*'/,
    );
  });
});
