import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { onnxNode } from '../../src/model/onnx/build.js';
import { defaultPcaOptions, type PcaOptions } from '../../src/project/options.js';
import { projectModel } from '../../src/project/project-model.js';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordOptions } from '../../src/record/options.js';
import { record } from '../../src/record/record.js';
import { savedNetwork } from './networks.js';

const folder = mkdtempSync(join(tmpdir(), 'delve-pca-dump-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { model, data } = savedNetwork(folder, 'maps', {
  nodes: [
    onnxNode('Conv', ['x', 'k1'], ['a']),
    onnxNode('Relu', ['a'], ['b']),
    onnxNode('Conv', ['b', 'k2'], ['y']),
  ],
  weights: { k1: [8, 2, 3, 3], k2: [3, 8, 1, 1] },
  input: [null, 2, 5, 5],
  output: { shape: [null, 3, 3, 3] },
});

async function dumped(name: string, more: Partial<RecordOptions>): Promise<string> {
  const out = join(folder, name);
  await record({
    ...defaultRecordOptions(),
    models: [model],
    data: [{ mode: 'eval', path: data }],
    out,
    ...more,
  });
  return out;
}

async function projected(dump: string | undefined, more: Partial<PcaOptions> = {}) {
  const notes: string[] = [];
  const options = { ...defaultPcaOptions(), model, data, dump, thresholds: [0.9], random: 0, ...more };
  return { result: await projectModel(options, { note: (note) => notes.push(note) }), notes };
}

const points = (convMethod: RecordOptions['points']['convMethod']) => ({
  points: { convMethod, timeseriesMethod: 'timestepwise' as const },
});

it('a dump of every position is as good as a recording', async () => {
  const { result, notes } = await projected(await dumped('whole', points('channelwise')));
  expect(notes).toEqual([]);
  expect(result.thresholds).toEqual((await projected(undefined)).result.thresholds);
});

it('a dump of other points is told of', async () => {
  const { notes } = await projected(await dumped('pooled', points('mean')));
  expect(notes).toEqual([
    `${join(folder, 'pooled')} was recorded with --conv-method mean, and every position is projected; record with --conv-method channelwise for the covariance of all of them`,
  ]);
});

it('a dump of other dimensions, or of another tap, is refused', async () => {
  const flat = await dumped('flat', points('flatten'));
  await expect(projected(flat)).rejects.toThrow(
    /covariance of Conv_0 is of 72 features, and its output has 8; give a dump/,
  );
  const activation = await dumped('activation', { ...points('channelwise'), tap: 'activation' });
  await expect(projected(activation)).rejects.toThrow(
    /activation was recorded with --tap activation, and projections go where --tap pre-activation is; give --tap activation/,
  );
  expect((await projected(activation, { tap: 'activation' })).notes).toEqual([]);
});
