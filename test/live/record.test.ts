import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/errors.js';
import { RecordControl } from '../../src/record/control.js';
import { type Recording, record } from '../../src/record/record.js';
import type { SettlingSaturation } from '../../src/record/settling.js';
import { delve } from '../cli/host.js';
import { IMAGES, optionsOf } from './recorded.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const numbersOf = ({ epochs }: Recording) =>
  epochs.map(({ layers }) =>
    layers.map(({ layer, mode, n, mean, covariance }) => ({ layer, mode, n, mean, covariance })),
  );

describe('saturations while points come in', () => {
  it.each([1, 2])('are those of a recording of as many samples, with %i threads', async (threads) => {
    let early: SettlingSaturation[] = [];
    // A recording as short as this one may be over before there was time to look at the layer.
    for (let tries = 0; tries < 10 && early.length === 0; tries++) {
      const seen: SettlingSaturation[] = [];
      await record(optionsOf({ threads, batchSize: 5 }), { saturation: (value) => seen.push(value) });
      early = seen.filter(({ layer, final }) => layer === 'stem' && !final);
    }
    expect(early.length).toBeGreaterThan(0);
    for (const { n, d, saturation } of [early[0]!, early.at(-1)!]) {
      // A point a pixel of 28 x 28.
      const { epochs } = await record(optionsOf({ limit: n / 784 }));
      const stem = epochs[0]!.layers.find(({ layer }) => layer === 'stem')!;
      expect([stem.n, stem.d, stem.byThreshold[0]!.saturation]).toEqual([n, d, saturation]);
    }
  });

  it('leave every bit of the results as it is', async () => {
    const watched = await record(optionsOf({ keepCovariances: true }), { saturation() {} });
    const plain = await record(optionsOf({ keepCovariances: true }));
    expect(numbersOf(watched)).toEqual(numbersOf(plain));
  });

  it('end with those of the recording', async () => {
    const last = new Map<string, SettlingSaturation>();
    const { epochs } = await record(optionsOf(), { saturation: (value) => last.set(value.layer, value) });
    for (const { layer, n, d, byThreshold } of epochs[0]!.layers) {
      expect(last.get(layer)).toEqual({ layer, n, d, saturation: byThreshold[0]!.saturation, final: true });
    }
  });
});

describe('a recording that is stopped', () => {
  const both = [
    { mode: 'train' as const, path: IMAGES },
    { mode: 'eval' as const, path: IMAGES },
  ];

  it('keeps what was recorded, as if there had been no more data, and says so', async () => {
    const control = new RecordControl();
    const notes: string[] = [];
    const events = {
      progress: (done: number) => {
        if (done >= 100) control.stop();
      },
      note: (message: string) => notes.push(message),
    };
    const out = join(folder, 'stopped');
    const options = optionsOf({ out, saveTo: ['csv', 'npy'], keepCovariances: true });
    const stopped = await record(options, events, undefined, control);
    expect(stopped.stopped).toEqual({ epoch: 0, mode: 'eval', samples: 100, of: 500 });
    expect(notes.at(-1)).toMatch(/^stopped after 100 of 500 samples \(eval, epoch 0\)/);
    const limited = await record(
      optionsOf({ limit: 100, out: join(folder, 'limited'), saveTo: ['csv'], keepCovariances: true }),
    );
    expect(numbersOf(stopped)).toEqual(numbersOf(limited));
    expect(await readFile(`${out}.csv`, 'utf8')).toBe(await readFile(join(folder, 'limited.csv'), 'utf8'));
    const run = JSON.parse(await readFile(join(out, 'run.json'), 'utf8'));
    expect(run.stopped).toEqual({ epoch: 0, mode: 'eval', samples: 100, of: 500 });
    expect(limited.run).not.toHaveProperty('stopped');
  });

  it('records one batch at least, and no other modes and models', async () => {
    const control = new RecordControl();
    control.stop();
    const notes: string[] = [];
    const recording = await record(
      optionsOf({ data: both, models: ['fixtures/mnist/cnn', 'fixtures/mnist/mlp'] }),
      { note: (message) => notes.push(message) },
      undefined,
      control,
    );
    expect(recording.epochs).toHaveLength(1);
    expect(new Set(recording.epochs[0]!.layers.map(({ mode }) => mode))).toEqual(new Set(['train']));
    expect(recording.stopped).toEqual({ epoch: 0, mode: 'train', samples: 20, of: 500 });
    expect(recording.run.models).toHaveLength(1);
    expect(notes.at(-1)).toMatch(/; not recorded: eval; fixtures\/mnist\/mlp$/);
  });

  it('is whole where it was asked for while nothing was left to run', async () => {
    const control = new RecordControl();
    const events = { spectra: () => control.stop() };
    expect((await record(optionsOf(), events, undefined, control)).stopped).toBeUndefined();
  });
});

describe('a recording that is paused', () => {
  it('looks at what it has, and goes on with the same numbers', async () => {
    const control = new RecordControl();
    const seen: string[] = [];
    const looked = new Map<string, number>();
    // However long the looks take: what is waited for is that the layer was looked at with all of its points.
    const goOnceLooked = () => {
      if (seen.at(-1) === 'paused' && looked.get('stem') === 200 * 784) control.resume();
    };
    const events = {
      progress: (done: number) => {
        if (done === 200) control.pause();
        seen.push(String(done));
      },
      paused: (isPaused: boolean) => {
        seen.push(isPaused ? 'paused' : 'resumed');
        goOnceLooked();
      },
      saturation: ({ layer, n }: SettlingSaturation) => {
        looked.set(layer, n);
        goOnceLooked();
      },
    };
    const paused = await record(optionsOf({ keepCovariances: true }), events, undefined, control);
    expect(seen.slice(9, 12)).toEqual(['200', 'paused', 'resumed']);
    expect(numbersOf(paused)).toEqual(numbersOf(await record(optionsOf({ keepCovariances: true }))));
  });

  it('can be interrupted', async () => {
    const control = new RecordControl();
    const interruption = new AbortController();
    const events = {
      progress: () => control.pause(),
      paused: () => void setTimeout(() => interruption.abort(), 20),
    };
    await expect(record(optionsOf(), events, interruption.signal, control)).rejects.toThrow(Interrupted);
  });
});

describe('--progress', () => {
  const recordWith = (...options: string[]) =>
    delve(
      [
        'record',
        'fixtures/mnist/cnn',
        '--data',
        IMAGES,
        '--limit',
        '40',
        '--out',
        join(folder, 'run'),
        ...options,
      ],
      {
        columns: 80,
      },
    );

  it('live says why there is no screen, and records', async () => {
    const { code, stdout, stderr } = await recordWith('--progress', 'live');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^stem /m);
    expect(stderr).toMatch(/no live screen, as stderr is no terminal/);
    const quiet = await recordWith('--progress', 'live', '--quiet');
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, '', '']);
  });

  it('none shows notes alone, and bar a bar', async () => {
    const none = await recordWith('--progress', 'none');
    expect(none.stderr).not.toContain('░');
    expect(none.stderr).toMatch(/^.*note:.*no more rows than features/m);
    expect((await recordWith('--progress', 'bar')).stderr).toContain('░');
  });
});
