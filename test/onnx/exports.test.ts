import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultRecordOptions } from '../../src/record/defaults.js';
import { record } from '../../src/record/record.js';
import { worstDifference } from '../npy.js';

interface GoldenLayer {
  name: string;
  n?: number;
  d?: number;
  covariance?: number[];
}

const GOLDEN: Record<string, GoldenLayer[]> = JSON.parse(await readFile('fixtures/onnx/layers.json', 'utf8'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What PyTorch's two exporters make of the same networks, folded and not, with a fixed batch size and with external data. */
const FILES = Object.keys(GOLDEN).flatMap((network) =>
  ['folded', 'unfolded', 'fixed', 'dynamo']
    .filter((kind) => `${network}.${kind}` !== 'encoder.unfolded')
    .map((kind) => ({ network, kind })),
);

describe.each(FILES)('$network.$kind.onnx', ({ network, kind }) => {
  it("has the modules' names and the covariances that PyTorch's hooks see", async () => {
    const { epochs } = await record({
      ...defaultRecordOptions(),
      models: [`fixtures/onnx/${network}.${kind}.onnx`],
      data: [{ mode: 'eval', path: `fixtures/onnx/${network}.npz` }],
      out: join(folder, network),
      batchSize: 7,
    });
    const golden = GOLDEN[network]!;
    const { layers } = epochs[0]!;
    expect(layers.map(({ layer }) => layer)).toEqual(golden.map(({ name }) => name));
    for (const [i, { layer, n, d, covariance }] of layers.entries()) {
      const wanted = golden[i]!;
      // Computed with the steps first: one step a sample is recorded all the same.
      if (layer.endsWith('in_proj')) expect(n).toBe(40);
      if (!wanted.covariance || foldedNorm(network, kind, wanted.name)) continue;
      expect({ name: wanted.name, n, d }).toEqual({ name: wanted.name, n: wanted.n, d: wanted.d });
      expect(worstDifference(covariance, wanted.covariance)).toBeLessThan(1e-5);
    }
  });
});

/** An exporter that folds a batch norm into its convolution leaves nothing of the convolution's own output. */
function foldedNorm(network: string, kind: string, layer: string): boolean {
  return network === 'convolutions' && kind !== 'unfolded' && layer === 'body-0';
}
