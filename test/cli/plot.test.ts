import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textsOf } from '../plots/svg-text.js';
import { delve } from './host.js';

const TRAINING = 'fixtures/plots/training.csv';
const DEEP = 'fixtures/plots/resnet152.csv';
const DUMP = 'fixtures/dump/package';
const TORCH = 'fixtures/torch/expected/cnn';
const { figures }: { figures: string[] } = JSON.parse(readFileSync('fixtures/plots/extract.json', 'utf8'));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-plot-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]) => join(folder, ...parts);
const svg = async (...args: string[]) => {
  const { code, stdout, stderr } = await delve(['plot', ...args, '-o', '-']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.startsWith('<svg')).toBe(true);
  return stdout;
};

describe('delve plot', () => {
  it('writes beside the run under the names of the Python package', async () => {
    copyFileSync(TRAINING, at('training.csv'));
    for (const mode of ['train', 'eval']) {
      const args = ['--stat', 'lsat,idim,det,trc,dtrc', '--mode', mode, '--epoch', '3', '--scale', '1'];
      const { code, stderr } = await delve(['plot', at('training'), ...args]);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^saved (\S+\.png, ){4}\S+\.png\n$/);
    }
    const wanted = figures.filter((name) => name.endsWith('_epoch_3.png'));
    expect(readdirSync(folder).sort()).toEqual([...wanted, 'training.csv'].sort());
  });

  it('takes the format from the ending, and several figures into a folder or files of that name', async () => {
    const kinds = {
      'a.svg': '<svg',
      'a.json': '{\n  "$schema"',
      'a.html': '<!doctype html>',
      'a.txt': 'Saturation\n',
    };
    for (const [name, start] of Object.entries(kinds)) {
      expect((await delve(['plot', TORCH, '-o', at(name)])).stderr).toBe(`saved ${at(name)}\n`);
      expect(readFileSync(at(name), 'utf8').slice(0, start.length).toLowerCase()).toBe(start.toLowerCase());
    }
    expect((await delve(['plot', TORCH, '-o', at('a.png'), '--format', 'svg'])).code).toBe(0);
    expect(readFileSync(at('a.png'), 'utf8')).toMatch(/^<svg/);
    await delve(['plot', TORCH, '--stat', 'lsat,idim', '-o', at('b.svg')]);
    await delve(['plot', TORCH, '--stat', 'lsat,idim', '-o', `${at('new')}/`, '--format', 'svg']);
    expect(
      readdirSync(folder)
        .filter((name) => /^b|new/.test(name))
        .sort(),
    ).toEqual(['b_idim_eval_epoch_0.svg', 'b_lsat_eval_epoch_0.svg', 'new']);
    expect(readdirSync(at('new')).sort()).toEqual(['cnn_idim_eval_epoch_0.svg', 'cnn_lsat_eval_epoch_0.svg']);
  });

  it('shows whole names of all of 156 layers, none over another', async () => {
    const drawn = await svg(DEEP);
    const names = readFileSync(DEEP, 'utf8')
      .split('\n')[0]!
      .split(';')
      .flatMap((column) => column.split('eval-saturation_')[1] ?? []);
    expect(names).toHaveLength(156);
    const texts = textsOf(drawn);
    expect(texts.filter((text) => names.includes(text))).toEqual(names);
    const heights = names.map((name) =>
      Number(new RegExp(`translate\\([^,]+,([\\d.]+)\\)[^>]*>${name}<`).exec(drawn)![1]),
    );
    for (const [i, height] of heights.slice(1).entries()) expect(height - heights[i]!).toBeGreaterThan(11);
  });

  it('draws as its options say', async () => {
    const plain = await svg(TRAINING, '--mode', 'eval');
    expect(textsOf(plain)).toEqual(
      expect.arrayContaining(['layers', 'saturation', 'hidden_layer', 'Saturation']),
    );
    expect(plain).toContain('stroke="#0072b2"');
    const args = [
      '--no-x-title',
      '--no-y-title',
      '--colors',
      'red,#00ff00',
      '--point-colors',
      'teal',
      '--title',
      'Mine',
    ];
    const changed = await svg(
      TRAINING,
      ...args,
      '--size',
      '640x360',
      '--font-size',
      '15',
      '--line-opacity',
      '0.25',
    );
    const texts = textsOf(changed);
    expect([texts.includes('layers'), texts.includes('saturation'), texts.includes('Mine')]).toEqual([
      false,
      false,
      true,
    ]);
    expect(changed).toMatch(/^<svg[^>]* width="640" height="360"/);
    for (const part of [
      'stroke="red"',
      'stroke="#00ff00"',
      'fill="teal"',
      'opacity="0.25"',
      'font-size="14px"',
    ])
      expect(changed).toContain(part);
    const lines = /class="mark-line /;
    const points = /aria-roledescription="point"/;
    expect([lines.test(plain), points.test(plain)]).toEqual([true, true]);
    const pointsAlone = await svg(TRAINING, '--no-line');
    expect([lines.test(pointsAlone), points.test(pointsAlone)]).toEqual([false, true]);
    const linesAlone = await svg(TRAINING, '--no-points');
    expect([lines.test(linesAlone), points.test(linesAlone)]).toEqual([true, false]);
    const metric = ['--primary-metric', 'test_accuracy', '--metric-at', '0.25,0.5'];
    expect(await svg(TRAINING, ...metric)).toMatch(/translate\(105,157\)[^>]*>test_accuracy: 0.8680</);
    expect(textsOf(await svg(TRAINING, '--range', '0.2,0.7'))).not.toContain('0.8');
  });

  it.each([
    ['420x700', 'rows'],
    ['420x400', 'columns'],
    ['300x700', 'rows'],
  ])('keeps the legend within a figure of %s', async (size, layout) => {
    const runs = [`${TRAINING}@0`, `${TRAINING}@2`, `${TRAINING}@4`];
    const look = ['--size', size, '--layout', layout, '--scale', '1', '-o', at('x.png')];
    expect((await delve(['plot', ...runs, ...look])).code).toBe(0);
    const { data, info } = await sharp(at('x.png')).greyscale().raw().toBuffer({ resolveWithObject: true });
    const border = Array.from(
      { length: info.height },
      (_, y) => data[(y + 1) * info.width * info.channels - 1],
    );
    expect(new Set(border)).toEqual(new Set([255]));
  });

  it('hands the spec to a hook, and writes it as the hook left it', async () => {
    writeFileSync(
      at('hook.mjs'),
      'export default (spec, figure) => { spec.title.text = figure.kind + "!"; };',
    );
    const drawn = await svg(TRAINING, '--spec-hook', at('hook.mjs'));
    expect(textsOf(drawn)).toContain('layers!');
    const { stdout } = await delve([
      'plot',
      TRAINING,
      '--format',
      'vega',
      '--spec-hook',
      at('hook.mjs'),
      '-o',
      '-',
    ]);
    const { title, $schema } = JSON.parse(stdout);
    expect([title.text, $schema]).toEqual(['layers!', 'https://vega.github.io/schema/vega-lite/v6.json']);
  });

  it('prints characters for a terminal, as wide as it is', async () => {
    const { stdout } = await delve(['plot', TRAINING, '--format', 'term'], {
      columns: 60,
      env: { NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/^Saturation\ntraining.csv · epoch 5\n/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('makes a page of runs without eigenvalues, too', async () => {
    const { code, stderr } = await delve(['plot', TRAINING, '-o', at('x.html')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `saved ${at('x.html')}\n` });
    expect(readFileSync(at('x.html'), 'utf8')).toContain('hidden_layer');
  });
});

describe('docs/plot.md', () => {
  const page = readFileSync('docs/plot.md', 'utf8');
  const shells = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!).join('');
  const commands = [...shells.matchAll(/npx delve (.*)/g)].map(([, command]) => command!);

  it('has examples', () => expect(commands.length).toBeGreaterThan(3));

  it.each(commands)('delve %s', async (command) => {
    const args = command.split(' ').map((arg) => arg.replaceAll("'", '').replace(/^runs\//, `${folder}/`));
    const { code, stderr } = await delve(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^saved [^\n]+\n$/);
  });

  it('names options and settings that there are, and shows pictures that there are', async () => {
    const { stdout: help } = await delve(['plot', '--help']);
    const { stdout: record } = await delve(['record', '--help']);
    for (const [option] of page.matchAll(/--[a-z][a-z-]+/g)) expect(`${help}${record}`).toContain(option);
    for (const [setting] of page.matchAll(/plot:[a-z-]+(?==)/g)) expect(record).toContain(setting);
    for (const [, path] of page.matchAll(/\]\(\.\.\/(fixtures[^)]+)/g)) expect(existsSync(path!)).toBe(true);
  });
});

describe('what delve plot refuses', () => {
  it.each([
    [['nowhere'], 'nowhere: no such dump or csv'],
    [
      [TRAINING, '--threshold', '0.9'],
      '--threshold 0.9 takes covariances, and fixtures/plots/training.csv is a csv',
    ],
    [[TRAINING, '--figure', 'spectrum'], 'eigenvalues come from covariances'],
    [[TRAINING, '--epoch', '6'], '--epoch 6: the epochs of fixtures/plots/training.csv are 0 to 5'],
    [[TRAINING, '--figure', 'epochs', '--epoch', '2'], 'a figure of epochs shows all of them; leave it away'],
    [[TRAINING, '--stat', 'erank'], 'training.csv holds no effective-rank, only saturation'],
    [[TRAINING, '--stat', 'cov'], 'The covariance is what the others are computed from'],
    [[TRAINING, '--figure', 'scatter', '--stat', 'lsat'], 'name two, such as --stat idim,lsat'],
    [
      [TRAINING, '--figure', 'scatter', '--stat', 'lsat,idim,trc'],
      'a scatter figure shows two statistics, not 3',
    ],
    [[TRAINING, '--primary-metric', 'acuracy'], "there is no metric 'acuracy'; there are test_accuracy"],
    [[TRAINING, '--no-line', '--no-points'], '--no-line and --no-points leave nothing to draw'],
    [
      [TRAINING, '-o', 'x.gif'],
      '--out x.gif: no format has this ending; use .png, .svg, .html, .txt, .vl.json',
    ],
    [[TRAINING, '--stat', 'lsat,idim', '-o', '-'], '--out -: stdout takes one figure, and these are 2'],
    [[TRAINING, '--format', 'gif'], 'Allowed choices are png, svg, html, term, vega'],
    [[TRAINING, '--size', '800'], 'It must be two numbers of at least 100, such as 800x400'],
    [[TRAINING, '--range', '1,0'], 'the lower one first'],
    [[TRAINING, '--log', '--range', '0,1'], '--range 0,1: a logarithmic axis begins above 0'],
    [[TRAINING, '--log', '--range=-1,1', '--figure', 'epochs'], '--range -1,1: a logarithmic axis'],
    [[TRAINING, '--colors', 'C0,tab:blue'], "'C0' is no colour as CSS writes it"],
    [[TRAINING, '--colours', 'red,ornge'], "'ornge' is no colour as CSS writes it; did you mean orange"],
    [[TRAINING, '--point-colours', 'blurple'], "'blurple' is no colour as CSS writes it"],
    [[TRAINING, '--colours', '#12345'], "'#12345' is no colour"],
    [[TRAINING, '--spec-hook', 'nowhere.mjs'], 'error: --spec-hook nowhere.mjs: there is no such file\n'],
    [[TRAINING, '--spec-hook', 'x.mjs', '--format', 'html'], 'of which --format html makes none'],
    [[DEEP, '--scale', '100', '-o', 'x.png'], 'pixels is too large; give a smaller --scale'],
  ])('%j', async (args, message) => {
    const { code, stderr, stdout } = await delve(['plot', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('hooks that fail, or whose spec cannot be drawn', async () => {
    const fails = async (text: string) => {
      writeFileSync(at(`${text.length}.mjs`), text);
      const { code, stderr } = await delve([
        'plot',
        TRAINING,
        '--spec-hook',
        at(`${text.length}.mjs`),
        '-o',
        at('x.svg'),
      ]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await fails('export default 3;')).toContain('has no function as its default export');
    expect(await fails('export default () => { throw new Error("no!"); };')).toContain('threw: no!');
    expect(await fails('export default () => ({ mark: "none" });')).toContain('cannot be drawn');
    expect(readdirSync(folder).some((name) => name.endsWith('.svg'))).toBe(false);
  });

  it.runIf(existsSync('/proc/self'))('places that take no files, before anything is drawn', async () => {
    const { code, stderr } = await delve(['plot', TRAINING, '-o', '/proc/self/x.png']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: \/proc\/self cannot be written: .*; choose another place with --out\n$/);
  });

  it('a folder where the file is to be', async () => {
    mkdirSync(at('x.png'));
    mkdirSync(at('x.png', 'package_lsat_epoch_1.png'));
    const { code, stderr } = await delve(['plot', DUMP, '-o', at('x.png')]);
    expect(code).toBe(2);
    expect(stderr).toContain('is a folder where a file must be written; choose another place with --out');
  });
});
