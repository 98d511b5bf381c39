import { foldText, printable } from '../../ui/fit.js';
import { formatNumber } from '../../ui/numbers.js';
import type { ScatterFigure, ScatterPoint } from '../figure.js';
import { brailleCells } from './braille.js';
import type { Canvas } from './canvas.js';
import { axisTitle, fittedNumber, ruler, shortNumber } from './labels.js';
import { looseScaleOf, positionOf } from './scale.js';
import { seriesLegend, seriesLetters, seriesPaint } from './series.js';

const GUTTER = 9;
const LINES = 16;
/** Marks of labelled points; where they run out they begin again. */
const MARKS = [...'123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Several points in one cell. */
const CROWD = '✱';
/** Marks of series whose points have no labels. */
const SERIES_MARKS = [...'●○▲△■□◆◇'];

/** A point within the plane: x and y go from 0 to 1. */
interface Placed {
  x: number;
  y: number;
  mark: string;
  point: ScatterPoint;
}

/** Points in a plane: labelled ones as marks with a list of what they are, others as dots. */
export function drawScatter(figure: ScatterFigure, canvas: Canvas): string[] {
  const { columns, paint } = canvas;
  const across = looseScaleOf(
    figure.points.map(({ x }) => x),
    figure.x,
  );
  const up = looseScaleOf(
    figure.points.map(({ y }) => y),
    figure.y,
  );
  const series = [...new Set(figure.points.map((point) => point.series))];
  const labelled = figure.points.some(({ label }) => label !== '');
  const placed = figure.points.flatMap((point, i): Placed[] => {
    const [x, y] = [positionOf(point.x, across), positionOf(point.y, up)];
    if (Number.isNaN(x) || Number.isNaN(y)) return [];
    const mark = labelled ? MARKS[i % MARKS.length]! : seriesMark(series.indexOf(point.series));
    return [{ x, y, mark, point }];
  });
  const width = columns - GUTTER;
  const lines = Math.max(6, Math.min(LINES, Math.floor(width / 3)));
  const rows =
    labelled || series.length > 1
      ? markCells(placed, series, width, lines, canvas)
      : brailleCells(placed, width, lines).map((cells) => seriesPaint(paint, 0)(cells.join('')));
  const body = rows.map((row, line) => {
    const end = line === 0 ? up.high : line === lines - 1 ? up.low : undefined;
    const label = end === undefined ? ' '.repeat(GUTTER - 2) : fittedNumber(end, GUTTER - 2);
    return `${paint.dim(`${label} │`)}${row}`;
  });
  const rule = ruler(shortNumber(across.low), axisTitle(figure.x), shortNumber(across.high), width);
  return [
    ...foldText(printable(axisTitle(figure.y)), columns).map((line) => paint.dim(line)),
    ...body,
    paint.dim(`${' '.repeat(GUTTER)}${rule}`),
    ...(labelled
      ? list(placed, series, canvas)
      : series.length > 1
        ? seriesLegend(series, seriesMark, canvas)
        : []),
  ];
}

function markCells(
  placed: readonly Placed[],
  series: readonly string[],
  width: number,
  lines: number,
  { paint }: Canvas,
): string[] {
  const cells = Array.from({ length: lines }, () => Array.from({ length: width }, () => ' '));
  const taken = new Map<string, string>();
  for (const { x, y, mark, point } of placed) {
    const [column, line] = [Math.round(x * (width - 1)), Math.round((1 - y) * (lines - 1))];
    const place = `${line} ${column}`;
    const shown = (taken.get(place) ?? mark) === mark ? mark : CROWD;
    taken.set(place, mark);
    cells[line]![column] = seriesPaint(paint, series.indexOf(point.series))(shown);
  }
  return cells.map((line) => line.join(''));
}

function seriesMark(index: number): string {
  return SERIES_MARKS[index % SERIES_MARKS.length]!;
}

/** What each mark is, with its whole name and both numbers. */
function list(placed: readonly Placed[], series: readonly string[], canvas: Canvas): string[] {
  const several = series.length > 1;
  const points = placed.flatMap(({ mark, point }) => {
    const index = series.indexOf(point.series);
    const of = several ? `${seriesLetters(index)} ` : '';
    const text = `${mark} ${of}${printable(point.label)}  ${formatNumber(point.x)}  ${formatNumber(point.y)}`;
    return foldText(text, canvas.columns).map((line) => seriesPaint(canvas.paint, index)(line));
  });
  return several ? [...seriesLegend(series, seriesLetters, canvas), ...points] : points;
}
