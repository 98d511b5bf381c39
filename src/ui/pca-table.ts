import { printable } from '../printable.js';
import { mean, standardDeviation } from '../project/figure.js';
import type { PcaResult, ThresholdOutcome } from '../project/result.js';
import type { Outcome } from '../project/score.js';
import { formatCount, formatNumber } from './numbers.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

/** A row a threshold, then what the network does without projections and which layers have none. */
export function pcaTable(result: PcaResult, terminal: Terminal): string {
  const { paint } = terminal;
  const { accuracy, samples, unprojected, labels } = result;
  const lines = [
    accuracy === undefined
      ? `${formatCount(samples)} samples; accuracy takes labels (--labels)`
      : `without projections: accuracy ${formatNumber(accuracy)} (${formatCount(samples)} samples, labels from ${labels})`,
    ...unprojected.map(({ layer, reason }) => `not projected: ${layer} (${reason})`),
  ];
  return [
    renderTable(result.thresholds, columnsOf(result), terminal),
    ...lines.map((line) => `${paint.dim(printable(line))}\n`),
  ].join('');
}

function columnsOf({ accuracy, thresholds }: PcaResult): Column<ThresholdOutcome>[] {
  const column = (title: string, text: (row: ThresholdOutcome) => string): Column<ThresholdOutcome> => ({
    title,
    align: 'right',
    text,
  });
  const measured = (title: string, of: (outcome: Outcome) => number) => [
    column(title, ({ pca }) => of(pca).toFixed(4)),
    ...(thresholds.some(({ random }) => random.length > 0)
      ? [column('random directions', ({ random }) => spread(random.map(of)))]
      : []),
  ];
  return [
    column('threshold', ({ threshold }) => String(threshold)),
    column('directions', ({ kept, d }) => `${formatCount(kept)} of ${formatCount(d)}`),
    column('saturation', ({ saturation }) => saturation.toFixed(4)),
    ...(accuracy === undefined
      ? [
          ...measured('predictions that stay', ({ agreement }) => agreement),
          ...measured('change', ({ change }) => change),
        ]
      : measured('accuracy', (outcome) => outcome.accuracy ?? Number.NaN)),
  ];
}

function spread(values: readonly number[]): string {
  const deviation = values.length > 1 ? ` ± ${standardDeviation(values).toFixed(4)}` : '';
  return `${mean(values).toFixed(4)}${deviation}`;
}
