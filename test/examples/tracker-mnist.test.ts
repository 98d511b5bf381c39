import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { defaultPlotOptions, openResults } from '../../src/index.js';
import { temporaryFolder } from '../writers/recordings.js';

const { at, files } = temporaryFolder();
const root = fileURLToPath(new URL('../..', import.meta.url));

it('a CNN is trained, with the saturation of every epoch as csv, dump and heat maps', async () => {
  const readme = readFileSync(`${root}/examples/tracker-mnist/README.md`, 'utf8');
  const [, script = ''] = /^node (\S+) runs\/tracker-mnist 8$/m.exec(readme) ?? [];
  const { stdout } = await promisify(execFile)(process.execPath, [script, at('out'), '3'], { cwd: root });
  const [, training, validation] = /accuracy ([\d.]+), of the validation ([\d.]+)/.exec(stdout) ?? [];
  expect(Number(training)).toBeGreaterThan(0.6);
  expect(Number(validation)).toBeGreaterThan(0.6);
  expect(files('out').filter((file) => !file.includes('/'))).toEqual([
    'digits',
    'digits.csv',
    'lsat_eval_epochs.svg',
    'lsat_train_epochs.svg',
  ]);
  for (const mode of ['train', 'eval']) {
    const figure = readFileSync(at('out', `lsat_${mode}_epochs.svg`), 'utf8');
    for (const text of ['conv1', 'conv2', 'hidden1', 'hidden2', 'digit', `· ${mode}`])
      expect(figure).toContain(text);
  }
  const header = readFileSync(at('out', 'digits.csv'), 'utf8').split('\n')[0]!.split(';');
  expect(header).toHaveLength(1 + 2 * 2 * 5 + 4);
  const { layers, scalars } = await openResults(at('out', 'digits'), {
    ...defaultPlotOptions(),
    threshold: 0.9,
    epoch: 'all',
    spectra: false,
  });
  const names = ['conv1', 'conv2', 'hidden1', 'hidden2', 'digit'];
  expect(layers.map(({ mode, layer }) => `${mode} ${layer}`)).toEqual(
    ['train', 'eval'].flatMap((mode) => names.map((name) => `${mode} ${name}`)),
  );
  for (const { statistics } of layers) expect([...statistics.get('saturation')!.keys()]).toEqual([0, 1, 2]);
  expect([...scalars.keys()].sort()).toEqual(['acc', 'loss', 'val_acc', 'val_loss']);
}, 120_000);
