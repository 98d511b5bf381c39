import type { TopLevelSpec } from 'vega-lite';
import type { Figure, FigureStyle, ValueAxis } from '../figure.js';
import { FONT_FAMILY, fontMetrics } from '../font.js';
import { PALETTES } from '../theme.js';

/** What titles and labels take of a figure whose size was asked for, in pixels, more or less. */
export const AROUND = { width: 110, height: 110 };
export const SMALLEST_FONT = 5;
/** Room between the figure and its border, in pixels. */
const PADDING = 12;

/** What all specs have in common: background, title, fonts and colours. */
export function frameOf({ title, subtitle }: Figure, style: FigureStyle) {
  const { theme, fontSize, grid } = style;
  const { background, text, fainter, axis, grid: gridColour } = PALETTES[theme];
  const titles = { titleColor: fainter, titleFontSize: fontSize, titleFontWeight: 'normal' } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background,
    padding: PADDING,
    title: { text: title, ...(subtitle === '' ? {} : { subtitle }) },
    config: {
      font: FONT_FAMILY,
      title: {
        anchor: 'start',
        color: text,
        fontSize: Math.round(fontSize * 1.25),
        fontWeight: 'bold',
        subtitleColor: fainter,
        subtitleFontSize: fontSize,
        subtitlePadding: 5,
        offset: 14,
      },
      axis: {
        ...titles,
        titlePadding: 10,
        labelColor: text,
        labelFontSize: fontSize - 1,
        labelLimit: 0,
        labelFlush: false,
        // Titles make way for labels of any length.
        maxExtent: 100_000,
        domainColor: axis,
        tickColor: axis,
        grid,
        gridColor: gridColour,
      },
      legend: {
        ...titles,
        titleLimit: 0,
        labelColor: text,
        labelFontSize: fontSize,
        labelLimit: 0,
        symbolLimit: 0,
        symbolOpacity: 1,
        symbolSize: 70,
        rowPadding: 4,
        columnPadding: 18,
      },
      view: { stroke: null },
    },
  } satisfies Partial<TopLevelSpec>;
}

/** Width and height of the whole figure, where they were asked for: everything is fitted into it. */
export function sized(style: FigureStyle, natural: { width: number; height: number }) {
  if (!style.size) return natural;
  const { width, height } = style.size;
  return { width, height, autosize: { type: 'fit', contains: 'padding' } } as const;
}

/** The scale of a quantitative channel. */
export function scaleOf({ range, log }: ValueAxis, values: readonly (number | undefined)[]) {
  const domain = range ? { domain: [...range], clamp: false } : {};
  if (log) return { type: 'log' as const, ...domain };
  // Where all values are on one side of 0, their distance from it tells something.
  const positive = values.every((value) => value === undefined || value >= 0);
  return range ? domain : { zero: positive };
}

/** Labels of numbers, very large and very small ones with exponents. Ticks that Vega leaves without a label stay so. */
export const NUMBER_LABEL =
  "datum.label === '' || datum.value === 0 || (abs(datum.value) >= 0.001 && abs(datum.value) < 1e5) ? datum.label : format(datum.value, '~e')";

/** Ticks of a quantitative axis: of whole numbers, none between them. */
export function ticksOf({ integer, log }: ValueAxis) {
  if (log) return { format: '~g', tickCount: 6, labelExpr: NUMBER_LABEL };
  return integer ? { format: ',d', tickMinStep: 1 } : { format: '~g', labelExpr: NUMBER_LABEL };
}

/** Width of the widest of the labels, in pixels. */
export function widest(labels: readonly string[], fontSize: number): number {
  const { width } = fontMetrics('regular');
  return labels.reduce((most, label) => Math.max(most, width(label, fontSize)), 0);
}

/** The size of labels that stand `step` pixels apart. */
export function labelSize(step: number, { fontSize }: FigureStyle): number {
  return Math.max(SMALLEST_FONT, Math.min(fontSize - 1, Math.floor(step - 1)));
}
