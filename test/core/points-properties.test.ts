import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type OutputView,
  type PointOptions,
  type Points,
  pointDimension,
  pointsPerSample,
  toPoints,
} from '../../src/core/points.js';
import { select } from '../../src/core/points-pooling.js';
import { UserError } from '../../src/errors.js';

const LAST: OutputView = { family: 'convolution', axes: { features: 'last', mergedFeatureAxes: 1 } };
const FIRST: OutputView = { family: 'convolution', axes: { features: 'first' } };
const DENSE: OutputView = { family: 'dense', axes: { features: 'last', mergedFeatureAxes: 1 } };
const ONNX: OutputView = { family: 'recurrent', axes: { features: 'onnx-recurrent' } };

const defaults: PointOptions = { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' };

const anyOptions: fc.Arbitrary<PointOptions> = fc.record({
  convMethod: fc.constantFrom('channelwise', 'mean', 'max', 'median', 'flatten'),
  timeseriesMethod: fc.constantFrom('last_timestep', 'timestepwise', 'flatten'),
  interpolation: fc.option(
    fc.record({ mode: fc.constantFrom('nearest', 'bilinear', 'area'), size: fc.integer({ min: 1, max: 6 }) }),
    { nil: undefined },
  ),
});

/** Sizes (B, C, ...) of one to three spatial axes, and values for them. */
const anyMaps = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 20 }),
    fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
  )
  .chain(([batch, channels, grid]) => {
    const length = grid.reduce((product, size) => product * size, batch * channels);
    return fc.record({
      batch: fc.constant(batch),
      channels: fc.constant(channels),
      grid: fc.constant(grid),
      data: fc
        .array(fc.float({ noDefaultInfinity: true, min: -100, max: 100 }), {
          minLength: length,
          maxLength: length,
        })
        .map((values) => Float32Array.from(values)),
    });
  });

/** The number at (sample, position, feature), whatever the layout. */
function at({ data, layout, features, positions }: Points, s: number, p: number, f: number): number {
  return data[layout === 'rows' ? (s * positions + p) * features + f : (s * features + f) * positions + p]!;
}

function numbersOf(points: Points): number[] {
  const numbers: number[] = [];
  for (let s = 0; s < points.batch; s++) {
    for (let p = 0; p < points.positions; p++) {
      for (let f = 0; f < points.features; f++) numbers.push(at(points, s, p, f));
    }
  }
  return numbers;
}

/** (B, C, P) to (B, P, C). */
function channelsToTheEnd(data: Float32Array, batch: number, channels: number): Float32Array {
  const positions = data.length / batch / channels;
  return Float32Array.from(data, (_, i) => {
    const [s, rest] = [Math.floor(i / (positions * channels)), i % (positions * channels)];
    return data[(s * channels + (rest % channels)) * positions + Math.floor(rest / channels)]!;
  });
}

describe('properties', () => {
  test('a model in either layout gives the same points', () => {
    fc.assert(
      fc.property(anyMaps, anyOptions, ({ batch, channels, grid, data }, options) => {
        const first = toPoints({ data, shape: [batch, channels, ...grid] }, FIRST, batch, options);
        const moved = channelsToTheEnd(data, batch, channels);
        const last = toPoints({ data: moved, shape: [batch, ...grid, channels] }, LAST, batch, options);
        expect(numbersOf(last)).toEqual(numbersOf(first));
      }),
    );
  });

  test('padded samples count for nothing', () => {
    fc.assert(
      fc.property(
        anyMaps,
        anyOptions,
        fc.nat({ max: 3 }),
        ({ batch, channels, grid, data }, options, valid) => {
          const kept = Math.min(valid, batch);
          const alone = data.slice(0, (data.length / batch) * kept);
          for (const view of [FIRST, { ...DENSE, family: 'recurrent' } satisfies OutputView]) {
            const all = toPoints({ data, shape: [batch, channels, ...grid] }, view, valid, options);
            const cut = toPoints({ data: alone, shape: [kept, channels, ...grid] }, view, kept, options);
            expect(all.batch).toBe(kept);
            expect(numbersOf(all)).toEqual(numbersOf(cut));
          }
        },
      ),
    );
  });

  test('what is foreseen from the shape is what comes', () => {
    const views = fc.constantFrom(FIRST, LAST, DENSE);
    fc.assert(
      fc.property(anyMaps, anyOptions, views, ({ batch, channels, grid, data }, options, view) => {
        const shape = [batch, channels, ...grid];
        const points = toPoints({ data, shape }, view, batch, options);
        const open = [null, ...shape.slice(1)];
        expect(pointDimension(open, view, options)).toBe(points.features);
        expect(pointsPerSample(open, view, options)).toBe(points.positions);
        expect(points.data).toHaveLength(points.batch * points.positions * points.features);
      }),
    );
  });

  test('the k-th smallest is what sorting puts there', () => {
    const values = fc.oneof(
      fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 200 }),
    );
    fc.assert(
      fc.property(values, fc.nat(), (numbers, seed) => {
        const k = seed % numbers.length;
        const sorted = Float64Array.from(numbers).sort();
        expect(select(Float64Array.from(numbers), k) === sorted[k]).toBe(true);
      }),
    );
  });

  test('selection stays quick where its pivots are always bad', () => {
    // Each round's three candidates are the largest values left, so that a round without the sort takes off two.
    const length = 400_000;
    const values = new Float64Array(length);
    const places = Array.from({ length }, (_, i) => i);
    for (let left = 0, right = length - 1, value = length; left < right; right -= 2) {
      const middle = (left + right) >> 1;
      [places[middle], places[right - 1]] = [places[right - 1]!, places[middle]!];
      values[places[right]!] = value--;
      values[places[right - 1]!] = value--;
    }
    const started = performance.now();
    expect(select(values.slice(), (length - 1) >> 1)).toBe(values.slice().sort()[(length - 1) >> 1]);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('nothing is copied where nothing moves', () => {
  const data = Float32Array.from({ length: 48 }, (_, i) => i);
  test.each<[string, number[], OutputView, Partial<PointOptions>, Points['layout']]>([
    ['channelwise, channels last', [2, 2, 3, 4], LAST, {}, 'rows'],
    ['channelwise, channels first', [2, 4, 2, 3], FIRST, {}, 'channels-first'],
    [
      'maps within the interpolation size',
      [2, 4, 2, 3],
      FIRST,
      { interpolation: { mode: 'area', size: 3 } },
      'channels-first',
    ],
    ['flatten, channels first', [2, 4, 2, 3], FIRST, { convMethod: 'flatten' }, 'rows'],
    ['plain', [2, 24], DENSE, {}, 'rows'],
    ['every step', [2, 6, 4], DENSE, { timeseriesMethod: 'timestepwise' }, 'rows'],
    ['flattened series', [2, 6, 4], DENSE, { timeseriesMethod: 'flatten' }, 'rows'],
    ['last step of ONNX, one direction', [6, 1, 2, 4], ONNX, {}, 'rows'],
  ])('%s', (_name, shape, view, options, layout) => {
    const points = toPoints({ data, shape }, view, 2, { ...defaults, ...options });
    expect(points.layout).toBe(layout);
    expect(points.data.buffer).toBe(data.buffer);
  });
});

describe('from shapes with unknown sizes', () => {
  const flatten: PointOptions = { convMethod: 'flatten', timeseriesMethod: 'flatten' };
  const resized: PointOptions = { ...flatten, interpolation: { mode: 'bilinear', size: 4 } };
  test.each<[(number | null)[], OutputView, PointOptions, number | null, number | null]>([
    [[null, null, null, 8], LAST, defaults, 8, null],
    [[null, null, null, 8], LAST, flatten, null, 1],
    [[null, null, 10, 8], LAST, resized, 8 * 16, 1],
    [[null, null, 3, 8], LAST, resized, null, 1],
    [[null, null, 5, 5], FIRST, defaults, null, 25],
    [[null, null, 8], DENSE, defaults, 8, 1],
    [[null, null, 8], DENSE, { ...defaults, timeseriesMethod: 'timestepwise' }, 8, null],
    [[null, null, 8], DENSE, flatten, null, 1],
    [[null, 2, null, 8], ONNX, defaults, 16, 1],
    [
      [null, null, 2, 8],
      { family: 'dense', axes: { features: 'last', mergedFeatureAxes: 2 } },
      defaults,
      16,
      1,
    ],
  ])('%j', (shape, view, options, d, rows) => {
    expect(pointDimension(shape, view, options)).toBe(d);
    expect(pointsPerSample(shape, view, options)).toBe(rows);
  });
});

describe('outputs that cannot be points', () => {
  test.each<[number[], OutputView, string]>([
    [[4, 3], FIRST, '(4, 3)'],
    [[], DENSE, '()'],
    [[5, 4, 3], ONNX, '(5, 4, 3)'],
    [[5], { family: 'dense', axes: { features: 'last', mergedFeatureAxes: 2 } }, '(5)'],
    [[4, 0, 3], DENSE, '(4, 0, 3)'],
    [[4, 3, 5, 0], FIRST, '(4, 3, 5, 0)'],
  ])('%j', (shape, view, text) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    expect(() => toPoints({ data, shape }, view, 4, defaults)).toThrow(text);
  });

  test('data that does not fill its shape', () => {
    expect(() => toPoints({ data: new Float32Array(7), shape: [2, 4] }, DENSE, 2, defaults)).toThrow(
      '(2, 4)',
    );
  });

  test('an interpolation that is not defined on so many axes', () => {
    const bicubic: PointOptions = { ...defaults, interpolation: { mode: 'bicubic', size: 4 } };
    expect(() => pointDimension([null, 3, 9], FIRST, bicubic)).toThrow(UserError);
    expect(() => toPoints({ data: new Float32Array(27), shape: [1, 3, 9] }, FIRST, 1, bicubic)).toThrow(
      '--interpolation bicubic is not defined for maps of 1 spatial axis (9): use nearest, bilinear or area',
    );
    expect(pointDimension([null, 3, 4], FIRST, bicubic)).toBe(3);
  });
});
