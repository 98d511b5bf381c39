import { describe, expect, it } from 'vitest';
import { randomDirections } from '../../src/core/projection.js';
import { seededRandom } from '../../src/core/random.js';
import { predictions } from '../../src/project/reading.js';
import { Score } from '../../src/project/score.js';

describe('outputs read as predictions', () => {
  it('have the largest along their axis', () => {
    const rows = { data: Float32Array.of(1, 3, 2, 5, 4, 0), shape: [2, 3] };
    expect(predictions(rows, { by: 'largest', axis: 1, perSample: 1 }, 0)).toEqual(Int32Array.of(1, 0));
    // (1, 2 classes, 3 positions)
    const places = { data: Float32Array.of(1, 5, 0, 2, 4, 3), shape: [1, 2, 3] };
    expect(predictions(places, { by: 'largest', axis: 1, perSample: 3 }, 0)).toEqual(Int32Array.of(1, 0, 1));
  });

  it('are yes or no by a boundary, or the numbers themselves', () => {
    const output = { data: Float32Array.of(0.4, -0.6, 3), shape: [3, 1] };
    expect(predictions(output, { by: 'boundary', perSample: 1 }, 0)).toEqual(Int32Array.of(1, 0, 1));
    expect(predictions(output, { by: 'boundary', perSample: 1 }, 0.5)).toEqual(Int32Array.of(0, 0, 1));
    const numbers = { data: Float32Array.of(4, 0), shape: [2] };
    expect(predictions(numbers, { by: 'number', perSample: 1 }, 0)).toEqual(Int32Array.of(4, 0));
  });
});

describe('a score', () => {
  it('gathers batches', () => {
    const score = new Score();
    const reading = { by: 'largest', axis: 1, perSample: 1 } as const;
    const plain = { data: Float32Array.of(3, 4), shape: [1, 2] };
    score.add(reading, { data: Float32Array.of(4, 3), shape: [1, 2] }, plain, Int32Array.of(1));
    score.add(reading, plain, plain, Int32Array.of(1));
    expect(score.outcome()).toEqual({ accuracy: 0.5, agreement: 0.5, change: Math.sqrt(2 / 50) });
  });
});

describe('a score of zeros', () => {
  it('has changed by nothing where they stay so', () => {
    const score = new Score();
    const zeros = { data: Float32Array.of(0, 0), shape: [1, 2] };
    score.add({ by: 'largest', axis: 1, perSample: 1 }, zeros, zeros, undefined);
    expect(score.outcome().change).toBe(0);
  });
});

describe('a score of lone numbers', () => {
  it('is kept for both boundaries', () => {
    const score = new Score();
    const output = { data: Float32Array.of(0.3, 2), shape: [2, 1] };
    score.add({ by: 'boundary', perSample: 1 }, output, output, Int32Array.of(1, 1));
    expect([score.outcome(0).accuracy, score.outcome(0.5).accuracy]).toEqual([1, 0.5]);
  });
});

describe('random directions', () => {
  it('are orthonormal', () => {
    const [count, d] = [20, 64];
    const rows = randomDirections(count, d, seededRandom(3));
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let at = 0; at < d; at++) dot += rows[i * d + at]! * rows[j * d + at]!;
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
    expect(() => randomDirections(5, 4, seededRandom(0))).toThrow(RangeError);
  });

  it('are uniform: every coordinate of every row has the mean 0 and the variance 1 / d, and no two are correlated', () => {
    const [draws, count, d] = [4000, 3, 4];
    const sums = new Float64Array(count * d);
    const squares = new Float64Array(count * d);
    let product = 0;
    for (let draw = 0; draw < draws; draw++) {
      const rows = randomDirections(count, d, seededRandom(draw));
      for (const [i, value] of rows.entries()) {
        sums[i] = sums[i]! + value / draws;
        squares[i] = squares[i]! + value ** 2 / draws;
      }
      product += (rows[0]! * rows[1]!) / draws;
    }
    // Five standard errors.
    const error = 5 / Math.sqrt(draws * d);
    for (const sum of sums) expect(Math.abs(sum)).toBeLessThan(error);
    for (const square of squares) expect(Math.abs(square - 1 / d)).toBeLessThan(error);
    expect(Math.abs(product)).toBeLessThan(error);
  });
});
