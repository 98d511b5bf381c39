import { basename } from 'node:path';
import type { ThresholdsFigure } from '../plots/figure.js';
import type { PcaResult } from './result.js';
import type { Outcome } from './score.js';

/** Accuracy over the threshold, of eigenvectors and of random directions; without labels, the share of predictions that stay. */
export function pcaFigure({ model, thresholds, accuracy, samples }: PcaResult): ThresholdsFigure {
  const isLabelled = accuracy !== undefined;
  const measure = (outcome: Outcome) => (isLabelled ? outcome.accuracy! : outcome.agreement);
  const sorted = [...thresholds].sort((a, b) => a.threshold - b.threshold);
  const spread = (outcomes: readonly Outcome[]) => {
    const values = outcomes.map(measure);
    return { mean: mean(values), low: Math.min(...values), high: Math.max(...values) };
  };
  const title = isLabelled ? 'accuracy' : 'predictions that stay';
  const draws = sorted[0]?.random.length ?? 0;
  return {
    kind: 'thresholds',
    title: 'Layers projected onto some of their directions',
    subtitle: `${basename(model)} · ${samples} samples`,
    name: 'pca',
    thresholds: sorted.map(({ threshold }) => threshold),
    series: [
      { label: 'leading eigenvectors', points: sorted.map(({ pca }) => spread([pca])) },
      ...(draws > 0
        ? [
            {
              label: `as many random directions${draws > 1 ? ` (${draws} draws)` : ''}`,
              points: sorted.map(({ random }) => spread(random)),
            },
          ]
        : []),
    ],
    reference: isLabelled ? { label: 'unprojected', value: accuracy } : undefined,
    value: { title, range: [0, 1], integer: false, log: false },
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the population that the values are. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
