import type { EmbeddedLayer } from '../dump/embed-table.js';
import { UserError } from '../errors.js';
import { naturalOrder } from '../natural-order.js';
import type { FigureOptions, FigureRun, ScatterFigure, ValueAxis } from './figure.js';
import { runName } from './slices.js';
import { figureName } from './statistic.js';

/**
 * Points of layers in the plane of their two leading eigendirections, coloured by the class of their samples where labels are known: a figure a
 * layer, mode and epoch.
 * @throws UserError where there is none
 */
export function embedFigures(
  runs: readonly FigureRun[],
  { title }: Pick<FigureOptions, 'title'>,
): ScatterFigure[] {
  const figures = runs.flatMap(({ results }) =>
    (results.points ?? []).map((layer) => embedFigure(layer, title, runName(results.label))),
  );
  if (figures.length === 0) {
    const labels = runs.map(({ results }) => results.label).join(', ');
    throw new UserError(`${labels}: there are no points of the layers and epochs asked for`);
  }
  return figures;
}

/** One of these. */
export function embedFigure(
  { layer, mode, epoch, points, labels }: EmbeddedLayer,
  title: string | undefined,
  run: string,
): ScatterFigure {
  const shown = points.map(([x, y], i) => ({ x, y, label: '', series: labels?.[i] ?? '' }));
  // The legend's order is that of the points.
  if (labels) shown.sort((a, b) => naturalOrder(a.series, b.series));
  return {
    kind: 'scatter',
    title: title ?? layer,
    subtitle: [run, mode, `epoch ${epoch}`].filter((part) => part !== '').join(' · '),
    name: figureName('embed', [], layer, mode, `epoch_${epoch}`),
    x: axis('first eigendirection'),
    y: axis('second eigendirection'),
    points: shown,
  };
}

function axis(title: string): ValueAxis {
  return { title, range: undefined, integer: false, log: false };
}
