import { describe, expect, it } from 'vitest';
import { positionOf, SLIDER, thresholdAt } from '../../src/plots/html/threshold-scale.js';

const positions = Array.from(
  { length: Math.round((SLIDER.max - SLIDER.min) / SLIDER.step) + 1 },
  (_, i) => SLIDER.min + i * SLIDER.step,
);

describe('the scale of the slider', () => {
  it('has the usual thresholds among its positions, as the numbers that people type', () => {
    const thresholds = positions.map(thresholdAt);
    expect(thresholds).toEqual(expect.arrayContaining([0.5, 0.9, 0.99, 0.999, 0.9999]));
    expect([thresholds[0], thresholds.at(-1)]).toEqual([0.5, 0.9999]);
  });

  it('rises, almost at every step, in few digits', () => {
    const thresholds = positions.map(thresholdAt);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
    expect(new Set(thresholds).size).toBeGreaterThan(0.9 * positions.length);
    expect(Math.max(...thresholds.map((threshold) => String(threshold).length))).toBeLessThanOrEqual(8);
  });

  it('finds the position of a threshold again, and the nearest end of one beyond', () => {
    for (const position of positions) {
      expect(Math.abs(positionOf(thresholdAt(position)) - position)).toBeLessThan(0.02);
    }
    expect([0, 0.1, 1].map(positionOf)).toEqual([SLIDER.min, SLIDER.min, SLIDER.max]);
  });
});
