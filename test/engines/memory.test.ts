import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { OutOfMemory } from '../../src/engines/engine.js';
import { findTensorflow } from '../../src/engines/tensorflow/installation.js';
import { loadSession } from '../../src/engines/tensorflow/session.js';
import { TensorflowProcess } from '../../src/engines/tensorflow/tensorflow-process.js';
import { openModel } from '../../src/model/open.js';
import { Pieces, samplesOf } from '../../src/record/pieces.js';
import { difference, inputsFor, tapsOf } from './networks.js';
import { withTensorflow } from './with-tensorflow.js';

const POINTS = { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' } as const;
const LOADING = { optimize: true, padded: false };

withTensorflow('the process in which TensorFlow runs', () => {
  let tensorflow: TensorflowProcess;
  const start = () => {
    tensorflow = new TensorflowProcess({ folder: findTensorflow().folder!, threads: 2, device: 'cpu' });
  };
  afterEach(() => tensorflow.close());

  /** A figure of /proc/PID/status, in bytes. */
  const status = (name: string) => {
    const text = readFileSync(`/proc/${tensorflow.pid}/status`, 'utf8');
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)![1]);
  };
  const onLinux = it.runIf(process.platform === 'linux');

  onLinux('takes no more memory for a thousand batches than for a hundred', async () => {
    start();
    const model = await openModel('fixtures/mnist/mlp');
    const session = await loadSession(tensorflow, model, tapsOf(model, POINTS), LOADING);
    const outputs = await loadSession(
      tensorflow,
      model,
      tapsOf(model, POINTS).map(({ value }) => ({ value })),
      LOADING,
    );
    const batch = inputsFor(model, 64);
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) {
        await session.run(batch);
        await outputs.run(batch);
      }
      return status('VmRSS');
    };
    const before = await run(100);
    const after = await run(1000);
    // Outputs alone are 64 x 1,000 numbers a batch or so: a quarter of a gigabyte if they stayed.
    expect(after - before).toBeLessThan(32e6);
  });

  it('goes on with half as many samples where they do not fit', async () => {
    // The allocator that GPUs have, with a limit.
    vi.stubEnv('TF_CPU_ALLOCATOR_USE_BFC', '1');
    vi.stubEnv('TF_CPU_BFC_MEM_LIMIT_IN_MB', '256');
    start();
    vi.unstubAllEnvs();
    const model = await openModel('fixtures/mnist/cnn');
    const [session, reference] = [
      await loadSession(tensorflow, model, tapsOf(model, POINTS), LOADING),
      await loadSession(tensorflow, model, tapsOf(model, POINTS), LOADING),
    ];
    const large = inputsFor(model, 2048);
    await session.run(samplesOf(large, 0, 64));
    await expect(session.run(large)).rejects.toThrow(OutOfMemory);
    await session.reset();
    const notes: string[] = [];
    const pieces = new Pieces(session, model, undefined, (note) => notes.push(note));
    let samples = 0;
    for await (const { size } of pieces.run(large, 2048)) samples += size;
    expect(samples).toBe(2048);
    expect(notes[0]).toBe(
      'fixtures/mnist/cnn: 2048 samples at a time do not fit into the memory of the device: going on with 1024 (--batch-size)',
    );
    for (let at = 0; at < 2048; at += 64) await reference.run(samplesOf(large, at, 64));
    for (const i of model.layers.keys()) {
      const [ours, theirs] = [await session.moments(i), await reference.moments(i)];
      expect(ours!.n).toBe(theirs!.n);
      expect(difference(ours!.covariance, theirs!.covariance)).toBeLessThan(1e-6);
    }
  });

  it('says so where it ends', async () => {
    start();
    const model = await openModel('fixtures/mnist/mlp');
    const session = await loadSession(tensorflow, model, tapsOf(model, POINTS), LOADING);
    const running = session.run(inputsFor(model, 20_000));
    process.kill(tensorflow.pid!, 'SIGKILL');
    await expect(running).rejects.toThrow(
      /mnist\/mlp: TensorFlow cannot run the model on this data \(it ended \(SIGKILL\)/,
    );
    await expect(session.run(inputsFor(model, 1))).rejects.toThrow(/it ended \(SIGKILL\)/);
  });
});
