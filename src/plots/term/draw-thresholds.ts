import type { ThresholdsFigure } from '../figure.js';
import type { Canvas } from './canvas.js';
import { drawScatter } from './draw-scatter.js';

/** Values over thresholds, as points in a plane; what they are compared with is a series of its own. */
export function drawThresholds(figure: ThresholdsFigure, canvas: Canvas): string[] {
  const { thresholds, series, reference, value, ...about } = figure;
  const lines = [
    ...series.map(({ label, points }) => ({ label, values: points.map(({ mean }) => mean) })),
    ...(reference ? [{ label: reference.label, values: thresholds.map(() => reference.value) }] : []),
  ];
  const points = lines.flatMap(({ label, values }) =>
    values.map((y, i) => ({ x: thresholds[i]!, y, label: '', series: label })),
  );
  const x = { title: 'explained variance that is kept', range: undefined, integer: false, log: false };
  return drawScatter({ ...about, kind: 'scatter', x, y: value, points }, canvas);
}
