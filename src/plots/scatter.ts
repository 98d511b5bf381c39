import { STATISTICS } from '../core/statistics.js';
import { UserError } from '../errors.js';
import type { FigureOptions, FigureRun, ScatterFigure } from './figure.js';
import { slicesOf } from './slices.js';
import { axisOf, figureName, requireValues, runsOf, sentenceCase, shownValue } from './statistic.js';

/**
 * One statistic of the layers against another, a point a layer: one figure, a series for every run, mode and threshold.
 * @throws UserError for fewer than two statistics, and where no layer has both
 */
export function scatterFigures(runs: readonly FigureRun[], options: FigureOptions): ScatterFigure[] {
  const [across, up] = options.stats;
  if (across === undefined || up === undefined) {
    throw new UserError(
      'a scatter figure shows one statistic against another; name two, such as --stat idim,lsat',
    );
  }
  const { log } = options;
  const chosen = runsOf(runs, STATISTICS[across].usesThreshold ? across : up);
  const found = slicesOf(
    chosen,
    (layer, epoch) =>
      epoch !== undefined &&
      shownValue(layer, across, epoch, log) !== undefined &&
      shownValue(layer, up, epoch, log) !== undefined,
  );
  for (const stat of [across, up]) requireValues(found, chosen, stat, log);
  const points = found.slices.flatMap(({ layers, epoch, label }) =>
    layers.flatMap((layer) => {
      const x = epoch === undefined ? undefined : shownValue(layer, across, epoch, log);
      const y = epoch === undefined ? undefined : shownValue(layer, up, epoch, log);
      return x === undefined || y === undefined ? [] : [{ x, y, label: layer.layer, series: label }];
    }),
  );
  const x = axisOf(across, { ...options, range: undefined });
  const y = axisOf(up, options);
  return [
    {
      kind: 'scatter',
      title: options.title ?? `${sentenceCase(y.title)} against ${x.title}`,
      subtitle: [found.run ?? [], found.shared].flat().join(' · '),
      name: figureName(
        `${across}-${up}`,
        chosen.map(({ threshold }) => threshold),
        found.mode ?? '',
        found.epoch === undefined ? '' : `epoch_${found.epoch}`,
      ),
      x,
      y,
      points,
    },
  ];
}
