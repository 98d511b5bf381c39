import { foldText, printable } from '../../ui/fit.js';
import { formatNumber } from '../../ui/numbers.js';
import type { LayersFigure } from '../figure.js';
import { barOf } from './bar.js';
import { type Canvas, nameColumn } from './canvas.js';
import { axisTitle, ruler, shortNumber } from './labels.js';
import { scaleOf } from './scale.js';
import { seriesLegend, seriesLetters, seriesPaint } from './series.js';

const SHORTEST_BAR = 12;

/** Layers as bars, one for each series, with their values. */
export function drawLayers(figure: LayersFigure, canvas: Canvas): string[] {
  const { layers, series, value, note } = figure;
  const { columns, paint } = canvas;
  const several = series.length > 1;
  const shown = series.flatMap(({ values }) => values.filter((number) => number !== undefined));
  const scale = scaleOf(shown, value);
  const letters = several ? seriesLetters(series.length - 1).length + 1 : 0;
  const digits = Math.max(1, ...shown.map((number) => formatNumber(number).length));
  const before = letters + digits + 1;
  const names = nameColumn(layers, before + SHORTEST_BAR, canvas);
  const width = Math.max(1, columns - names.width - before);

  const heading = ruler(shortNumber(scale.low), axisTitle(value), shortNumber(scale.high), width);
  const lines = [
    ...(several
      ? seriesLegend(
          series.map(({ label }) => label),
          seriesLetters,
          canvas,
        )
      : []),
    paint.dim(`${' '.repeat(names.width + before)}${heading}`),
  ];
  for (const [i, layer] of layers.entries()) {
    const bars = series.map(({ values }, index) => {
      const letter = several ? seriesLetters(index).padEnd(letters) : '';
      const number = values[i];
      if (number === undefined) return `${letter}${paint.dim('–'.padStart(digits))}`;
      const cells = barOf(number, scale, width).trimEnd();
      return `${letter}${formatNumber(number).padStart(digits)} ${seriesPaint(paint, index)(cells)}`;
    });
    lines.push(...names.put(layer, bars));
  }
  if (note !== '') lines.push(...foldText(printable(note), columns));
  return lines;
}
