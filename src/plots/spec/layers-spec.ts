import type { TopLevelSpec } from 'vega-lite';
import type { FigureStyle, LayersFigure } from '../figure.js';
import { PALETTES } from '../theme.js';
import { AROUND, frameOf, labelSize, SMALLEST_FONT, scaleOf, sized, ticksOf, widest } from './frame.js';
import { legendOf, seriesColours, seriesShapes } from './series.js';

/** More layers than these, or longer labels (in pixels), are not readable side by side. */
const MOST_COLUMNS = 40;
const LONGEST_LABEL = 150;
/** What stands left and right of the legend besides the names of layers, in pixels. */
const LEGEND_MARGIN = 50;

/** Layers along an axis, values along the other; lines, points, and the note. */
export function layersSpec(figure: LayersFigure, style: FigureStyle): TopLevelSpec {
  const { layers, series, value } = figure;
  const { fontSize, line, scatter, grid } = style;
  const labels = series.map(({ label }) => label);
  const place = placeLayers(layers, style);
  const values = series.flatMap((one) => one.values);
  const legend = legendOf(labels, place.legendWidth, style);
  const layerChannel = {
    field: 'layer',
    title: 'layer',
    type: 'nominal' as const,
    sort: null,
    scale: { type: 'point' as const, domain: [...layers], padding: 0.5 },
    axis: {
      title: style.xTitle ? 'layers' : null,
      labelAngle: place.angle,
      labelFontSize: place.fontSize,
      // Names are left out only where they could not be read anyway.
      labelOverlap: place.fontSize <= SMALLEST_FONT,
      grid: grid && place.rows,
      ...(place.angle === 0
        ? {}
        : { labelAlign: 'right' as const, labelBaseline: 'middle' as const, labelPadding: 6 }),
    },
  };
  const valueChannel = {
    field: 'value',
    title: value.title,
    type: 'quantitative' as const,
    scale: scaleOf(value, values),
    axis: {
      title: style.yTitle ? value.title : null,
      ...ticksOf(value),
      ...(place.rows ? { orient: 'top' as const } : {}),
    },
  };
  const tooltip = [
    { field: 'layer', type: 'nominal' as const },
    ...(series.length > 1 ? [{ field: 'series', type: 'nominal' as const }] : []),
    { field: 'value', type: 'quantitative' as const, title: value.title },
  ];
  const detail = { field: 'series', type: 'nominal' as const };
  return {
    ...frameOf(figure, style),
    ...sized(style, { width: place.width, height: place.height }),
    data: {
      values: series.flatMap((one) =>
        layers.map((layer, i) => ({ place: i, layer, series: one.label, value: one.values[i] ?? null })),
      ),
    },
    encoding: place.rows ? { x: valueChannel, y: layerChannel } : { x: layerChannel, y: valueChannel },
    layer: [
      ...(line
        ? [
            {
              mark: {
                type: 'line' as const,
                strokeWidth: 2,
                opacity: style.lineOpacity,
                clip: true,
                aria: false,
              },
              encoding: {
                order: { field: 'place', type: 'quantitative' as const },
                stroke: { ...detail, scale: seriesColours(labels, style.lineColours, style), legend },
              },
            },
          ]
        : []),
      ...(scatter
        ? [
            {
              transform: value.range ? [{ filter: { field: 'value', range: [...value.range] } }] : [],
              mark: { type: 'point' as const, filled: true, size: 55, opacity: style.pointOpacity },
              encoding: {
                fill: {
                  ...detail,
                  scale: seriesColours(
                    labels,
                    style.pointColours.length > 0 ? style.pointColours : style.lineColours,
                    style,
                  ),
                  legend,
                },
                shape: { ...detail, scale: seriesShapes(labels), legend },
                tooltip,
              },
            },
          ]
        : []),
      ...(figure.note === ''
        ? []
        : [
            {
              data: { values: [{}] },
              mark: {
                type: 'text' as const,
                align: 'left' as const,
                baseline: 'bottom' as const,
                text: figure.note.split('\n'),
                color: PALETTES[style.theme].text,
                fontSize,
              },
              encoding: {
                x: { value: { expr: `width * ${style.noteAt[0]}` } },
                y: { value: { expr: `height * ${1 - style.noteAt[1]}` } },
              },
            },
          ]),
    ],
  };
}

/** Layers side by side, their names slanted if need be; or one below the other. Names shrink where the size that was asked for is small. */
function placeLayers(layers: readonly string[], style: FigureStyle) {
  const { fontSize, size } = style;
  const label = widest(layers, fontSize - 1);
  const count = layers.length;
  const natural = {
    columns: Math.max(420, count * (fontSize + 10)),
    rows: Math.max(80, count * (fontSize + 6)),
  };
  if (layersAsRows(count, label, style)) {
    const height = size ? size.height - AROUND.height : natural.rows;
    const width = 460;
    return {
      rows: true,
      angle: 0,
      fontSize: labelSize(height / count, style),
      width,
      height: natural.rows,
      // The legend begins where the names end, unless they take more than half of the figure.
      legendWidth: size ? size.width - Math.min(label, size.width / 2) - LEGEND_MARGIN : width,
    };
  }
  const step = (size ? size.width - AROUND.width : natural.columns) / count;
  const angle = label + 8 <= step ? 0 : step >= fontSize + 6 ? -45 : -90;
  return {
    rows: false,
    angle,
    fontSize: labelSize(step, style),
    width: natural.columns,
    height: 320,
    legendWidth: size ? size.width - AROUND.width : natural.columns,
  };
}

function layersAsRows(count: number, label: number, { layout, size }: FigureStyle): boolean {
  if (layout !== 'auto') return layout === 'rows';
  return label > LONGEST_LABEL || (count > MOST_COLUMNS && (!size || size.height > size.width));
}
