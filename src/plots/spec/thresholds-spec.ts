import type { TopLevelSpec } from 'vega-lite';
import type { FigureStyle, ThresholdsFigure } from '../figure.js';
import { PALETTES } from '../theme.js';
import { frameOf, scaleOf, sized, ticksOf } from './frame.js';
import { legendOf, seriesColours, seriesShapes } from './series.js';

const PLOT = { width: 460, height: 340 };

/** Values over thresholds: a line a series, its band behind it, a dashed rule for what they are compared with. */
export function thresholdsSpec(figure: ThresholdsFigure, style: FigureStyle): TopLevelSpec {
  const { thresholds, series, reference, value } = figure;
  const labels = series.map(({ label }) => label);
  const rows = series.flatMap(({ label, points }) =>
    points.map(({ mean, low, high }, i) => ({
      series: label,
      threshold: String(thresholds[i]),
      mean,
      low,
      high,
    })),
  );
  const all = [...rows.flatMap(({ low, high }) => [low, high]), ...(reference ? [reference.value] : [])];
  const y = (field: string) => ({
    field,
    title: value.title,
    type: 'quantitative' as const,
    scale: scaleOf(value, all),
    axis: { title: style.yTitle ? value.title : null, ...ticksOf(value) },
  });
  const x = {
    field: 'threshold',
    type: 'ordinal' as const,
    sort: thresholds.map(String),
    scale: { type: 'point' as const, padding: 0.4 },
    axis: { title: style.xTitle ? 'explained variance that is kept' : null, labelAngle: 0 },
  };
  const legend = legendOf(labels, PLOT.width, style);
  const colour = {
    field: 'series',
    type: 'nominal' as const,
    scale: seriesColours(labels, style.lineColours, style),
    legend,
  };
  const tooltip = [
    { field: 'series', type: 'nominal' as const },
    { field: 'threshold', type: 'ordinal' as const },
    ...(['mean', 'low', 'high'] as const).map((field) => ({ field, type: 'quantitative' as const })),
  ];
  return {
    ...frameOf(figure, style),
    ...sized(style, PLOT),
    data: { values: rows },
    layer: [
      ...(reference
        ? [
            {
              data: { values: [{ mean: reference.value, label: reference.label }] },
              mark: { type: 'rule' as const, strokeDash: [5, 4], color: PALETTES[style.theme].rule },
              encoding: { y: y('mean') },
            },
            {
              data: { values: [{ mean: reference.value, label: reference.label }] },
              mark: {
                type: 'text' as const,
                align: 'left' as const,
                x: 4,
                dy: 12,
                fontSize: style.fontSize - 2,
                color: PALETTES[style.theme].fainter,
              },
              encoding: { y: y('mean'), text: { field: 'label', type: 'nominal' as const } },
            },
          ]
        : []),
      {
        mark: { type: 'area', opacity: 0.2 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color: colour },
      },
      {
        mark: { type: 'line', strokeWidth: 2, opacity: style.lineOpacity },
        encoding: { x, y: y('mean'), color: colour },
      },
      {
        mark: { type: 'point', filled: true, size: 75, opacity: style.pointOpacity },
        encoding: {
          x,
          y: y('mean'),
          color: colour,
          shape: { ...colour, scale: seriesShapes(labels) },
          tooltip,
        },
      },
    ],
  };
}
