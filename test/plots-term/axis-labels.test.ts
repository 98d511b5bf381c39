import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { ScatterFigure } from '../../src/plots/figure.js';
import { drawTerm } from '../../src/plots/term/draw.js';
import { fittedNumber } from '../../src/plots/term/labels.js';
import { screeChart } from '../../src/plots/term/spectrum-chart.js';

/** Where lines have their axis; of those that have one. */
function axes(lines: readonly string[]): number[] {
  return [...new Set(lines.map((line) => line.indexOf('│')).filter((at) => at >= 0))];
}

describe('numbers at axes', () => {
  it.each([
    [7.1149e-12, '7.1e-12'],
    [-7.1149e-300, '-7e-300'],
    [1.23456e299, '1.2e299'],
    [0.029354, ' 0.0294'],
    [-99999, ' -99999'],
    [0, '      0'],
  ])('%d has room in 7 cells', (value, text) => {
    expect(fittedNumber(value, 7)).toBe(text);
  });

  it('keep the axis of eigenvalues straight', () => {
    const eigenvalues = Float64Array.of(2.93123e-3, 4.2e-7, 7.1149e-12);
    const lines = screeChart(
      { eigenvalues, explained: Float64Array.of(0.9, 1, 1), cuts: [1] },
      { width: 40, lines: 5, paint: new Chalk({ level: 0 }) },
    );
    expect(lines[0]).toMatch(/^0\.00293 │/);
    expect(lines[4]).toContain('7.1e-12 │');
    expect(axes(lines)).toEqual([8]);
  });

  it('keep the axis of points straight', async () => {
    const axis = { title: 'y', range: undefined, integer: false, log: false };
    const figure: ScatterFigure = {
      kind: 'scatter',
      title: '',
      subtitle: '',
      name: 'x',
      x: axis,
      y: axis,
      points: [1.2345e-300, -7.1149e-300, 5.4321e-300].map((y, x) => ({ x, y, label: '', series: '' })),
    };
    expect(axes((await drawTerm(figure, { columns: 60, color: false })).split('\n'))).toEqual([8]);
  });
});
