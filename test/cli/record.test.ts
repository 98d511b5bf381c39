import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delve } from './host.js';

const CNN = 'fixtures/mnist/cnn';
const ONNX = 'fixtures/torch/cnn.onnx';
const IMAGES = 'fixtures/mnist/images.npy';
const TORCH_IMAGES = 'fixtures/torch/images.npy';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const recordCnn = (...more: string[]) =>
  delve(['record', CNN, '--data', IMAGES, '--out', join(folder, 'run'), '--limit', '64', ...more]);

describe('delve record', () => {
  it('leaves a table, a csv and a dump', async () => {
    const { code, stdout, stderr } = await recordCnn();
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^layer +kind +d +n +idim +saturation +trace$/);
    expect(stdout).toMatch(/^residual-conv1 +conv2d +32 +3,136 /m);
    expect(stderr).toContain('saved ');
    expect((await readdir(folder)).sort()).toEqual(['run', 'run.csv']);
    const csv = await readFile(join(folder, 'run.csv'), 'utf8');
    expect(csv).toMatch(
      /^;eval-saturation_stem;eval-intrinsic-dimensionality_stem;eval-covariance-trace_stem;/,
    );
    expect(csv.trim().split('\n')).toHaveLength(2);
  });

  it('records several models as epochs, in natural order', async () => {
    const { code, stdout } = await delve([
      'record',
      'fixtures/mnist/{cnn,mlp}',
      '--data',
      IMAGES,
      '--limit',
      '32',
      '--layers',
      '{digit,hidden*}',
      '--out',
      join(folder, 'run'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/epoch 0 .*cnn(.|\n)*epoch 1 .*mlp/);
    const rows = (await readFile(join(folder, 'run.csv'), 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toContain('eval-saturation_hidden2');
    // The first network has no layer of that name.
    expect(rows[1]).toMatch(/;$/);
  });

  it('keeps train and eval apart', async () => {
    const { code, stdout } = await recordCnn(
      '--data',
      `train=${IMAGES}`,
      '--layers',
      'digit',
      '--average-sat',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^digit +dense +train /m);
    expect(stdout).toMatch(/^digit +dense +eval /m);
    expect(stdout).toMatch(/^average-train-sat: 0\.\d+$/m);
    const [header] = (await readFile(join(folder, 'run.csv'), 'utf8')).split('\n');
    expect(header).toMatch(
      /^;train-saturation_digit;.*;eval-saturation_digit;.*;average-train-sat;average-eval-sat$/,
    );
  });

  it('prints JSON alone with --json, and nothing with --quiet', async () => {
    const json = await recordCnn('--json', '--threshold', '0.9,0.99');
    expect(json.code).toBe(0);
    const { epochs } = JSON.parse(json.stdout);
    expect(epochs[0].layers.map((layer: { layer: string }) => layer.layer)).toContain('pointwise');
    const quiet = await recordCnn('--quiet');
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('is right on narrow terminals, and coloured only where colours are wanted', async () => {
    const wide = await delve(['record', CNN, '--data', IMAGES, '--limit', '32', '--save-to', 'print'], {
      columns: 100,
      env: { FORCE_COLOR: '1' },
    });
    expect(wide.stdout).toContain('\u001b[');
    expect(wide.stdout).toContain('█');
    for (const columns of [80, 40, 30]) {
      const narrow = await delve(
        ['record', CNN, '--data', IMAGES, '--limit', '32', '--out', join(folder, 'x')],
        {
          columns,
          env: { NO_COLOR: '1', CI: '1' },
        },
      );
      expect(narrow.code).toBe(0);
      expect(narrow.stdout).not.toContain('\u001b[');
      const widest = Math.max(...narrow.stdout.split('\n').map((line) => stringWidth(line)));
      expect(widest).toBeLessThanOrEqual(columns);
      expect(narrow.stdout).toContain('saturation');
    }
  });

  it('names the layers with no more rows than features', async () => {
    const { code, stderr } = await recordCnn('--limit', '20');
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: eval: no more rows than features in hidden \(20 rows, d = 64\)/);
  });

  it('records the same numbers over many batches as over one', async () => {
    const options = ['--save-to', 'json', '--stats', 'lsat,idim,trc,det,dtrc'];
    const traces: Record<string, number>[][] = [];
    for (const size of ['64', '7']) {
      const { stdout } = await recordCnn('--batch-size', size, '--json', ...options);
      traces.push(
        JSON.parse(stdout).epochs[0].layers.map(
          (layer: Record<string, Record<string, number>>) => layer.statistics,
        ),
      );
    }
    expect(traces[0]).toHaveLength(8);
    traces[0]!.forEach((one, i) => {
      for (const [name, value] of Object.entries(one)) {
        if (name === 'covariance-determinant') continue;
        expect(Math.abs(traces[1]![i]![name]! - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value));
      }
    });
  });

  it('writes nothing when it is interrupted', async () => {
    const { code, stderr } = await delve(
      ['record', CNN, '--data', IMAGES, '--out', join(folder, 'run'), '--batch-size', '1'],
      { columns: 80, interruptAt: '/500 samples' },
    );
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted');
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes ONNX files with their names from PyTorch', async () => {
    const { code, stdout } = await delve([
      'record',
      ONNX,
      '--data',
      TORCH_IMAGES,
      '--out',
      join(folder, 'torch'),
      '--no-conv',
      '--ignore-layers',
      'classifier-3',
    ]);
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(' ')[0]),
    ).toEqual(['classifier-0']);
  });
});
