import { describe, expect, it } from 'vitest';
import { predictions, readingOf, Score } from '../../src/project/score.js';

const output = (shape: number[], data: number[]) => ({ shape, data: Float32Array.from(data) });
const labels = (perSample: number) => ({ path: 'labels.npy', perSample, numbers: new Int32Array() });

describe('how an output is read', () => {
  const zeros = (...shape: number[]) =>
    output(shape, Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0));

  it('has classes along its last axis, or axis 1 where the engine has channels there', () => {
    expect(readingOf(zeros(2, 5), false, undefined)).toEqual({ classAxis: 1, perSample: 1 });
    expect(readingOf(zeros(2, 4, 4, 3), false, undefined)).toMatchObject({ classAxis: 3, perSample: 16 });
    expect(readingOf(zeros(2, 3, 4, 4), true, undefined)).toMatchObject({ classAxis: 1, perSample: 16 });
  });

  it('has them where that leaves as many predictions as there are labels', () => {
    expect(readingOf(zeros(2, 3, 4, 5), false, labels(20))).toMatchObject({ classAxis: 1, perSample: 20 });
    expect(readingOf(zeros(2, 3, 4, 5), false, labels(12))).toMatchObject({ classAxis: 3, perSample: 12 });
    expect(readingOf(zeros(2, 3, 4, 5), true, labels(12))).toMatchObject({ classAxis: 3, perSample: 12 });
  });

  it('is one number where there are no classes', () => {
    expect(readingOf(zeros(3, 1), false, labels(1))).toEqual({ classAxis: undefined, perSample: 1 });
    expect(readingOf(zeros(3), false, undefined)).toEqual({ classAxis: undefined, perSample: 1 });
  });

  it('fails where the labels are of other predictions', () => {
    expect(() => readingOf(zeros(2, 3, 4), false, labels(7))).toThrow(
      'labels.npy has 7 labels a sample, but the model gives 3 predictions for each (its output is (?, 3, 4)); give as many, or name another output with --output',
    );
  });
});

describe('predictions', () => {
  it('are the first of the largest along the axis of the classes', () => {
    // Two samples, three classes, two places.
    const value = output([2, 3, 2], [1, 9, 5, 2, 5, 3, 0, 0, -1, 7, -2, 7]);
    expect([...predictions(value, { classAxis: 1 }, 0)]).toEqual([1, 0, 0, 1]);
    expect([...predictions(value, { classAxis: 2 }, 0)]).toEqual([1, 0, 0, 0, 1, 1]);
  });
});

describe('a score', () => {
  const reading = { classAxis: 1, perSample: 1 };

  it('gathers batches as if they were one', () => {
    const score = new Score();
    const plain = output([2, 2], [3, 4, 1, 0]);
    score.add(reading, output([2, 2], [3, 0, 1, 0]), plain, Int32Array.of(1, 0));
    score.add(reading, output([1, 2], [0, 2]), output([1, 2], [0, 1]), Int32Array.of(1));
    const { accuracy, change, agreement } = score.outcome;
    expect(accuracy).toBeCloseTo(2 / 3, 12);
    expect(agreement).toBeCloseTo(2 / 3, 12);
    expect(change).toBeCloseTo(Math.sqrt((16 + 1) / (9 + 16 + 1 + 1)), 12);
  });

  it('takes one number for a probability where all are, whatever the batches, else for a logit', () => {
    const single = { classAxis: undefined, perSample: 1 };
    const scored = (batches: number[][]) => {
      const score = new Score();
      for (const batch of batches) {
        const value = output([batch.length, 1], batch);
        score.add(
          single,
          value,
          value,
          Int32Array.from(batch, (each) => Number(each > 0.5)),
        );
      }
      return score.outcome.accuracy;
    };
    expect(scored([[0.2, 0.7], [0.4]])).toBe(1);
    expect(scored([[0.2, 0.7], [4]])).toBeCloseTo(2 / 3, 12);
    expect(scored([[4, 0.2, 0.7]])).toBeCloseTo(2 / 3, 12);
  });

  it('has no accuracy without labels, and no change of what is the same', () => {
    const score = new Score();
    const plain = output([2, 2], [3, 4, 1, 0]);
    score.add(reading, plain, plain, undefined);
    expect(score.outcome).toEqual({ accuracy: undefined, change: 0, agreement: 1 });
  });

  it('of a network that puts out nothing but zeros changes by nothing where it stays so', () => {
    const score = new Score();
    const zeros = output([1, 2], [0, 0]);
    score.add(reading, zeros, zeros, undefined);
    expect(score.outcome.change).toBe(0);
  });
});
