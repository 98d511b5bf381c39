import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

// What users run is compiled, and starts cold.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-spectra-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [
    ...[tsc, '-p', root, '--outDir', join(folder, 'dist')],
    ...['--declaration', 'false', '--noCheck'],
  ]);
  await mkdir(join(folder, 'bench'));
  await copyFile(join(root, 'bench/spectrum-cold.mjs'), join(folder, 'bench/spectrum-cold.mjs'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('every fresh process gives the same bits, and ends', { timeout: 300_000 }, async () => {
  const { stdout } = await run(process.execPath, [join(folder, 'bench/spectrum-cold.mjs'), '16']);
  expect(stdout).toMatch(/^16 processes, 1 different results/);
});

test('a process with work left, not waited for, ends when that is done', async () => {
  const script = join(folder, 'busy.mjs');
  await writeFile(
    script,
    `import { createSpectra } from './dist/spectra/spectra.js';
const d = 400;
const spectra = createSpectra({ threads: 2 });
const matrix = Float64Array.from({ length: d * d }, (_, i) => Math.sin(i));
for (const name of ['first', 'second', 'third']) spectra.values(matrix, d).then(({ values }) => console.log(name, values.length));
`,
  );
  const { stdout } = await run(process.execPath, [script], { timeout: 30_000 });
  expect(stdout.trim().split('\n').sort()).toEqual(['first 400', 'second 400', 'third 400']);
});

test('a process that closes its threads right after their last matrix ends as it should', async () => {
  const script = join(folder, 'closing.mjs');
  await writeFile(
    script,
    `import { createSpectra } from './dist/spectra/spectra.js';
const d = 500;
const matrix = Float64Array.from({ length: d * d }, (_, i) => Math.sin(i));
for (let round = 0; round < 10; round++) {
  const spectra = createSpectra({ threads: 3 });
  await spectra.vectors(matrix, d);
  await spectra.close();
}
console.log('closed');
`,
  );
  const { stdout } = await run(process.execPath, [script], { timeout: 60_000 });
  expect(stdout).toBe('closed\n');
});

// 4 GB of addresses are less than V8 sets aside for a kernel's memory, and more than Node needs.
test.runIf(process.platform === 'linux')(
  'where address space is limited spectra are computed all the same',
  async () => {
    const script = join(folder, 'limited.mjs');
    await writeFile(
      script,
      `import { createSpectra } from './dist/spectra/spectra.js';
const d = 100;
const spectra = createSpectra({ threads: 2 });
const matrix = new Float64Array(d * d).fill(1);
const [first] = await Promise.all([spectra.values(matrix, d), spectra.values(matrix, d)]);
await spectra.close();
console.log(first.values[0].toFixed(9));
`,
    );
    const { stdout } = await run('sh', ['-c', 'ulimit -v 4000000; exec "$0" "$1"', process.execPath, script]);
    expect(stdout).toBe('100.000000000\n');
  },
);
