import type { TopLevelSpec } from 'vega-lite';
import type { FigureStyle, SpectrumFigure, SpectrumSeries } from '../figure.js';
import { PALETTES } from '../theme.js';
import { frameOf, NUMBER_LABEL } from './frame.js';
import { legendOf, seriesColours, seriesShapes } from './series.js';

/** Past so many components they stand on a logarithmic scale, so that layers narrow and wide can be seen together. */
const LINEAR_COMPONENTS = 64;
/** Eigenvalues below this share of the largest one are what rounding left: activations have seven digits, variances fewer than these. */
const ROUNDING = 1e-12;
/** So many points of a line can be told apart. */
const POINTS = 400;
const PANEL = { width: 340, height: 320 };
/** What titles and labels take of a figure whose size was asked for, in pixels. */
const AROUND = { width: 230, height: 170 };

/** Two panels: eigenvalues, and the share of the variance that they explain together, with the thresholds; their cuts in both. */
export function spectrumSpec(figure: SpectrumFigure, style: FigureStyle): TopLevelSpec {
  const { series, thresholds } = figure;
  const { width, height } = panelSize(style);
  const line = { type: 'line' as const, strokeWidth: 2, opacity: style.lineOpacity, clip: true, aria: false };
  const point = { type: 'point' as const, filled: true, size: 75, opacity: style.pointOpacity };
  const { x, colour, shape, tooltip } = channelsOf(figure, style, width);
  const eigenvalue = {
    field: 'eigenvalue',
    type: 'quantitative' as const,
    scale: { type: 'log' as const },
    axis: { title: style.yTitle ? 'eigenvalue' : null, format: '~g', tickCount: 6, labelExpr: NUMBER_LABEL },
  };
  const explained = {
    field: 'explained',
    type: 'quantitative' as const,
    scale: { domain: [0, 1] },
    axis: { title: style.yTitle ? 'explained variance, cumulative' : null, format: '~g' },
  };
  const rows = { values: series.flatMap(rowsOf) };
  const cuts = { values: series.flatMap(cutsOf) };
  const positive = [{ filter: 'datum.eigenvalue > 0' }];
  return {
    ...frameOf(figure, style),
    data: rows,
    spacing: 40,
    hconcat: [
      {
        width,
        height,
        layer: [
          { transform: positive, mark: line, encoding: { x, y: eigenvalue, color: colour } },
          {
            data: cuts,
            transform: positive,
            mark: point,
            encoding: { x, y: eigenvalue, color: colour, shape, tooltip },
          },
        ],
      },
      {
        width,
        height,
        layer: [
          {
            data: { values: thresholds.map((threshold) => ({ explained: threshold })) },
            mark: { type: 'rule', strokeDash: [5, 4], color: PALETTES[style.theme].rule },
            encoding: { y: explained },
          },
          { mark: line, encoding: { x, y: explained, color: colour } },
          { data: cuts, mark: point, encoding: { x, y: explained, color: colour, shape, tooltip } },
        ],
      },
    ],
  };
}

function channelsOf({ series, thresholds }: SpectrumFigure, style: FigureStyle, width: number) {
  const labels = series.map(({ label }) => label);
  const most = Math.max(2, ...series.map(({ eigenvalues }) => eigenvalues.length));
  const log = most > LINEAR_COMPONENTS;
  const shares = thresholds.map(String);
  return {
    x: {
      field: 'component',
      type: 'quantitative' as const,
      scale: { ...(log ? { type: 'log' as const } : {}), nice: false, domain: [1, most] },
      axis: {
        title: style.xTitle ? 'component' : null,
        tickMinStep: 1,
        format: '~s',
        ...(log ? { tickCount: 6 } : {}),
      },
    },
    colour: {
      field: 'series',
      type: 'nominal' as const,
      scale: seriesColours(labels, style.lineColours, style),
      legend: legendOf(labels, 2 * width, style),
    },
    shape: {
      field: 'threshold',
      type: 'nominal' as const,
      scale: seriesShapes(shares),
      legend: shares.length < 2 ? null : { title: 'threshold', orient: 'right' as const },
    },
    tooltip: [
      { field: 'series', type: 'nominal' as const },
      { field: 'threshold', type: 'nominal' as const },
      { field: 'component', type: 'quantitative' as const, title: 'component' },
      { field: 'explained', type: 'quantitative' as const },
    ],
  };
}

/** A spectrum's points, so many as can be told apart on a logarithmic scale, and none whose eigenvalue is rounding alone. */
function rowsOf({ label, eigenvalues, explained }: SpectrumSeries) {
  const d = eigenvalues.length;
  const floor = eigenvalues[0]! * ROUNDING;
  const indices = new Set<number>();
  for (let i = 0; i < POINTS; i++) indices.add(Math.round(d ** (i / (POINTS - 1))) - 1);
  return [...indices].map((i) => ({
    series: label,
    component: i + 1,
    eigenvalue: eigenvalues[i]! > floor ? eigenvalues[i]! : 0,
    explained: explained[i]!,
  }));
}

function cutsOf({ label, eigenvalues, cuts }: SpectrumSeries) {
  return cuts.map(({ threshold, idim, explained }) => ({
    series: label,
    threshold: String(threshold),
    component: idim,
    eigenvalue: eigenvalues[idim - 1]!,
    explained,
  }));
}

function panelSize({ size }: FigureStyle): { width: number; height: number } {
  if (!size) return PANEL;
  return {
    width: Math.max(60, (size.width - AROUND.width) / 2),
    height: Math.max(60, size.height - AROUND.height),
  };
}
