import type { StatisticName } from '../core/statistics.js';
import { formatNumber } from '../ui/numbers.js';
import { metricAt } from './extract.js';
import type { FigureOptions, FigureRun, LayersFigure } from './figure.js';
import { layerNames, type Slice, type StatRun, shortLabels, slicesOf } from './slices.js';
import { axisOf, figureName, requireValues, runsOf, sentenceCase, shownValue } from './statistic.js';

/**
 * A statistic over the layers in execution order, a figure a statistic: a series for every run, mode and threshold that has it.
 * @throws UserError for a statistic that none of the runs has, and a primary metric that they lack
 */
export function layersFigures(runs: readonly FigureRun[], options: FigureOptions): LayersFigure[] {
  return options.stats.map((stat) => layersFigure(runsOf(runs, stat), stat, options));
}

function layersFigure(runs: readonly StatRun[], stat: StatisticName, options: FigureOptions): LayersFigure {
  const { log } = options;
  const found = slicesOf(
    runs,
    (layer, epoch) => epoch !== undefined && shownValue(layer, stat, epoch, log) !== undefined,
  );
  requireValues(found, runs, stat, log);
  const { slices, run, mode, epoch, shared } = found;
  const layers = layerNames(slices);
  const value = axisOf(stat, options);
  const title = options.title ?? sentenceCase(value.title);
  return {
    kind: 'layers',
    title,
    subtitle: [run ?? [], ...shared].flat().join(' · '),
    name: figureName(
      stat,
      runs.map(({ threshold }) => threshold),
      mode ?? '',
      epoch === undefined ? '' : `epoch_${epoch}`,
    ),
    layers,
    series: slices.map((slice) => ({ label: slice.label, values: valuesOf(slice, stat, layers, log) })),
    value,
    note: noteOf(slices, options.primaryMetric),
  };
}

function valuesOf(slice: Slice, stat: StatisticName, layers: readonly string[], log: boolean) {
  const byName = new Map(slice.layers.map((layer) => [layer.layer, layer]));
  return layers.map((name) => {
    const layer = byName.get(name);
    return layer && slice.epoch !== undefined ? shownValue(layer, stat, slice.epoch, log) : undefined;
  });
}

/** The primary metric of each run, a line each: `accuracy: 0.93`. */
function noteOf(slices: readonly Slice[], metric: string | undefined): string {
  if (metric === undefined) return '';
  const runs = new Map(slices.map((slice) => [slice.results.label, slice]));
  const labels = shortLabels([...runs.keys()]);
  return [...runs]
    .map(([label, { results, epoch }]) => {
      const value = epoch === undefined ? undefined : metricAt(results, metric, epoch);
      const run = runs.size > 1 ? `${labels.get(label)} ` : '';
      return `${run}${metric}: ${value === undefined ? 'none' : formatNumber(value)}`;
    })
    .join('\n');
}
