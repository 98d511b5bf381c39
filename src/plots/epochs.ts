import type { StatisticName } from '../core/statistics.js';
import type { EpochsFigure, FigureOptions, FigureRun } from './figure.js';
import { layerNames, runName, type Slice, slicesOf } from './slices.js';
import { axisOf, figureName, requireValues, runsOf, sentenceCase, shownValue } from './statistic.js';

/**
 * A statistic over layers and epochs: a heat map for every statistic, run, mode and threshold.
 * @throws UserError for a statistic that none of the runs has
 */
export function epochsFigures(runs: readonly FigureRun[], options: FigureOptions): EpochsFigure[] {
  return options.stats.flatMap((stat) => {
    const chosen = runsOf(runs, stat);
    const epochs = [...new Set(chosen.flatMap(({ results }) => results.epochs))];
    const found = slicesOf(
      chosen,
      (layer) => epochs.some((epoch) => shownValue(layer, stat, epoch, options.log) !== undefined),
      true,
    );
    requireValues(found, chosen, stat, options.log);
    return found.slices.map((slice) => epochsFigure(slice, stat, options));
  });
}

function epochsFigure(slice: Slice, stat: StatisticName, options: FigureOptions): EpochsFigure {
  const { results, mode, threshold, shownThreshold } = slice;
  const layers = layerNames([slice]);
  const byName = new Map(slice.layers.map((layer) => [layer.layer, layer]));
  const value = axisOf(stat, options);
  return {
    kind: 'epochs',
    title: options.title ?? `${sentenceCase(value.title)} over epochs`,
    subtitle: [
      runName(results.label),
      mode,
      shownThreshold === undefined ? [] : `threshold ${shownThreshold}`,
    ]
      .flat()
      .join(' · '),
    name: figureName(stat, [threshold], mode, 'epochs'),
    layers,
    epochs: results.epochs,
    values: layers.map((name) =>
      results.epochs.map((epoch) => shownValue(byName.get(name)!, stat, epoch, options.log)),
    ),
    value,
  };
}
