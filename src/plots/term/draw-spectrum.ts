import { foldText, printable } from '../../ui/fit.js';
import type { SpectrumFigure, SpectrumSeries } from '../figure.js';
import { besideEachOther, type Canvas } from './canvas.js';
import { shortNumber } from './labels.js';
import { explainedChart, screeChart } from './spectrum-chart.js';

const LINES = 8;
/** From this width on the two charts of a layer stand side by side. */
const SIDE_BY_SIDE = 70;
const GAP = 2;

/** Each spectrum as a scree chart and the share that is explained, with every threshold's cut. */
export function drawSpectrum({ series }: SpectrumFigure, canvas: Canvas): string[] {
  return series.flatMap((one, i) => [...(i > 0 ? [''] : []), ...drawSeries(one, canvas)]);
}

function drawSeries({ label, eigenvalues, explained, cuts }: SpectrumSeries, canvas: Canvas): string[] {
  const { columns, paint } = canvas;
  const title = label === '' ? [] : foldText(printable(label), columns).map((line) => paint.bold(line));
  const told = cuts.map(
    ({ threshold, idim, explained: share }) =>
      `${threshold}: ${idim} of ${eigenvalues.length} explain ${shortNumber(share)}`,
  );
  if (!eigenvalues.every(Number.isFinite))
    return [...title, 'nan: the covariance holds NaN or infinite values'];
  // The colours change at the highest threshold, where the marks of the others stand before it.
  const spectrum = { eigenvalues, explained, cuts: cuts.map(({ idim }) => idim).reverse() };
  const beside = columns >= SIDE_BY_SIDE;
  const width = beside ? Math.floor((columns - GAP) / 2) : columns;
  const size = { width, lines: LINES, paint };
  const scree = ['eigenvalues, log', ...screeChart(spectrum, size)];
  const shares = ['share of variance', ...explainedChart(spectrum, size)];
  const charts = beside ? besideEachOther(scree, shares, width + GAP) : [...scree, ...shares];
  return [...title, ...charts, ...told.flatMap((line) => foldText(line, columns))];
}
