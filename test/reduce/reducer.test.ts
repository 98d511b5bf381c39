import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { CovarianceAccumulator } from '../../src/core/covariance.js';
import { createReducer, type Moments, type Points, type Reducer } from '../../src/reduce/reducer.js';
import { asymmetry, channelsFirst, difference, randomRows, rowsOf, sameBits, spread } from './points.js';

const open: Reducer[] = [];

async function reducerOf(threads: number): Promise<Reducer> {
  const reducer = await createReducer({ threads });
  open.push(reducer);
  return reducer;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((reducer) => reducer.close()));
});

async function reduce(threads: number, blocks: Points[]): Promise<Moments> {
  const reducer = await reducerOf(threads);
  for (const block of blocks) await reducer.add(0, block);
  return reducer.result(0);
}

/** Rows in pieces of these sizes. */
function pieces(rows: Float32Array | Float64Array, features: number, size: number): Points[] {
  const blocks: Points[] = [];
  for (let at = 0; at < rows.length; at += size * features) {
    blocks.push(rowsOf(rows.subarray(at, at + size * features), features));
  }
  return blocks;
}

interface ExactCase {
  name: string;
  n: number;
  d: number;
  seed: number;
  offset: number;
  scale: number;
  float32: boolean;
  mean: number[];
  covariance: number[];
}

const cases: ExactCase[] = JSON.parse(
  readFileSync(new URL('../../fixtures/reduce/exact.json', import.meta.url), 'utf8'),
);

describe.each(cases)('exact moments: $name', (exact) => {
  const { n, d, seed, offset, scale } = exact;
  const wide = Float64Array.from({ length: n * d }, (_, i) => offset + scale * spread(seed, i));
  const elements = exact.float32 ? [wide, Float32Array.from(wide)] : [wide];

  test.each([n, 100, 64, 1])('in pieces of %i', async (size) => {
    for (const rows of elements) {
      const moments = await reduce(1, pieces(rows, d, size));
      expect(moments.n).toBe(n);
      expect(difference(moments.covariance, exact.covariance)).toBeLessThan(1e-13);
      expect(difference(moments.mean, exact.mean)).toBeLessThan(2e-15);
    }
  });
});

describe.each([1, 2, 3, 7, 33, 129, 255, 257, 520])('%i features', (d) => {
  test.each([
    [1, 1],
    [1, 5],
    [70, 1],
    [3, 2],
    [5, 3],
    [64, 4],
    [9, 49],
  ])('batch %i, %i positions, in both layouts, float32 and float64', async (batch, positions) => {
    const count = batch * positions;
    const data = randomRows(d + batch, count, d, 0.7);
    const oracle = new CovarianceAccumulator(d);
    oracle.update(data, count);
    const rows: Points = { data, layout: 'rows', batch, features: d, positions };
    const channels = channelsFirst(rows);
    const [first, ...others] = await Promise.all(
      [
        rows,
        channels,
        { ...rows, data: Float64Array.from(data) },
        { ...channels, data: Float64Array.from(channels.data) },
      ].map((points) => reduce(1, [points])),
    );
    expect(first!.n).toBe(count);
    expect(difference(first!.covariance, oracle.covariance())).toBeLessThan(1e-13);
    expect(difference(first!.mean, oracle.mean())).toBeLessThan(1e-15);
    expect(asymmetry(first!)).toBe(0);
    for (const other of others) {
      expect(difference(other.covariance, first!.covariance)).toBeLessThan(1e-13);
      expect(difference(other.mean, first!.mean)).toBeLessThan(1e-15);
    }
  });
});

test.each([5, 150, 300])('many batches give what one does, %i features', async (d) => {
  const rows = randomRows(11, 3000, d, 20);
  const one = await reduce(1, [rowsOf(rows, d)]);
  for (const size of [1, 64, 100, 999]) {
    const many = await reduce(2, pieces(rows, d, size));
    expect(many.n).toBe(3000);
    expect(difference(many.covariance, one.covariance)).toBeLessThan(1e-13);
    expect(difference(many.mean, one.mean)).toBeLessThan(1e-15);
  }
});

test('threads change no bit, and neither do other layers between', async () => {
  const widths = [2, 64, 200, 300, 700];
  const blocks = widths.flatMap((d, layer) =>
    Array.from({ length: 12 }, (_, i) => {
      const rows: Points = {
        data: randomRows(i + d, 150, d),
        layout: 'rows',
        batch: 10,
        features: d,
        positions: 15,
      };
      return { layer, points: i % 2 ? channelsFirst(rows) : rows };
    }),
  );
  const alone = await Promise.all(
    widths.map((_, layer) =>
      reduce(
        1,
        blocks.filter((block) => block.layer === layer).map(({ points }) => points),
      ),
    ),
  );
  for (const threads of [1, 2, 3, 5]) {
    const reducer = await reducerOf(threads);
    for (let i = 0; i < 12; i++) {
      for (const layer of widths.keys()) await reducer.add(layer, blocks[layer * 12 + i]!.points);
    }
    for (const layer of widths.keys())
      expect(sameBits(await reducer.result(layer), alone[layer]!)).toBe(true);
  }
});

test('a large mean that sets in late costs no digits', async () => {
  const d = 6;
  const late = randomRows(3, 5000, d, 1);
  const rows = Float64Array.from(late, (x, i) => (i < 40 * d ? 0 : 3e5 + x));
  const oracle = new CovarianceAccumulator(d);
  oracle.update(rows, 5000);
  const { covariance, mean } = await reduce(2, pieces(rows, d, 20));
  // The first rows dominate the whole covariance; without them only the late numbers are left.
  expect(difference(covariance, oracle.covariance())).toBeLessThan(1e-13);
  expect(difference(mean, oracle.mean())).toBeLessThan(1e-15);

  const settled = Float64Array.from(late, (x, i) => (i < d ? 3e5 : 3e5 + x));
  const about = Float64Array.from(late, (x, i) => (i < d ? 0 : 3e5 + x - 3e5));
  const near = new CovarianceAccumulator(d);
  near.update(about, 5000);
  expect(difference((await reduce(2, pieces(settled, d, 20))).covariance, near.covariance())).toBeLessThan(
    1e-12,
  );
});

test('constant features have a covariance of exactly zero', async () => {
  const { covariance, mean } = await reduce(2, pieces(new Float32Array(3 * 1000).fill(0.1), 3, 70));
  expect(Array.from(covariance)).toEqual(new Array(9).fill(0));
  expect(Array.from(mean)).toEqual(new Array(3).fill(Math.fround(0.1)));
});

describe.each([1, 2])('not finite, %i threads', (threads) => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d', async (bad) => {
    for (const [d, where] of [
      [5, 2],
      [300, 299],
    ] as const) {
      for (const row of [0, 399]) {
        const clean = randomRows(1, 400, d);
        const rows = clean.slice();
        rows[row * d + where] = bad;
        rows[177 * d + where] = -bad;
        for (const size of [400, 64]) {
          const { mean, covariance } = await reduce(threads, pieces(rows, d, size));
          const reference = await reduce(threads, pieces(clean, d, size));
          for (let i = 0; i < d; i++) {
            if (i === where) expect(mean[i]).toBeNaN();
            else expect(mean[i]).toBe(reference.mean[i]);
            const entries = covariance.subarray(i * d, (i + 1) * d);
            expect(entries[where]).toBeNaN();
            expect(entries.filter(Number.isNaN).length).toBe(i === where ? d : 1);
          }
        }
      }
    }
  });
});

test('float64 numbers whose squares overflow give NaN, not a wrong number', async () => {
  const { mean, covariance } = await reduce(1, [rowsOf(Float64Array.of(1e200, 1, -1e200, 2, 0, 3), 2)]);
  expect(Array.from(mean)).toEqual([0, 2]);
  expect(covariance[0]).toBeNaN();
  expect(covariance[1]).toBeNaN();
  expect(covariance[3]).toBeCloseTo(2 / 3, 14);
});

test('points may be overwritten once they are added', async () => {
  const d = 130;
  const rows = randomRows(2, 4000, d);
  const expected = await reduce(1, pieces(rows, d, 100));
  const reducer = await reducerOf(2);
  const buffer = new Float32Array(100 * d);
  for (let at = 0; at < rows.length; at += buffer.length) {
    buffer.set(rows.subarray(at, at + buffer.length));
    await reducer.add(0, rowsOf(buffer, d));
    buffer.fill(Number.NaN);
  }
  expect(sameBits(await reducer.result(0), expected)).toBe(true);
});

test.each([1, 2])('more points than memory is set aside for, %i threads', async (threads) => {
  const positions = 2 ** 21;
  const data = Float32Array.from(
    { length: 9 * positions },
    (_, i) => (Math.floor(i / positions) % 3) * (i % 2),
  );
  const reducer = await reducerOf(threads);
  // One sample of three channels is larger than a block; all together, larger than the memory for copies.
  for (let i = 0; i < 5; i++) {
    await reducer.add(1, { data, layout: 'channels-first', batch: 3, features: 3, positions });
  }
  const { n, mean, covariance } = await reducer.result(1);
  expect(n).toBe(15 * positions);
  expect(difference(mean, [0, 0.5, 1])).toBeLessThan(1e-15);
  expect(difference(covariance, [0, 0, 0, 0, 0.25, 0.5, 0, 0.5, 1])).toBeLessThan(1e-13);
});

test('layers that wait for more points do not hold all the memory', async () => {
  const reducer = await reducerOf(2);
  const d = 6000;
  const rows = Float32Array.from({ length: d }, (_, i) => i % 5);
  // 256 points of each of these layers would be 370 MB.
  for (let layer = 0; layer < 60; layer++)
    await reducer.add(layer, rowsOf(rows.subarray(0, layer === 0 ? d : 20), layer === 0 ? d : 20));
  const { n, mean } = await reducer.result(0);
  expect(n).toBe(1);
  expect(mean[4]).toBe(4);
});

test('a layer can go on after its result was read', async () => {
  const rows = randomRows(5, 600, 4);
  const reducer = await reducerOf(2);
  await reducer.add(0, rowsOf(rows.subarray(0, 800), 4));
  expect((await reducer.result(0)).n).toBe(200);
  await reducer.add(0, rowsOf(rows.subarray(800), 4));
  const whole = await reduce(1, [rowsOf(rows, 4)]);
  const moments = await reducer.result(0);
  expect(moments.n).toBe(600);
  expect(difference(moments.covariance, whole.covariance)).toBeLessThan(1e-14);
});

test('what cannot be meant is refused, and the rest goes on', async () => {
  const reducer = await reducerOf(2);
  await reducer.add(0, rowsOf(Float32Array.of(1, 2, 3, 4), 2));
  await expect(reducer.add(0, rowsOf(new Float32Array(3), 3))).rejects.toThrow(
    'layer 0 has 2 features, not 3',
  );
  await expect(reducer.add(1, rowsOf(new Float32Array(3), 2, 2))).rejects.toThrow(RangeError);
  await expect(reducer.result(5)).rejects.toThrow('no points were added to layer 5');
  await reducer.add(0, rowsOf(new Float32Array(0), 2));
  expect((await reducer.result(0)).covariance).toEqual(Float64Array.of(1, 1, 1, 1));
});

test('memory that a reducer left behind does not show in the next', async () => {
  const rows = randomRows(8, 3000, 40);
  const expected = await reduce(2, pieces(rows, 40, 300));
  await Promise.all(open.splice(0).map((reducer) => reducer.close()));
  for (const threads of [1, 2, 2]) {
    const dirty = await reducerOf(threads);
    for (let i = 0; i < 4; i++) await dirty.add(0, rowsOf(new Float32Array(3000 * 40).fill(Number.NaN), 40));
    await dirty.flush();
    await dirty.close();
    expect(sameBits(await reduce(threads, pieces(rows, 40, 300)), expected)).toBe(true);
    await Promise.all(open.splice(0).map((reducer) => reducer.close()));
  }
  expect((await reduce(2, [rowsOf(rows.subarray(0, 40), 40)])).covariance.every((c) => c === 0)).toBe(true);
});

test.each([0, 1.5, Number.NaN])('%d threads are refused', async (threads) => {
  await expect(createReducer({ threads })).rejects.toThrow(`a reducer cannot have ${threads} threads`);
});

test('a closed reducer refuses work instead of waiting for ever', async () => {
  const reducer = await reducerOf(2);
  const d = 512;
  const flushed = [];
  for (let i = 0; i < 4; i++) await reducer.add(0, rowsOf(randomRows(i, 4000, d), d));
  flushed.push(reducer.flush().catch((error: Error) => error.message));
  await reducer.close();
  expect(await Promise.all(flushed)).toEqual(['the reducer is closed']);
  await expect(reducer.add(0, rowsOf(new Float32Array(d), d))).rejects.toThrow('the reducer is closed');
});
