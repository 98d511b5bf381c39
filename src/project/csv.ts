import Papa from 'papaparse';
import { pythonNumber } from '../writers/python-number.js';
import type { PcaResult } from './result.js';
import type { Outcome } from './score.js';

/** A row for each threshold and way of projecting, the unprojected network first; `;` between cells. */
export function pcaCsv({ thresholds, accuracy }: PcaResult): string {
  const rows: (string | number)[][] = [
    ['threshold', 'directions', 'draw', 'kept', 'of', 'accuracy', 'change', 'agreement'],
    ['', 'all', '', '', '', cell(accuracy), cell(0), cell(1)],
  ];
  for (const { threshold, kept, d, pca, random } of thresholds) {
    const row = (directions: string, draw: string, outcome: Outcome) => [
      threshold,
      directions,
      draw,
      kept,
      d,
      cell(outcome.accuracy),
      cell(outcome.change),
      cell(outcome.agreement),
    ];
    rows.push(row('eigenvectors', '', pca));
    random.forEach((outcome, draw) => {
      rows.push(row('random', String(draw), outcome));
    });
  }
  return `${Papa.unparse(rows, { delimiter: ';', newline: '\n' })}\n`;
}

function cell(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '' : pythonNumber(value, false);
}
