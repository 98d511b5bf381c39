import { describe, expect, test } from 'vitest';
import { CovarianceAccumulator } from '../../src/core/covariance.js';
import { ImmediateReducer } from '../../src/reduce/immediate-reducer.js';
import { createReducer, type Moments, type Points } from '../../src/reduce/reducer.js';
import { asymmetry, channelsFirst, difference, randomRows, rowsOf } from './points.js';

function expectSame(ours: Moments | undefined, oracle: CovarianceAccumulator) {
  expect(ours?.n).toBe(oracle.n);
  expect(difference(ours!.covariance, oracle.covariance())).toBeLessThan(1e-13);
  expect(difference(ours!.mean, oracle.mean())).toBeLessThan(1e-14);
  expect(asymmetry(ours!)).toBe(0);
}

describe.each([1, 3, 33, 257])('%i features', (d) => {
  test.each([
    [1, 1],
    [70, 1],
    [300, 1],
    [5, 3],
    [9, 49],
    [64, 16],
  ])('batch %i, %i positions, in both layouts, in batches of all sizes', (batch, positions) => {
    const oracle = new CovarianceAccumulator(d);
    const reducer = new ImmediateReducer<string>();
    for (let round = 0; round < 4; round++) {
      const size = Math.max(1, batch - round);
      const data = randomRows(d + round, size * positions, d, 0.7);
      const rows: Points = { data, layout: 'rows', batch: size, features: d, positions };
      oracle.update(data, size * positions);
      reducer.add('rows', rows);
      reducer.add('channels', channelsFirst(rows));
      reducer.add('float32', { ...rows, data: Float32Array.from(data) });
      if (round === 1) expectSame(reducer.result('rows'), oracle);
    }
    expectSame(reducer.result('rows'), oracle);
    expectSame(reducer.result('channels'), oracle);
    const single = reducer.result('float32')!;
    expect(difference(single.covariance, oracle.covariance())).toBeLessThan(1e-6);
  });
});

test('gives what several threads give', async () => {
  const data = randomRows(3, 1000, 40, 2);
  const reducer = await createReducer({ threads: 2 });
  await reducer.add(0, rowsOf(data, 40));
  const immediate = new ImmediateReducer<number>();
  immediate.add(0, rowsOf(data, 40));
  const theirs = await reducer.result(0);
  expect(difference(immediate.result(0)!.covariance, theirs.covariance)).toBeLessThan(1e-14);
  await reducer.close();
});

test('a block larger than the memory for it is taken in pieces', () => {
  const d = 5000;
  const data = new Float32Array(600 * d);
  for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 1013) / 1013;
  const reducer = new ImmediateReducer<number>();
  reducer.add(0, { data, layout: 'rows', batch: 600, features: d, positions: 1 });
  const { n, mean, covariance } = reducer.result(0)!;
  expect(n).toBe(600);
  for (const [i, j] of [
    [0, 0],
    [17, 4999],
    [4998, 4999],
    [2500, 1],
  ] as const) {
    let [sum, a, b] = [0, 0, 0];
    for (let k = 0; k < 600; k++) {
      a += data[k * d + i]! / 600;
      b += data[k * d + j]! / 600;
    }
    for (let k = 0; k < 600; k++) sum += ((data[k * d + i]! - a) * (data[k * d + j]! - b)) / 600;
    expect(Math.abs(mean[i]! - a)).toBeLessThan(1e-12);
    expect(Math.abs(covariance[i * d + j]! - sum)).toBeLessThan(1e-12);
  }
});

test('forgets on reset, knows layers apart, and refuses what does not fit', () => {
  const reducer = new ImmediateReducer<string>();
  reducer.add('a', rowsOf(Float64Array.of(1, 2, 3, 5), 2));
  reducer.add('b', rowsOf(Float64Array.of(7), 1));
  expect([reducer.result('a')!.n, reducer.result('b')!.n, reducer.result('c')]).toEqual([2, 1, undefined]);
  expect(() => reducer.add('a', rowsOf(Float64Array.of(1, 2, 3), 3))).toThrow(/2 features, not 3/);
  expect(() => reducer.add('b', { ...rowsOf(Float64Array.of(1), 1), batch: 2 })).toThrow(RangeError);
  reducer.reset();
  expect(reducer.result('a')).toBeUndefined();
  reducer.add('a', rowsOf(Float64Array.of(1, 2, 3), 3));
  expect(Array.from(reducer.result('a')!.mean)).toEqual([1, 2, 3]);
});
