import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npyBytes, putDiagonal, putQuantity } from '../recompute/dumps.js';
import { delve } from './host.js';

const PACKAGE = 'fixtures/dump/package';
const TORCH = 'fixtures/torch/expected/cnn';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-recompute-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

describe('delve recompute', () => {
  it('prints a table: the last epoch, both modes', async () => {
    const { code, stdout, stderr } = await delve(['recompute', PACKAGE, '--threshold', '0.9,0.99']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^layer +mode +d +idim 0\.9 +saturation 0\.9 +idim 0\.99 +saturation 0\.99 +trace\nfeatures-0 +train +5 +3 +0\.6000 +4 +0\.8000 +1\.881\n/,
    );
    expect(stdout.trim().split('\n')).toHaveLength(5);
  });

  it('tells several dumps and epochs apart, and fits narrow terminals', async () => {
    const { stdout } = await delve(['recompute', PACKAGE, TORCH, '--epoch', 'all']);
    expect(stdout.split('\n')[0]).toMatch(/^layer +dump +epoch +mode +d /);
    expect(stdout.trim().split('\n')).toHaveLength(1 + 8 + 9);
    const narrow = await delve(['recompute', TORCH], { columns: 50, env: { NO_COLOR: '1', CI: '1' } });
    expect(Math.max(...narrow.stdout.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(50);
    expect(narrow.stdout).toContain('saturation');
  });

  it('prints the csv instead of the table', async () => {
    const refusal = async (...more: string[]) => (await delve(['recompute', ...more])).stderr;
    const args = [PACKAGE, '--epoch', 'all', '--threshold', '0.9'];
    await delve(['recompute', ...args, '--csv', at('x.csv')]);
    const { code, stdout, stderr } = await delve(['recompute', ...args, '--csv', '-', '--quiet']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(at('x.csv'), 'utf8'));
    expect(existsSync('-')).toBe(false);
    const tidy = await delve(['recompute', ...args, '--threshold', '0.9,0.5', '--tidy', '--csv', '-']);
    expect(tidy.stdout.startsWith('dump;epoch;')).toBe(true);
    expect(await refusal(...args, '--threshold', '0.9,0.5', '--csv', '-')).toMatch(
      /each of the 2 thresholds .* add --tidy/,
    );
    expect(await refusal(...args, '--csv', '-', '--json')).toMatch(
      /--json and --csv - print different things/,
    );
    expect(await refusal(...args, '--csv', folder)).toMatch(
      /is a folder .*; choose another place with --csv\n$/,
    );
  });

  it("writes the package's csv, a file a threshold", async () => {
    const args = ['--epoch', 'all', '--stats', 'lsat,idim', '--csv', at('x.csv')];
    const one = await delve(['recompute', PACKAGE, '--threshold', '0.9', ...args]);
    expect(one.stderr).toBe(`saved ${at('x.csv')}\n`);
    const wanted = table('fixtures/dump/package.csv');
    const found = table(at('x.csv'));
    expect(Object.keys(found[0]!)).toEqual(
      Object.keys(wanted[0]!).filter((name) => /^$|saturation|dimensionality/.test(name)),
    );
    found.forEach((row, i) => {
      expect(wanted[i]).toMatchObject(row);
    });

    await delve(['recompute', PACKAGE, '--threshold', '0.9,0.5', ...args, '--quiet']);
    expect(readdirSync(folder).sort()).toEqual(['x-0.5.csv', 'x-0.9.csv', 'x.csv']);
    expect(readFileSync(at('x-0.9.csv'), 'utf8')).toBe(readFileSync(at('x.csv'), 'utf8'));
    expect(table(at('x-0.5.csv'))[0]).toMatchObject({ 'train-saturation_fc': '0.25' });
  });

  it('writes one long table', async () => {
    const args = ['--threshold', '0.9,0.5', '--tidy', '--csv', at('tidy.csv')];
    expect((await delve(['recompute', PACKAGE, TORCH, ...args])).code).toBe(0);
    const rows = table(at('tidy.csv'));
    // Saturation and dimensionality at two thresholds, the trace once.
    expect(rows).toHaveLength((4 + 9) * 5);
    expect(rows[1]).toEqual({
      dump: PACKAGE,
      epoch: '1',
      mode: 'train',
      layer: 'features-0',
      d: '5',
      statistic: 'saturation',
      threshold: '0.5',
      value: '0.2',
    });
  });

  it('prints JSON and markdown', async () => {
    const args = ['recompute', PACKAGE, '--stats', 'lsat,pr', '--fail-if', 'max(lsat) > 0.95'];
    const json = JSON.parse((await delve([...args, '--json'])).stdout);
    expect(json.layers).toHaveLength(4);
    expect(json.layers[0]).toMatchObject({
      dump: PACKAGE,
      epoch: 1,
      mode: 'train',
      layer: 'features-0',
      n: null,
      statistics: { saturation: 0.8 },
      thresholds: [{ threshold: 0.99, idim: 4, saturation: 0.8 }],
    });
    expect(json.gates).toEqual([{ expression: 'max(lsat) > 0.95', failed: false, value: 0.8, layers: [] }]);
    const { stdout } = await delve([...args, '--markdown']);
    expect(stdout).toMatch(
      /^\| layer \| mode \| d \| saturation \| participation-ratio \|\n\| --- \| --- \| ---: /,
    );
    expect(stdout).toMatch(/\n\n- ✅ fail if `max\(lsat\) > 0\.95` \(0\.8000\)\n$/);
  });

  it('refuses what cannot be meant', async () => {
    const errorOf = async (...args: string[]) => {
      const { code, stderr } = await delve(['recompute', ...args]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await errorOf(PACKAGE, '--tidy')).toMatch(/--tidy .* add --csv/);
    expect(await errorOf(PACKAGE, '--json', '--markdown')).toMatch(/give one of them/);
    expect(await errorOf(PACKAGE, '--stats', 'cov')).toMatch(/computed from/);
    expect(await errorOf(PACKAGE, '--epoch', 'first')).toMatch(/not a number/);
    expect(await errorOf(PACKAGE, TORCH, '--csv', at('x.csv'))).toMatch(/add --tidy/);
    expect(await errorOf(at('nothing'))).toMatch(/no such file/);
    expect(await errorOf(`${PACKAGE}@1`)).toMatch(
      /package@1: no such file; give fixtures\/dump\/package, and --epoch 1/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps spectra in the cache of the user, or nowhere', async () => {
    const env = { DELVE_HOME: at('home') };
    expect((await delve(['recompute', PACKAGE, '--no-cache'], { env })).code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    expect((await delve(['recompute', PACKAGE], { env })).code).toBe(0);
    const files = readdirSync(at('home', 'cache'), { recursive: true });
    expect(files.filter((file) => String(file).endsWith('.npz'))).toHaveLength(4);
  });

  it('shows how far it is on a terminal, and stops when it is interrupted', async () => {
    const { code, stdout, stderr } = await delve(['recompute', PACKAGE, '--csv', at('x.csv')], {
      columns: 80,
      interruptAt: '/4 spectra',
    });
    expect(code).toBe(130);
    expect(stderr).toContain('/4 spectra');
    expect(stdout).not.toContain('features-0');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has a help with examples that name options it knows', async () => {
    const { stdout } = await delve(['recompute', '--help']);
    const examples = [...stdout.matchAll(/^ {2}\$ delve (.*)$/gm)].map(([, example]) => example!);
    expect(examples.length).toBeGreaterThan(1);
    for (const option of examples.join(' ').matchAll(/ (--[a-z-]+)/g)) {
      expect(stdout).toMatch(new RegExp(`^ {2}(-\\w, )?${option[1]} `, 'm'));
    }
    expect((await delve(examples[0]!.split(' '))).code).toBe(0);
  });
});

describe('docs/recompute.md', () => {
  const text = readFileSync('docs/recompute.md', 'utf8');
  const commands = [...text.matchAll(/^npx delve (.*)$/gm)].map(([, command]) => command!);

  it.each(commands)('delve %s', async (command) => {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    const { code, stdout } = await delve(words);
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(3);
  });
});

describe('--fail-if', () => {
  const gate = (...conditions: string[]) => {
    const args = conditions.flatMap((condition) => ['--fail-if', condition]);
    return delve(['recompute', at('dump'), '--quiet', ...args]);
  };
  beforeEach(() => {
    // Saturations at 0.99: 3/4, 1/4 and 1/2.
    putDiagonal(at('dump'), 'conv1', [1, 1, 1, 1]);
    putDiagonal(at('dump'), 'conv2', [1, 0, 0, 0]);
    putDiagonal(at('dump'), 'head(a)', [1, 1]);
  });

  it('passes quietly where nothing holds', async () => {
    const passed = await gate(
      'saturation(conv*) < 0.25',
      'saturation > .75',
      'max(saturation) >= 7.6e-1',
      'min(lsat(conv*)) < 0.25',
      'mean(saturation) != 0.5',
      'idim(conv1) == 2',
      'any(nan)',
      'nan(conv*)',
      'any(erank(head(a))) > 2.001',
    );
    expect(passed).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['saturation(conv*) < 0.5', 'saturation(conv*) < 0.5\n  conv2: 0.2500'],
    ['max(saturation)>0.7', 'max(saturation)>0.7 (0.7500)\n  conv1: 0.7500'],
    ['min(lsat) <= 0.25', 'min(lsat) <= 0.25 (0.2500)\n  conv2: 0.2500'],
    ['mean( intrinsic-dimensionality ) > 1.6', 'mean( intrinsic-dimensionality ) > 1.6 (1.667)\n  conv1: 3'],
    ['idim({conv1,conv2}) >= 1', 'idim({conv1,conv2}) >= 1\n  conv1: 3\n  conv2: 1'],
    ['trc(head(a)) != 3', 'trc(head(a)) != 3\n  head(a): 2'],
  ])('%s', async (condition, said) => {
    const { code, stderr } = await gate(condition);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `failed: ${said}\n` });
  });

  it('finds NaN', async () => {
    putQuantity(at('dump'), '_train-covariance-matrix_conv1', 0, npyBytes([Number.NaN], [1, 1]));
    const { code, stderr } = await gate('any(nan)', 'saturation(conv1) < 0.1');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'failed: any(nan)\n  conv1 (train): nan\n' });
  });

  it('says what failed in markdown', async () => {
    const { code, stdout } = await delve([
      'recompute',
      at('dump'),
      '--markdown',
      '--fail-if',
      'saturation(conv*) < 0.5',
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n- ❌ fail if `saturation\(conv\*\) < 0\.5`\n {2}- conv2: 0\.2500\n$/);
  });

  it.each([
    ['', 0, /a statistic must stand here/],
    ['saturation', 10, /a comparison must follow/],
    ['saturatoin < 1', 0, /no statistic 'saturatoin'; did you mean saturation\?/],
    ['max(nan)', 0, /nan is no number/],
    ['nan < 3', 0, /compared with nothing/],
    ['max saturation > 1', 4, /'\(' must follow max/],
    ['max(saturation > 1', 15, /'\)' is missing/],
    ['max(min(lsat)) > 1', 4, /max takes a statistic/],
    ['lsat(conv* < 1', 14, /'\)' is missing/],
    ['lsat() < 1', 5, /a layer's name or glob must stand here/],
    ['lsat(dense*) < 1', 5, /no layer matches 'dense\*'/],
    ['lsat < 5%', 8, /nothing more was expected/],
    ['lsat < x', 7, /a number must stand here/],
    ['lsat < 1 || idim < 2', 9, /nothing more was expected/],
  ])('refuses %j with a caret at %i', async (condition, place, message) => {
    const { code, stdout, stderr } = await gate(condition);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [said, shown, caret] = stderr.split('\n');
    expect(said).toMatch(/^error: --fail-if: /);
    expect(said).toMatch(message);
    expect(shown).toBe(`  ${condition}`);
    expect(caret).toBe(`${' '.repeat(2 + place)}^`);
  });
});

function table(path: string): Record<string, string>[] {
  return Papa.parse<Record<string, string>>(readFileSync(path, 'utf8').trim(), {
    delimiter: ';',
    header: true,
  }).data;
}
