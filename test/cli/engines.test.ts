import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/doctor/doctor.js';
import type { Outcome } from './host.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'delve-engines-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** In a process of its own, whose folder of engines is empty. */
async function delve(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, DELVE_HOME: home, CI: '1' };
  try {
    const done = await promisify(execFile)(process.execPath, ['bin/delve.js', ...args], { env });
    return { code: 0, ...done };
  } catch (error) {
    return error as Outcome;
  }
}

describe('delve doctor', () => {
  it('tells what is installed, what it sees, and what brings the rest', async () => {
    const { code, stdout } = await delve('doctor', '--json');
    expect(code).toBe(0);
    const { engines }: Diagnosis = JSON.parse(stdout);
    expect(engines.map(({ name }) => name)).toEqual(['onnx', 'tensorflow']);
    const [onnx] = engines;
    expect(onnx!.version).toBe(createRequire(import.meta.url)('onnxruntime-node/package.json').version);
    expect(onnx!.devices[0]).toEqual({ device: 'CPU', works: true });
    for (const { installed, command } of engines) if (!installed) expect(command).toMatch(/^delve setup /);
    for (const { works, reason } of engines.flatMap(({ devices }) => devices)) {
      expect(works || reason).toBeTruthy();
    }
  });

  it('as a table', async () => {
    const { code, stdout } = await delve('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^engine +version +device +state$/m);
    expect(stdout).toMatch(/^onnx +\d+\.\d+\.\d+ +CPU +works$/m);
  });

  it('--check-gpu fails where it could check nothing, and says why', async () => {
    const { code, stdout } = await delve('doctor', '--check-gpu', '--json');
    const { gpu } = JSON.parse(stdout);
    if (gpu.checks.length > 0) return;
    expect(code).toBe(1);
    expect((await delve('doctor', '--check-gpu')).stdout).toMatch(
      /^No engine sees a GPU here: nothing was checked\.$/m,
    );
  });
});

describe('delve setup', () => {
  it.each([
    [
      'tensorflow --python nowhere/python',
      /^error: --python nowhere\/python: this is no Python 3\.8 or later\n$/,
    ],
    ['tensorflow --python true', /^error: --python true: this is no Python 3\.8 or later\n$/],
    ['tensorflow --cuda', /^error: --cuda is for the engine onnx alone; leave it out\n$/],
    ['theano', /^error: .*'theano' is invalid.*tensorflow, onnx/],
  ])('%s', async (args, sentence) => {
    const { code, stderr } = await delve('setup', ...args.split(' '));
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
    expect(await readdir(home)).toEqual([]);
  });

  it('leaves alone what works', async () => {
    const { code, stdout } = await delve('setup', 'onnx');
    expect(stdout).toMatch(/^onnx is installed with delve, and works/);
    expect(code).toBe(0);
    expect(await readdir(home)).toEqual([]);
  });
});

describe('record --engine', () => {
  const model = ['record', 'fixtures/mnist/mlp', '--data', 'fixtures/mnist/images.npy', '--stats', 'lsat'];

  it('tells which engine runs the network, and why', async () => {
    const out = join(home, 'auto');
    const { code, stderr } = await delve(...model, '--limit', '20', '--out', out, '--save-to', 'csv');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^engine: \w+ [\d.]+ on \w+/m);
    await rm(`${out}.csv`);
  });

  it.each([
    ['--engine theano', /^error: .*'theano' is invalid\. Allowed choices are auto, onnx, tensorflow/],
    ['--device tpu', /^error: .*'tpu' is invalid\. Allowed choices are auto, gpu, cpu/],
  ])('refuses %s', async (flags, sentence) => {
    const { code, stderr } = await delve(...model, ...flags.split(' '), '--out', join(home, 'no'));
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
  });

  it('names the command that brings an engine that is missing', async () => {
    const { engines }: Diagnosis = JSON.parse((await delve('doctor', '--json')).stdout);
    if (engines.find(({ name }) => name === 'tensorflow')!.installed) return;
    const { code, stderr } = await delve(...model, '--engine', 'tensorflow', '--out', join(home, 'no'));
    expect(stderr).toMatch(
      /the engine tensorflow is not installed .* install it with: delve setup tensorflow\n$/,
    );
    expect(code).toBe(2);
    expect(await readdir(home)).toEqual([]);
  });
});
