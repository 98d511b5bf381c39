import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-examples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What an example leaves in the working directory. */
const EXAMPLES = {
  gate: ['runs/gate.csv', 'runs/gate/run.json'],
  'record-and-plot': ['runs/torch.csv', 'runs/torch.svg'],
  'pca-mnist': ['runs/projected.onnx'],
  'compare-epochs': [],
  'own-writer': ['runs/report.md'],
};

it.each(Object.entries(EXAMPLES))('%s prints what its page shows', async (name, files) => {
  const page = await readFile(`examples/${name}/README.md`, 'utf8');
  const [, program, script] = page.match(/^```sh\n(\w+) (\S+)\n```$/m)!;
  const [, shown] = page.match(/\n\n```\n([\s\S]*?)^```$/m)!;
  const { stdout, stderr } = await promisify(execFile)(program!, [resolve(script!)], { cwd: folder });
  expect(stderr).toBe('');
  for (const line of shown!.trim().split('\n')) expect(stdout.split('\n')).toContain(line);
  for (const file of files) expect(existsSync(join(folder, file)), file).toBe(true);
});

it('the gate fails where a condition holds', async () => {
  const dump = join(folder, 'runs/gate');
  const recompute = ['bin/delve.js', 'recompute', dump, '--quiet', '--fail-if', 'saturation < 0.2'];
  await expect(promisify(execFile)(process.execPath, recompute)).rejects.toMatchObject({ code: 1 });
});
