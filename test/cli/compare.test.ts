import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npyBytes, putDiagonal, putQuantity } from '../recompute/dumps.js';
import { delve } from './host.js';

const PACKAGE = 'fixtures/dump/package';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

describe('delve compare', () => {
  it('prints a table, the largest change first', async () => {
    const { code, stdout, stderr } = await delve(['compare', `${PACKAGE}@0`, `${PACKAGE}@1`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'A  fixtures/dump/package@0, epoch 0',
        'B  fixtures/dump/package@1, epoch 1',
        '',
        'layer       mode   saturation A  saturation B     change',
        'fc          eval         0.5000        0.2500  ▼ -0.2500',
        'features-0  train        0.6000        0.6000          =',
        'fc          train        0.5000        0.5000          =',
        'features-0  eval         0.6000        0.6000          =',
        '4 layers: 0 up, 1 down, 3 the same; mean change of saturation -0.0625',
        '',
      ].join('\n'),
    );
  });

  it('tells changes without colours, draws them on a terminal, and fits a narrow one', async () => {
    putDiagonal(at('a'), 'conv1', [1, 1, 1, 1]);
    putDiagonal(at('a'), 'conv2', [1, 0, 0, 0]);
    putDiagonal(at('a'), 'a-layer-that-has-a-rather-long-name-conv3', [1, 1]);
    putDiagonal(at('a'), 'nothing', [1, 1]);
    putDiagonal(at('b'), 'conv1', [1, 0, 0, 0]);
    putDiagonal(at('b'), 'conv2', [1, 1, 0.1, 0]);
    putDiagonal(at('b'), 'a-layer-that-has-a-rather-long-name-conv3', [1, 1]);
    putQuantity(at('b'), '_eval-covariance-matrix_nothing', 0, npyBytes([Number.NaN], [1, 1]));
    const args = ['compare', at('a'), at('b'), '--no-cache', '--stat', 'lsat,trc'];
    const wide = await delve(args, { columns: 150, env: { NO_COLOR: '1' } });
    expect(wide.stdout).toMatch(/^nothing +0\.5000 +nan +\? nan /m);
    expect(wide.stdout).toMatch(/^conv1 +0\.7500 +0\.2500 +▼ -0\.5000 {2}████████│ /m);
    expect(wide.stdout).toMatch(
      /^conv2 +0\.2500 +0\.5000 +▲ \+0\.2500 {10}│████ +1 +2\.100 +▲ \+1\.100 +\+110\.0$/m,
    );
    expect(wide.stdout).toContain('4 layers: 1 up, 1 down, 1 the same, 1 unknown; mean');
    const narrow = await delve(args, { columns: 40, env: { NO_COLOR: '1', CI: '1' } });
    const table = narrow.stdout.split('\n').slice(3, -2);
    expect(table).toHaveLength(7);
    expect(table.slice(5).join('')).toMatch(/^no room for: .*trace A, trace B, trace change, %$/);
    expect(Math.max(...table.map((line) => stringWidth(line)))).toBeLessThanOrEqual(40);
    expect(narrow.stdout).toMatch(/^conv1 .*▼ -0\.5000/m);
  });

  it('prints the csv instead of the table', async () => {
    const refusal = async (...more: string[]) => (await delve(['compare', ...more])).stderr;
    const args = [`${PACKAGE}@0`, PACKAGE, '--stats', 'lsat,trc'];
    await delve(['compare', ...args, '--csv', at('x.csv')]);
    const { code, stdout, stderr } = await delve(['compare', ...args, '--csv', '-']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(at('x.csv'), 'utf8'));
    expect(await refusal(...args, '--csv', '-', '--markdown')).toMatch(
      /--markdown and --csv - print different things/,
    );
    expect(await refusal(...args, '--csv', at('.'))).toMatch(/; choose another place with --csv\n$/);
  });

  it('says which columns a narrow terminal has no room for', async () => {
    const args = ['compare', `${PACKAGE}@0`, PACKAGE, '--stats', 'lsat,trc'];
    const wide = (await delve(args, { columns: 160, env: { NO_COLOR: '1' } })).stdout;
    expect(wide).toMatch(/trace A +trace B +trace change/);
    expect(wide).not.toContain('no room for');
    const lines = (await delve(args, { columns: 44, env: { NO_COLOR: '1' } })).stdout.split('\n');
    const from = lines.findIndex((line) => line.startsWith('no room for: saturation B'));
    expect(lines.slice(from, from + 2).join('')).toBe(
      'no room for: saturation B, trace A, trace B, trace change, %',
    );
    expect(lines.filter((line) => line.length > 44 && !line.includes('layers:'))).toEqual([]);
  });

  it('prints JSON and markdown, and writes a csv', async () => {
    const args = ['compare', `${PACKAGE}.csv@0`, PACKAGE, '--mode', 'eval', '--stats', 'idim,trc'];
    const gate = ['--fail-if', 'relative(trc) > 0.2'];
    const { code, stdout, stderr } = await delve([...args, ...gate, '--json', '--csv', at('x.csv')]);
    expect(code).toBe(1);
    expect(stderr).toContain(`saved ${at('x.csv')}`);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      a: { run: `${PACKAGE}.csv@0`, path: `${PACKAGE}.csv`, epoch: 0 },
      b: { run: PACKAGE, epoch: 1 },
      onlyA: [],
      onlyB: [],
      gates: [{ expression: 'relative(trc) > 0.2', failed: true, value: null }],
    });
    // The same out of the package's own csv.
    const [first, second] = Papa.parse<Record<string, string>>(readFileSync(`${PACKAGE}.csv`, 'utf8'), {
      delimiter: ';',
      header: true,
    }).data;
    const trace = 'eval-covariance-trace_fc';
    const [a, b] = [Number(first![trace]), Number(second![trace])];
    const fc = found.layers.find(({ layer }: { layer: string }) => layer === 'fc');
    expect(fc.statistics['covariance-trace']).toEqual({ a, b, delta: b - a, relative: (b - a) / a });
    const rows = Papa.parse<Record<string, string>>(readFileSync(at('x.csv'), 'utf8').trim(), {
      delimiter: ';',
      header: true,
    }).data;
    expect(rows).toHaveLength(4);
    expect(rows.find(({ layer, statistic }) => layer === 'fc' && statistic === 'covariance-trace')).toEqual({
      layer: 'fc',
      mode: 'eval',
      statistic: 'covariance-trace',
      a: String(a),
      b: String(b),
      delta: String(b - a),
      relative: String((b - a) / a),
    });
    const markdown = await delve([...args, ...gate, '--markdown']);
    expect(markdown.stdout).toMatch(
      /^A: `fixtures.*`, epoch 0; B: `fixtures\/dump\/package`, epoch 1\n\n\| layer \| idim A \|/,
    );
    expect(markdown.stdout).toMatch(/\n- ❌ fail if `relative\(trc\) > 0\.2`\n {2}- fc: 0\.2833\n$/);
  });

  it('fails with the layers that broke a gate, and passes quietly', async () => {
    const args = ['compare', `${PACKAGE}@0`, `${PACKAGE}@1`, '--quiet'];
    const passed = await delve([
      ...args,
      '--fail-if',
      'delta(saturation) > 0',
      '--fail-if',
      'any(unmatched)',
    ]);
    expect(passed).toEqual({ code: 0, stdout: '', stderr: '' });
    const failed = await delve([...args, '--fail-if', 'abs(delta(saturation)) > 0.1']);
    expect(failed).toEqual({
      code: 1,
      stdout: '',
      stderr: 'failed: abs(delta(saturation)) > 0.1\n  fc (eval): 0.2500\n',
    });
  });

  it('lists layers that one run lacks', async () => {
    putDiagonal(at('a'), 'conv1', [1, 1]);
    putDiagonal(at('a'), 'old|x', [1, 1]);
    putDiagonal(at('b'), 'conv1', [1, 1]);
    putDiagonal(at('b'), 'new', [1, 1]);
    const args = ['compare', at('a'), at('b'), '--no-cache', '--fail-if', 'any(unmatched)'];
    const { code, stdout, stderr } = await delve(args);
    expect(code).toBe(1);
    expect(stdout).toContain('only in A: old|x\nonly in B: new\n');
    expect(stderr).toBe('failed: any(unmatched)\n  old|x (only in A)\n  new (only in B)\n');
    expect((await delve([...args, '--markdown'])).stdout).toContain('only in A: old\\|x\n');
  });

  it('writes names that would act on the terminal as text, and notes beside JSON', async () => {
    const [a, b] = ['a', 'b'].map((name) => {
      const csv = `;eval-saturation_x\x1b[31m;eval-saturation_only${name}\x1b[2J;words\n0;0.5;0.5;text\n`;
      writeFileSync(at(`${name}.csv`), csv);
      return at(`${name}.csv`);
    }) as [string, string];
    const args = ['compare', a, b, '--fail-if', 'any(unmatched)'];
    for (const format of [[], ['--markdown']]) {
      const { stdout, stderr } = await delve([...args, ...format]);
      expect(stdout + stderr).not.toContain('\x1b');
      expect(stdout).toContain('onlya\\x1b');
    }
    const json = await delve([...args, '--json']);
    expect(JSON.parse(json.stdout).onlyB).toEqual([{ layer: 'onlyb\x1b[2J', mode: 'eval' }]);
    expect(json.stderr).toMatch(/^note: .*a\.csv: words: text/);
  });

  it('refuses what cannot be meant', async () => {
    const errorOf = async (...args: string[]) => {
      const { code, stdout, stderr } = await delve(['compare', ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      return stderr;
    };
    expect(await errorOf(PACKAGE)).toMatch(/missing required argument 'B'/);
    expect(await errorOf(PACKAGE, at('none'))).toMatch(/none: no such dump or csv/);
    expect(await errorOf(PACKAGE, `${PACKAGE}@9`)).toMatch(/package@9: the epochs of .* are 0 to 1/);
    expect(await errorOf(PACKAGE, PACKAGE, '--json', '--markdown')).toMatch(/give one of them/);
    expect(await errorOf(PACKAGE, PACKAGE, '--threshold', '0.9,0.99')).toMatch(/at one threshold/);
    expect(await errorOf(PACKAGE, PACKAGE, '--epoch', 'all')).toMatch(/not a number/);
    expect(await errorOf(PACKAGE, PACKAGE, '--sort', 'size')).toMatch(/Allowed choices are change, layer/);
    expect(await errorOf(PACKAGE, PACKAGE, '--fail-if', 'delta(fc) > 1')).toMatch(
      /\n {2}delta\(fc\) > 1\n {8}\^\n$/,
    );
    expect(await errorOf(PACKAGE, `${PACKAGE}.csv`, '--threshold', '0.9')).toMatch(/is a csv/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('delve compare --help', () => {
  it('has examples that name options it knows, and run', async () => {
    const { stdout } = await delve(['compare', '--help']);
    const examples = [...stdout.matchAll(/^ {2}\$ delve (.*)$/gm)].map(([, example]) => example!);
    expect(examples.length).toBeGreaterThan(1);
    for (const option of examples.join(' ').matchAll(/ (--[a-z-]+)/g)) {
      expect(stdout).toMatch(new RegExp(`^ {2}(--?\\w+, )?${option[1]} `, 'm'));
    }
    for (const example of examples.filter((text) => text.includes('fixtures/'))) {
      expect((await delve(example.split(' '))).code).toBe(0);
    }
  });
});

describe('docs/compare.md', () => {
  const text = readFileSync('docs/compare.md', 'utf8');
  const commands = [...text.matchAll(/^npx delve (.*)$/gm)].map(([, command]) => command!);

  it.each(commands)('delve %s', async (command) => {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    const { code, stdout } = await delve(words);
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(3);
  });

  it('shows the table that its first command prints', async () => {
    expect(text).toContain((await delve(commands[0]!.split(' '))).stdout);
  });
});
