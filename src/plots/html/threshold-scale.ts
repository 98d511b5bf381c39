/**
 * Positions of a slider for thresholds: logarithmic in what is left of the variance, so that 0.99 and 0.999 lie as far apart as 0.9
 * and 0.99. Position p stands for the threshold 1 - 10^-p.
 */
export const SLIDER = { min: 0.3, max: 4, step: 0.01 };

/** The threshold at a position, with no more digits than tell it from its neighbours: 0.99, 0.9876. */
export function thresholdAt(position: number): number {
  const left = 10 ** -position;
  // Neighbours are 0.023 of what is left apart. Number(text) is the double that the digits mean.
  const digits = Math.ceil(position - Math.log10(0.023));
  return Number((1 - left).toFixed(digits));
}

/** The position of a threshold, which lies within the slider's ends. */
export function positionOf(threshold: number): number {
  const position = -Math.log10(1 - threshold);
  return Math.min(SLIDER.max, Math.max(SLIDER.min, position));
}
