import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeEpochCounter } from '../../src/dump/epoch-counter.js';
import { npyItems, smallEpoch, temporaryFolder, write } from './recordings.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let compiled: string;

// Killing and filling disks needs processes of their own, which run what is compiled.
beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'delve-writers-process-'));
  writeFileSync(join(compiled, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(compiled, 'node_modules'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [
    ...[tsc, '-p', root, '--outDir', join(compiled, 'dist')],
    ...['--declaration', 'false', '--noCheck'],
  ]);
  writeFileSync(join(compiled, 'epoch.mjs'), EPOCH);
}, 120_000);

afterAll(async () => {
  await rm(compiled, { recursive: true, force: true });
});

/** An epoch of layers whose covariance is `value` times the identity: its trace tells which one it is. */
const EPOCH = `
export function epochOf(epoch, layers, d, value) {
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < d; i++) covariance[i * d + i] = value;
  const spectrum = { values: new Float64Array(d).fill(value), determinant: value ** d, trace: d * value };
  return { epoch, model: 'm', scalars: new Map(), layers: Array.from({ length: layers }, (_, i) => ({
    layer: 'layer' + i, kind: 'dense', mode: 'eval', n: value, d, mean: new Float64Array(d), covariance, spectrum,
    stats: new Map([['lsat', 1], ['idim', d], ['trc', d * value], ['cov', NaN]]),
    byThreshold: [{ threshold: 0.99, idim: d, saturation: 1 }], seconds: 0 })) };
}
export const RUN = { tool: 'delve', version: '0' };
`;

const SAVE_TO = "['csv', 'npy:zip', 'json', 'tensorboard']";
const LAYERS = 40;

/** Replaces one recording by the next, as fast as it can. */
const ENDLESS = `
import { epochOf, RUN } from './epoch.mjs';
import { createWriter } from './dist/writers/registry.js';
for (let value = Number(process.argv[3]); ; value++) {
  const writer = await createWriter(${SAVE_TO},
    { savefile: process.argv[2], initialEpoch: 0, note() {}, print() {} });
  await writer.open();
  await writer.write(epochOf(0, ${LAYERS}, 2, value));
  await writer.close(RUN);
  console.log(value);
}
`;

describe('a process that is killed while it writes', () => {
  const { at, files } = temporaryFolder();

  /** The traces that the dump holds of epoch 0. */
  const traces = () =>
    files('run')
      .filter((file) => /trace.*epoch0\.npy$/.test(file))
      .map((file) => npyItems(at('run', file)).items[0]!);

  it('leaves every file whole, one recording or the next, and nothing that the next run does not clear away', async () => {
    const script = join(compiled, 'endless.mjs');
    writeFileSync(script, ENDLESS);
    let value = 1;
    for (let kill = 0; kill < 12; kill++) {
      const child = spawn(process.execPath, [script, at('run'), String(value)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await setTimeout(5 + Math.random() * 120);
      child.kill('SIGKILL');
      await once(child, 'exit');

      const csv = readFileSync(at('run.csv'), 'utf8').trimEnd().split('\n');
      expect(csv).toHaveLength(2);
      const [column] = [csv[0]!.split(';').indexOf('eval-covariance-trace_layer0')];
      const last = Number(csv[1]!.split(';')[column]) / 2;
      expect(last).toBeGreaterThanOrEqual(value);
      const [epoch] = JSON.parse(readFileSync(at('run.json'), 'utf8')).epochs;
      expect(epoch.layers).toHaveLength(LAYERS);
      expect(Object.keys(unzipSync(readFileSync(at('run.zip')))).length).toBeGreaterThan(LAYERS);

      await write('npy', at('run'), [smallEpoch(1)]);
      await write('tensorboard', at('run'), [smallEpoch(1)]);
      const found = traces();
      expect(found).toHaveLength(LAYERS);
      expect(new Set(found).size).toBe(1);
      expect(Math.abs(found[0]! / 2 - last)).toBeLessThanOrEqual(1);
      const counter = decodeEpochCounter(readFileSync(at('run', 'epoch_counter.pkl')), 'counter');
      expect(counter.get('_eval-covariance-trace_layer0')).toBe(0);
      expect(counter.get('_eval-saturation_fc')).toBe(1);
      expect(readdirSync(at('run')).filter((name) => name.startsWith('.'))).toEqual([]);
      value = last + 1;
    }
    for (const name of ['csv', 'npy:zip', 'json', 'tensorboard'])
      await write(name, at('run'), [smallEpoch(0)]);
    expect(readdirSync(at()).sort()).toEqual(['run', 'run.csv', 'run.json', 'run.zip']);
    expect(readdirSync(at('run')).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 120_000);
});

/** Whether a file system of a size of one's own can be had. */
function canMount(): boolean {
  try {
    execFileSync('unshare', [
      ...['--mount', '--map-root-user'],
      ...['sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'],
    ]);
    return true;
  } catch {
    return false;
  }
}

/** Writes an epoch that fits, then one that does not, and tells what each file holds before and after. */
const FULL = `
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { epochOf, RUN } from './epoch.mjs';
import { createWriter } from './dist/writers/registry.js';
import { UserError } from './dist/errors.js';
const [folder, name] = process.argv.slice(2);
const state = () => Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => [entry.parentPath + '/' + entry.name,
    createHash('sha256').update(readFileSync(entry.parentPath + '/' + entry.name)).digest('hex')]));
const writer = await createWriter(name, { savefile: folder + '/run', initialEpoch: 0, note() {}, print() {} });
await writer.open();
await writer.write(epochOf(0, 2, 2, 1));
const before = state();
let said = 'nothing';
try {
  await writer.write(epochOf(1, 4000, 4, 1));
} catch (error) {
  said = error instanceof UserError ? error.message : 'a bug: ' + error.stack;
}
const after = state();
await writer.write(epochOf(1, 2, 2, 1));
await writer.close(RUN);
console.log(JSON.stringify({ before, after, said, later: state() }));
`;

describe.runIf(existsSync('/usr/bin/unshare') && canMount())('a full disk', () => {
  const { at } = temporaryFolder();

  it.each(['csv', 'json', 'npy', 'npy:zip', 'tensorboard'])(
    'leaves what %s had written as it was, and says so; there is room for less',
    async (name) => {
      const script = join(compiled, 'full.mjs');
      writeFileSync(script, FULL);
      mkdirSync(at('small'));
      const command = `mount -t tmpfs -o size=256k none "$1" && "$2" "$3" "$1" "$4"`;
      const { stdout } = await run('unshare', [
        ...['--mount', '--map-root-user', 'sh', '-c', command],
        ...['sh', at('small'), process.execPath, script, name],
      ]);
      const { before, after, said, later } = JSON.parse(stdout);
      expect(said).toMatch(
        /cannot be written: no space is left on the device; choose another place with --out/,
      );
      expect(Object.keys(before).length).toBeGreaterThan(0);
      expect(after).toEqual(before);
      expect(later).not.toEqual(before);
    },
  );
});
