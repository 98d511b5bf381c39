import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delve } from './host.js';

const DUMP = resolve('fixtures/dump/package');
let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function configFile(text: string, ending = 'json'): Promise<string> {
  const path = join(folder, `config-${++files}.${ending}`);
  await writeFile(path, text);
  return path;
}

async function printed(args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await delve([...args, '--print-config']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe('--config', () => {
  it('gives options, arguments and lists to the command', async () => {
    const config = await configFile(
      JSON.stringify({
        dump: [DUMP],
        threshold: [0.5, 0.9],
        stats: ['lsat', 'erank'],
        epoch: 'all',
        json: true,
      }),
    );
    const { code, stdout } = await delve(['recompute', '--config', config]);
    expect(code).toBe(0);
    const { layers, thresholds } = JSON.parse(stdout);
    expect(thresholds).toEqual([0.5, 0.9]);
    expect(Object.keys(layers[0].statistics)).toEqual(['saturation', 'effective-rank']);
    expect(new Set(layers.map(({ epoch }: { epoch: number }) => epoch))).toEqual(new Set([0, 1]));
  });

  it('lets the command line win, of repeated options too', async () => {
    const config = await configFile(
      'data: {train: a.npy, eval: b.npy}\nthreshold: 0.9\nlayers: [conv*]\n',
      'yaml',
    );
    const own = await printed(['record', 'model', '--config', config]);
    expect(own).toMatchObject({ data: ['train=a.npy', 'eval=b.npy'], threshold: [0.9], layers: ['conv*'] });
    const both = await printed([
      'record',
      'other',
      '--config',
      config,
      '--data',
      'c.npy',
      '--threshold',
      '0.5',
    ]);
    expect(both).toMatchObject({ model: ['other'], data: ['c.npy'], threshold: [0.5], layers: ['conv*'] });
  });

  it('takes what is under the name of a command before what is for all', async () => {
    const config = await configFile(
      'threshold: 0.9\nrule: textbook\nrecompute: {threshold: [0.5, 0.6]}\nmodel: m\n',
      'yml',
    );
    expect(await printed(['recompute', DUMP, '--config', config])).toMatchObject({
      threshold: [0.5, 0.6],
      rule: 'textbook',
    });
    expect(await printed(['record', '--config', config])).toMatchObject({ model: ['m'], threshold: [0.9] });
  });

  it('knows options in either spelling, and those that switch off', async () => {
    const config = await configFile(
      JSON.stringify({ 'average-sat': true, saveTo: ['csv', 'json'], conv: false, scale: '1/255' }),
    );
    expect(await printed(['record', 'm', '--config', config])).toMatchObject({
      'average-sat': true,
      'save-to': ['csv', 'json'],
      conv: false,
      scale: 1 / 255,
    });
  });

  it('knows options that have two names by both, and arguments whatever their case', async () => {
    const config = await configFile(
      JSON.stringify({
        stats: ['idim', 'trc'],
        plot: { run: DUMP, colors: ['red', '#0072b2'], 'font-size': 14 },
        compare: { a: `${DUMP}@0`, B: DUMP, stat: 'lsat' },
      }),
    );
    expect(await printed(['plot', '--config', config])).toMatchObject({
      run: [DUMP],
      stat: ['idim', 'trc'],
      colours: ['red', '#0072b2'],
    });
    expect(await printed(['compare', '--config', config])).toMatchObject({
      A: `${DUMP}@0`,
      B: DUMP,
      stats: ['lsat'],
    });
    const capitals = await configFile(JSON.stringify({ A: DUMP, compare: { a: `${DUMP}@0`, b: DUMP } }));
    expect(await printed(['compare', '--config', capitals])).toMatchObject({ A: `${DUMP}@0`, B: DUMP });
  });

  it('takes the file of its page, for every command', async () => {
    const page = await readFile('docs/configuration.md', 'utf8');
    const config = await configFile(/```yaml\n(.*?)```/s.exec(page)![1]!, 'yaml');
    expect(await printed(['record', '--config', config])).toMatchObject({
      out: 'runs/mine',
      threshold: [0.9, 0.99],
    });
    expect(await printed(['recompute', '--config', config])).toMatchObject({
      dump: ['runs/mine'],
      rule: 'textbook',
    });
    for (const args of [
      ['reconstruct-csv', 'x'],
      ['plot', 'x'],
      ['compare', 'x', 'y'],
      ['explore', 'x'],
    ])
      expect(await printed([...args, '--config', config])).toMatchObject({ rule: 'textbook' });
  });

  it('prints what can be given back', async () => {
    const args = [
      'record',
      'm',
      '--data',
      'train=a,b.npy',
      '--mean',
      '0.1,0.2',
      '--layers',
      '{a,b}*',
      '--limit',
      '7',
    ];
    const once = await printed(args);
    const config = await configFile(JSON.stringify(once));
    expect(await printed(['record', '--config', config])).toEqual(once);
    expect(once).toMatchObject({ data: ['train=a,b.npy'], layers: ['{a,b}*'], limit: 7 });
  });

  it.each([
    ['csv-header: yes', 'yes'],
    ['csv-header: true', 'yes'],
    ['csvHeader: false', 'no'],
  ])('takes %s for an option that is yes or no', async (text, expected) => {
    const config = await configFile(text, 'yaml');
    expect(await printed(['record', '--config', config])).toMatchObject({ 'csv-header': expected });
  });

  it.each([
    ['{"treshold": 0.9}', 'json', "there is no option 'treshold'; did you mean threshold?"],
    ['{"threshold": 1.5}', 'json', '"threshold": 1.5 is refused: 1.5 is no share of the variance'],
    ['{"rule": "best"}', 'json', '"rule": best is refused: Allowed choices are delve, textbook.'],
    ['{"json": "yes"}', 'json', '"json" must be true or false'],
    ['{"recompute": {"data": "x.npy"}}', 'json', `in "recompute" there is no option 'data'`],
    ['{"recompute": 3}', 'json', `there is no option 'recompute'`],
    ['{"no-cache": true}', 'json', `there is no option 'no-cache'; write "cache": false`],
    ['{"layers": [["a"]]}', 'json', '"layers" must be a value, or a list of values'],
    ['[1]', 'json', 'it must hold options by name'],
    ['', 'json', 'JSON'],
    ['{', 'json', 'JSON'],
    ['a: [1', 'yaml', 'end with a ]'],
  ])('refuses %s', async (text, ending, sentence) => {
    const config = await configFile(text, ending);
    const { code, stdout, stderr } = await delve(['recompute', DUMP, '--config', config]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(config);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says what is wrong with a file that is not there', async () => {
    const { code, stderr } = await delve(['recompute', DUMP, '--config', join(folder, 'none.json')]);
    expect(code).toBe(2);
    expect(stderr).toContain('none.json: it cannot be read');
  });

  it('still needs the arguments that neither gives', async () => {
    const { code, stderr } = await delve(['recompute', '--config', await configFile('{"threshold": 0.5}')]);
    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'dump'");
  });
});

describe('"delve" in package.json', () => {
  it('is taken in its folder, unless --no-config', async () => {
    await writeFile(join(folder, 'package.json'), '{"name": "x", "delve": {"threshold": [0.75]}}');
    const at = { cwd: folder };
    expect(JSON.parse((await delve(['recompute', DUMP, '--print-config'], at)).stdout).threshold).toEqual([
      0.75,
    ]);
    const without = await delve(['recompute', DUMP, '--no-config', '--print-config'], at);
    expect(JSON.parse(without.stdout).threshold).toEqual([0.99]);
  });

  it('is checked like a file', async () => {
    await writeFile(join(folder, 'package.json'), '{"delve": {"tresh": 1}}');
    const { code, stderr } = await delve(['recompute', DUMP], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain(`"delve" in package.json: there is no option 'tresh'`);
  });
});
