import type { TopLevelSpec } from 'vega-lite';
import type { FigureStyle, ScatterFigure, ValueAxis } from '../figure.js';
import { PALETTES } from '../theme.js';
import { frameOf, scaleOf, sized, ticksOf } from './frame.js';
import { legendOf, seriesColours, seriesShapes } from './series.js';

const PLOT = { width: 460, height: 380 };
/** More names than these beside their points hide each other. */
const MOST_LABELS = 16;
/** Smaller marks, so that points of different series can be told apart. */
const MANY = 300;

/** Points, with their names beside them where these are few. */
export function scatterSpec(figure: ScatterFigure, style: FigureStyle): TopLevelSpec {
  const { points } = figure;
  const series = [...new Set(points.map((point) => point.series))];
  const named = points.some(({ label }) => label !== '');
  const channel = (field: 'x' | 'y', axis: ValueAxis, titled: boolean) => ({
    field,
    title: axis.title,
    type: 'quantitative' as const,
    scale: {
      ...scaleOf(
        axis,
        points.map((point) => point[field]),
      ),
      nice: true,
    },
    axis: { title: titled ? axis.title : null, ...ticksOf(axis) },
  });
  const colours = style.pointColours.length > 0 ? style.pointColours : style.lineColours;
  const legend = legendOf(series, PLOT.width, style);
  const detail = { field: 'series', type: 'nominal' as const };
  return {
    ...frameOf(figure, style),
    ...sized(style, PLOT),
    data: { values: points.map((point) => ({ ...point })) },
    encoding: { x: channel('x', figure.x, style.xTitle), y: channel('y', figure.y, style.yTitle) },
    layer: [
      {
        mark: {
          type: 'point',
          filled: true,
          size: points.length > MANY ? 18 : 55,
          opacity: style.pointOpacity,
        },
        encoding: {
          fill: { ...detail, scale: seriesColours(series, colours, style), legend },
          shape: { ...detail, scale: seriesShapes(series), legend },
          tooltip: [
            ...(named ? [{ field: 'label', type: 'nominal' as const, title: 'layer' }] : []),
            ...(series.length > 1 ? [detail] : []),
            { field: 'x', type: 'quantitative', title: figure.x.title },
            { field: 'y', type: 'quantitative', title: figure.y.title },
          ],
        },
      },
      ...(points.length > MOST_LABELS || !named
        ? []
        : [
            {
              mark: {
                type: 'text' as const,
                align: 'left' as const,
                dx: 7,
                dy: -6,
                fontSize: style.fontSize - 2,
                color: PALETTES[style.theme].fainter,
              },
              encoding: { text: { field: 'label', type: 'nominal' as const } },
            },
          ]),
    ],
  };
}
