import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/tracker.md`, 'utf8');
const programs = [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text]) => text!);

// Below the package, so that it is found by its own name.
mkdirSync(join(root, 'runs'), { recursive: true });
const folder = mkdtempSync(join(root, 'runs', 'docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(program: string): Promise<string> {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, program);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
  return stdout;
}
const csv = (name: string) => {
  const lines = readFileSync(join(folder, 'runs', name), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => line.split(';'));
};

it('docs/tracker.md: the programs do what it says', async () => {
  expect(programs).toHaveLength(3);
  const [callback = '', loop = '', pca = ''] = programs;

  await run(callback);
  const [header, ...epochs] = csv('mine.csv');
  expect(epochs).toHaveLength(3);
  expect(header).toEqual(
    expect.arrayContaining(['train-saturation_hidden', 'eval-saturation_out', 'loss', 'val_loss']),
  );
  expect(existsSync(join(folder, 'runs', 'mine', '_train-covariance-matrix_hidden'))).toBe(true);

  const told = await run(loop);
  expect(told.match(/^(train|eval) only (0\.\d+|1)$/gm)).toHaveLength(4);
  expect(csv('loop.csv')[0]).toEqual([
    '',
    'train-saturation_only',
    'eval-saturation_only',
    'learning-rate',
    'average-train-sat',
    'average-eval-sat',
  ]);

  expect(await run(pca)).toMatch(/^projected onto \[ [1-9]\d? \] of \[ 16 \]$/m);
});
