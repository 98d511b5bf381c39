import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { recordingJson } from '../../src/writers/json-values.js';
import { packageEpoch, RUN, smallEpoch, temporaryFolder, write } from './recordings.js';

const { at } = temporaryFolder();
const document = () => JSON.parse(readFileSync(at('a.json'), 'utf8'));

describe('json', () => {
  it('holds every statistic, threshold and eigenvalue, and what made them', async () => {
    const epoch = packageEpoch(0);
    epoch.scalars.set('average-eval-sat', 0.55);
    await write('json', at('a'), [epoch]);
    expect(document().runs).toEqual([RUN]);
    const [written] = document().epochs;
    expect(written).toMatchObject({
      epoch: 0,
      model: 'checkpoints/0',
      'average-eval-sat': 0.55,
      'average-train-sat': null,
    });
    expect(written.layers.map((layer: Record<string, unknown>) => `${layer.mode} ${layer.layer}`)).toEqual([
      'train features-0',
      'train fc',
      'eval features-0',
      'eval fc',
    ]);
    const [layer] = written.layers;
    const record = epoch.layers[2]!;
    expect(layer).toMatchObject({
      kind: 'dense',
      n: 40,
      d: 5,
      thresholds: record.byThreshold,
      seconds: 0.25,
    });
    expect(layer.eigenvalues).toEqual(Array.from(record.spectrum.values));
    expect(layer.statistics).toEqual({
      saturation: 0.6,
      'intrinsic-dimensionality': 3,
      'covariance-determinant': record.stats.get('det'),
      'covariance-trace': record.stats.get('trc'),
      'diagonal-trace': record.stats.get('dtrc'),
    });
  });

  it('holds several epochs, continues, and goes back', async () => {
    await write('json', at('a'), [smallEpoch(0), smallEpoch(1)]);
    const { notes } = await write('json', at('a'), [smallEpoch(1)]);
    expect(notes).toEqual([`${at('a')}.json: what it held of epoch 1 and later is replaced`]);
    await write('json', at('a'), [smallEpoch(2)]);
    expect(document().epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual([0, 1, 2]);
    expect(document().runs).toHaveLength(3);
    await write('json', at('a'), [smallEpoch(0)]);
    expect(document().epochs).toHaveLength(1);
    expect(document()).toEqual(
      JSON.parse(JSON.stringify(recordingJson({ epochs: [smallEpoch(0)], run: RUN }))),
    );
  });

  it.each(['{', '[]', '{"epochs": 1, "runs": []}', '{"runs": [], "epochs": [{"epoch": "x"}]}'])(
    'refuses to continue %s',
    async (content) => {
      writeFileSync(at('a.json'), content);
      await expect(write('json', at('a'), [], 1)).rejects.toBeInstanceOf(UserError);
      expect(readFileSync(at('a.json'), 'utf8')).toBe(content);
    },
  );
});
