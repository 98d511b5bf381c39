import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ModelProtoSchema } from '../../src/model/proto/onnx_pb.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(root, 'fixtures/torch/cnn.onnx');

/** A repository as docs/ci.md has it, and delve installed beside it. */
let folder: string;
let repository: string;
let baselineLines: string;
let checkLines: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-ci-'));
  await install(join(folder, 'delve'), join(folder, 'bin'));
  const page = await readFile(join(root, 'docs/ci.md'), 'utf8');
  const [, workflow] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
  const steps: { name?: string; run?: string }[] = parse(workflow ?? '').jobs.saturation.steps;
  checkLines = steps.find(({ name }) => name === 'Check the layers')?.run ?? '';
  const [, baseline] = /^```sh\n([\s\S]*?)^```/m.exec(page) ?? [];
  baselineLines = baseline?.replace(/^git .*$/m, '') ?? '';
}, 120_000);

beforeEach(async () => {
  repository = await mkdtemp(join(folder, 'repository-'));
  await mkdir(join(repository, 'data'));
  await copyFile(join(root, 'fixtures/torch/images.npy'), join(repository, 'data/test.npy'));
  await copyFile(MODEL, join(repository, 'model.onnx'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Compiles it, and puts the command where `npm install --global` would: in a folder of PATH. */
async function install(target: string, bin: string): Promise<void> {
  await mkdir(join(target, 'bin'), { recursive: true });
  await mkdir(bin);
  await copyFile(join(root, 'package.json'), join(target, 'package.json'));
  await copyFile(join(root, 'bin/delve.js'), join(target, 'bin/delve.js'));
  await symlink(join(root, 'node_modules'), join(target, 'node_modules'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [
    ...[tsc, '-p', root, '--outDir', join(target, 'dist')],
    ...['--declaration', 'false', '--noCheck'],
  ]);
  await writeFile(
    join(bin, 'delve'),
    `#!/bin/sh\nexec '${process.execPath}' '${target}/bin/delve.js' "$@"\n`,
    {
      mode: 0o755,
    },
  );
}

/** Runs lines in the repository as a step with `shell: bash` does. */
async function step(lines: string): Promise<{ code: number; log: string; summary: string }> {
  const script = join(repository, 'step.sh');
  const summary = join(repository, 'summary.md');
  await writeFile(script, lines);
  await writeFile(summary, '');
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}`,
    GITHUB_STEP_SUMMARY: summary,
    CI: 'true',
  };
  const args = ['--noprofile', '--norc', '-eo', 'pipefail', script];
  const { code, log } = await run('bash', args, { cwd: repository, env }).then(
    ({ stdout, stderr }) => ({ code: 0, log: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      log: error.stdout + error.stderr,
    }),
  );
  return { code, log, summary: await readFile(summary, 'utf8') };
}

/** The network with a batch norm so far below zero that the rectifier behind it lets nothing pass. */
async function killRectifier(bias: string): Promise<void> {
  const model = fromBinary(ModelProtoSchema, await readFile(MODEL));
  const tensor = model.graph?.initializer.find(({ name }) => name === bias);
  if (!tensor?.rawData) throw new Error(`the fixture has no ${bias}`);
  const numbers = new Float32Array(tensor.rawData.length / 4).fill(-1000);
  tensor.rawData = new Uint8Array(numbers.buffer);
  await writeFile(join(repository, 'model.onnx'), toBinary(ModelProtoSchema, model));
}

describe('the step of docs/ci.md', { timeout: 60_000 }, () => {
  it('passes when no layer collapses, and writes the summary', async () => {
    expect(await step(baselineLines)).toMatchObject({ code: 0, log: '' });
    const { code, log, summary } = await step(checkLines);
    expect({ code, log }).toEqual({ code: 0, log: '' });
    expect(summary).toMatch(/^## Layers\n\| layer \| d \| n \| idim \| saturation \| effective-rank \|\n/);
    expect(summary).toContain(
      '\n- ✅ fail if `erank < 1.5`\n- ✅ fail if `any(nan)`\n## Against the baseline\n',
    );
    expect(summary).toContain('\n9 layers: 0 up, 0 down, 9 the same;');
    expect(summary).toMatch(/- ✅ fail if `any\(unmatched\)`\n$/);
    expect(summary).not.toContain('❌');
  });

  it('fails when a layer is dead, names it in the log, and still writes the summary whole', async () => {
    await step(baselineLines);
    await killRectifier('layer2.0.bn1.bias');
    const { code, log, summary } = await step(checkLines);
    expect(code).toBe(1);
    expect(log).toMatch(
      /^failed: erank < 1\.5\n {2}layer2-0-conv2: 0\nfailed: abs\(delta\(saturation\)\) > 0\.1\n/,
    );
    expect(log).toMatch(/^ {2}layer2-0-conv2: 0\.6875$/m);
    expect(summary).toContain('- ❌ fail if `erank < 1.5`\n  - layer2-0-conv2: 0\n');
    expect(summary).toMatch(/^\| layer2-0-conv2 \| 0\.7188 \| 0\.0313 \| ▼ -0\.6875 \|$/m);
    expect(summary).toMatch(/- ✅ fail if `any\(unmatched\)`\n$/);
    expect(await readFile(join(root, 'docs/ci.md'), 'utf8')).toContain('  layer2-0-conv2: 0.6875\n');
  });

  it('fails when the network was changed, or there is no baseline', async () => {
    const without = await step(checkLines);
    expect(without.code).toBe(2);
    expect(without.log).toMatch(/^error: baselines\/main: no such dump or csv/m);
    expect(without.summary).toContain('- ✅ fail if `erank < 1.5`');

    await step(baselineLines);
    const path = join(repository, 'baselines/main.csv');
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('classifier-3', 'logits'));
    const renamed = await step(checkLines);
    expect(renamed.code).toBe(1);
    expect(renamed.log).toBe('failed: any(unmatched)\n  logits (only in A)\n  classifier-3 (only in B)\n');
  });
});
