/** Shares of the variance that the arrow keys step through: finer towards 1, where they tell networks apart. */
const STEPS = [
  0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99,
  0.992, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999,
];
const COARSE_STEPS = [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

/** The next step above or below a threshold, which need be none itself; the threshold where there is none. */
export function stepThreshold(threshold: number, direction: 1 | -1, coarse: boolean): number {
  const steps = coarse ? COARSE_STEPS : STEPS;
  const next =
    direction > 0 ? steps.find((step) => step > threshold) : steps.findLast((step) => step < threshold);
  return next ?? threshold;
}
