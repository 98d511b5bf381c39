import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let script: string;

// What users run is compiled, and starts cold: kernels not yet optimised, threads just starting.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-reduce-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [
    tsc,
    '-p',
    root,
    '--outDir',
    join(folder, 'dist'),
    '--declaration',
    'false',
    '--noCheck',
  ]);
  script = join(folder, 'reduce.mjs');
  await writeFile(
    script,
    `import { createHash } from 'node:crypto';
import { createReducer } from '${pathToFileURL(join(folder, 'dist/reduce/reducer.js')).href}';
const [threads, end] = process.argv.slice(2);
const reducer = await createReducer({ threads: Number(threads) });
const widths = [3, 40, 300, 520];
for (let round = 0; round < 3; round++) {
  for (const [layer, features] of widths.entries()) {
    const data = Float32Array.from({ length: 64 * 9 * features }, (_, i) => Math.fround(((i * 7919 + round) % 1009) / 1009));
    await reducer.add(layer, { data, layout: 'channels-first', batch: 64, features, positions: 9 });
  }
}
const hash = createHash('sha256');
for (const layer of widths.keys()) hash.update((await reducer.result(layer)).covariance);
console.log(hash.digest('hex'));
if (end === 'busy') {
  const data = new Float32Array(2048 * 2048);
  reducer.add(9, { data, layout: 'rows', batch: 2048, features: 2048, positions: 1 });
  setTimeout(() => reducer.close(), 5);
}
if (end === 'close') await reducer.close();
`,
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function digest(threads: number, end: string): Promise<string> {
  const { stdout } = await run(process.execPath, [script, String(threads), end], { timeout: 30_000 });
  return stdout;
}

test('every fresh process gives the same bits, and ends', { timeout: 300_000 }, async () => {
  const expected = await digest(1, 'close');
  expect(expected).toMatch(/^[0-9a-f]{64}\n$/);
  for (let round = 0; round < 7; round++) {
    for (const end of ['close', 'leave open', 'busy'])
      expect(await digest(2 + (round % 2), end)).toBe(expected);
  }
});
