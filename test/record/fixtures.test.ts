import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainedAt } from '../../src/core/metrics.js';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordOptions } from '../../src/record/options.js';
import { type Recording, record } from '../../src/record/record.js';
import { loadNpy, loadNpz, worstDifference } from '../npy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-fixtures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function recordFixture(model: string, path: string, more: Partial<RecordOptions> = {}): Promise<Recording> {
  return record({
    ...defaultRecordOptions(),
    models: [`fixtures/${model}`],
    data: [{ mode: 'eval', path: `fixtures/${path}` }],
    out: join(folder, model.replace(/\W/g, '-')),
    ...more,
  });
}

/** float32's own noise between two engines. */
const COVARIANCE = 1e-3;

interface GoldenLayer {
  name: string;
  n: number;
  d: number;
  trace: number;
  idim: Record<string, number>;
}

describe.each([
  { name: 'cnn', preprocessing: {} },
  { name: 'mlp', preprocessing: { scale: 1 / 255 } },
])("the SavedModel $name, against NumPy over TensorFlow's outputs", ({ name, preprocessing }) => {
  it('gives the same layers, covariances, means and measures', async () => {
    const { epochs } = await recordFixture(`mnist/${name}`, 'mnist/images.npy', {
      preprocessing,
      batchSize: 37,
    });
    const golden: GoldenLayer[] = JSON.parse(
      await readFile(`fixtures/mnist/expected/${name}/layers.json`, 'utf8'),
    );
    const covariances = loadNpz(`fixtures/mnist/expected/${name}/covariance.npz`);
    const means = loadNpz(`fixtures/mnist/expected/${name}/mean.npz`);
    const layers = epochs[0]!.layers;
    expect(layers.map(({ layer, n, d }) => ({ name: layer, n, d }))).toEqual(
      golden.map(({ name, n, d }) => ({ name, n, d })),
    );
    for (const [i, { layer, covariance, mean, spectrum }] of layers.entries()) {
      const { trace, idim } = golden[i]!;
      expect(worstDifference(covariance, covariances.get(layer)!.data)).toBeLessThan(COVARIANCE);
      expect(worstDifference(mean, means.get(layer)!.data)).toBeLessThan(COVARIANCE);
      expect(Math.abs(epochs[0]!.layers[i]!.stats.get('trc')! / trace - 1)).toBeLessThan(COVARIANCE);
      const thresholds = Object.keys(idim).map(Number);
      expect(explainedAt(spectrum, thresholds).map((at) => at.idim)).toEqual(Object.values(idim));
    }
  });
});

describe('the ONNX file from PyTorch, against Python delve', () => {
  it('gives the same csv and dump', async () => {
    const { epochs } = await recordFixture('torch/cnn.onnx', 'torch/images.npy', {
      stats: ['lsat', 'idim', 'trc', 'cov', 'det', 'dtrc'],
      preprocessing: { scale: 1 / 255, mean: [0.1307], std: [0.3081] },
      batchSize: 33,
    });
    const ours = await readCsv(join(folder, 'torch-cnn-onnx.csv'));
    const theirs = await readCsv('fixtures/torch/expected/cnn.csv');
    expect(ours.columns).toEqual(theirs.columns);
    for (const [column, value] of Object.entries(theirs.row)) {
      const found = ours.row[column]!;
      if (/saturation|dimensionality/.test(column)) expect(found).toBe(value);
      else if (/trace/.test(column)) expect(Math.abs(found / value - 1)).toBeLessThan(COVARIANCE);
    }
    for (const { layer, covariance } of epochs[0]!.layers) {
      const name = `_eval-covariance-matrix_${layer}`;
      const theirs = loadNpy(`fixtures/torch/expected/cnn/${name}/${name}_epoch0.npy`);
      expect(worstDifference(covariance, theirs.data)).toBeLessThan(COVARIANCE);
      const dumped = loadNpy(join(folder, 'torch-cnn-onnx', name, `${name}_epoch0.npy`));
      expect(dumped.shape).toEqual(theirs.shape);
      expect(worstDifference(dumped.data, covariance)).toBe(0);
    }
  });
});

async function readCsv(path: string): Promise<{ columns: string[]; row: Record<string, number> }> {
  const { data, meta } = Papa.parse<Record<string, string>>(await readFile(path, 'utf8'), {
    delimiter: ';',
    header: true,
    skipEmptyLines: true,
  });
  const columns = meta.fields!.slice(1);
  return { columns, row: Object.fromEntries(columns.map((column) => [column, Number(data[0]![column])])) };
}
