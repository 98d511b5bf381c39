import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StatisticName } from '../../src/core/statistics.js';
import { statisticNames } from '../../src/core/statistics.js';
import { UserError } from '../../src/errors.js';
import { extractLayerStat } from '../../src/plots/extract.js';
import { layersFigures } from '../../src/plots/layers.js';
import { defaultPlotOptions } from '../../src/plots/plot.js';
import { openAll } from './results.js';

interface Case {
  file: string;
  stat: StatisticName;
  mode: 'train' | 'eval';
  epoch: number;
  values: Record<string, number>;
  primaryMetric: number | null;
}

const { cases }: { cases: Case[] } = JSON.parse(readFileSync('fixtures/plots/extract.json', 'utf8'));

describe('a statistic of one epoch', () => {
  it('is what extract_layer_stat of Python delve takes from the same file', async () => {
    expect(cases.length).toBeGreaterThan(60);
    for (const { file, stat, mode, epoch, values, primaryMetric } of cases) {
      const results = await openAll(`fixtures/plots/${file}`, [stat]);
      const metric = primaryMetric === null ? undefined : 'test_accuracy';
      const found = extractLayerStat(results, { stat, mode, epoch, primaryMetric: metric });
      expect([...found.values]).toEqual(Object.entries(values));
      expect(found.primaryMetric).toBe(primaryMetric ?? undefined);
    }
  });

  it('is what figures show', async () => {
    for (const { file, stat, mode, epoch, values } of cases) {
      const results = await openAll(`fixtures/plots/${file}@${epoch}`, [stat], mode);
      const options = { ...defaultPlotOptions(), stats: [stat], layersChosen: false };
      const [figure] = layersFigures([{ results, threshold: undefined }], options);
      expect(figure!.layers).toEqual(Object.keys(values));
      expect(figure!.series).toEqual([{ label: '', values: Object.values(values) }]);
    }
  });

  it('of the last epoch is -1', async () => {
    const results = await openAll('fixtures/plots/training.csv', ['lsat']);
    expect(extractLayerStat(results, { stat: 'lsat', mode: 'eval', epoch: -1 })).toMatchObject({
      epoch: 5,
      primaryMetric: undefined,
    });
  });

  it('of an epoch or a metric that is not there is an error that names what is', async () => {
    const results = await openAll('fixtures/plots/training.csv', statisticNames());
    const extract = (epoch: number, primaryMetric?: string) => () =>
      extractLayerStat(results, { stat: 'lsat', mode: 'eval', epoch, primaryMetric });
    expect(extract(6)).toThrow(UserError);
    expect(extract(6)).toThrow('training.csv has no epoch 6; its epochs are 0, 1, 2, 3, 4, 5');
    expect(extract(0, 'accuracy')).toThrow(
      "--primary-metric accuracy: in fixtures/plots/training.csv there is no metric 'accuracy'; did you mean test_accuracy?",
    );
  });
});
