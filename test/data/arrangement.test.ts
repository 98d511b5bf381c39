import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrange, arranged, type Layouts } from '../../src/data/arrangement.js';
import { decodeNumbers } from '../../src/data/decode-numbers.js';
import { encodeNumbers } from '../../src/data/encode-numbers.js';
import { type Dim, sizeOf } from '../../src/tensor.js';

function arrangement(sampleShape: number[], wanted: Dim[] | undefined, layouts: Layouts = {}) {
  const shape = wanted && [null, ...wanted];
  return arrange(
    { key: undefined, dtype: 'uint8', sampleShape },
    { key: 'in', dtype: 'float32', shape },
    layouts,
  );
}

describe('samples that fit', () => {
  test.each([
    [
      [28, 28, 1],
      [28, 28, 1],
    ],
    [
      [28, 28, 1],
      [null, null, 1],
    ],
    [[3], [null]],
    [[4, 4], undefined],
  ] satisfies [number[], Dim[] | undefined][])('%o for %o are taken as they are', (shape, wanted) => {
    expect(arrangement(shape, wanted)).toEqual({ shape });
  });

  test.each([
    [
      [28, 28],
      [28, 28, 1],
      [28, 28, 1],
    ],
    [
      [28, 28],
      [1, 28, 28],
      [1, 28, 28],
    ],
    [
      [28, 28],
      [null, null, 1],
      [28, 28, 1],
    ],
    [
      [28, 28, 1],
      [28, 28],
      [28, 28],
    ],
    [
      [1, 28, 28],
      [28, 28],
      [28, 28],
    ],
    [
      [5, 6],
      [5, 1, 6],
      [5, 1, 6],
    ],
    [[], [1], [1]],
    [[784], [28, 28, 1], [28, 28, 1]],
    [[28, 28], [784], [784]],
    [[32, 32, 3], [3072], [3072]],
  ] satisfies [number[], Dim[], number[]][])('%o for %o are taken as %o', (shape, wanted, expected) => {
    const found = arrangement(shape, wanted)!;
    expect(found.shape).toEqual(expected);
    expect(found.moved).toBeUndefined();
    expect(found.note).toMatch(/are taken as/);
  });

  test.each([
    [[3, 32, 32], [32, 32, 3], 'first', [32, 32, 3]],
    [[3, 32, 32], [null, null, 3], 'first', [32, 32, 3]],
    [[32, 32, 3], [3, 32, 32], 'last', [3, 32, 32]],
    [[32, 24, 3], [3, null, null], 'last', [3, 32, 24]],
    [[3, 8, 8, 9], [8, 8, 9, 3], 'first', [8, 8, 9, 3]],
    [[1, 28, 28], [28, 28, 1], 'first', [28, 28, 1]],
  ] satisfies [number[], Dim[], string, number[]][])(
    '%o for %o have their channels %s',
    (shape, wanted, moved, expected) => {
      const found = arrangement(shape, wanted)!;
      expect(found).toMatchObject({ moved, shape: expected });
      expect(found.note).toContain(`channels ${moved}`);
    },
  );

  test('a layout that the user tells goes before what fits', () => {
    expect(arrangement([8, 8, 8], [8, 8, 8])).toEqual({ shape: [8, 8, 8] });
    const told = { data: 'first', model: 'last' } as const;
    expect(arrangement([8, 8, 8], [8, 8, 8], told)).toMatchObject({ moved: 'first', shape: [8, 8, 8] });
    expect(arrangement([16, 100], [100, 16], told)).toMatchObject({ moved: 'first', shape: [100, 16] });
    expect(arrangement([32, 32, 3], [32, 32, 3], told)).toBeUndefined();
    expect(arrangement([32, 32, 3], [32, 32, 3], { data: 'last', model: 'last' })).toEqual({
      shape: [32, 32, 3],
    });
    expect(arrangement([3, 32, 32], [32, 32, 3], { data: 'last', model: 'last' })).toBeUndefined();
  });

  test('flat rows have the layout that the user tells', () => {
    const found = arrangement([12], [2, 2, 3], { data: 'first', model: 'last' })!;
    expect(found).toMatchObject({ shape: [2, 2, 3], moved: 'first' });
    expect(found.note).toContain('(3, 2, 2), channels first');
    const data = Uint8Array.from({ length: 12 }, (_, i) => i);
    const image = arranged({ dtype: 'uint8', shape: [1, 12], data }, found);
    expect([...decodeNumbers(image)]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  });
});

describe('channels that move', () => {
  const dims = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 4 });
  const dtypes = fc.constantFrom(
    'uint8' as const,
    'float16' as const,
    'float32' as const,
    'float64' as const,
    'int64' as const,
  );

  test('find their numbers at the other end, in every type', () => {
    fc.assert(
      fc.property(
        dims,
        dtypes,
        fc.constantFrom('first' as const, 'last' as const),
        fc.integer({ min: 1, max: 3 }),
        (shape, dtype, from, n) => {
          const numbers = Uint8Array.from({ length: n * sizeOf(shape) }, (_, i) => i % 251);
          const model = from === 'first' ? 'last' : 'first';
          const found = arrangement(shape, undefined, { data: from, model })!;
          const moved = arranged({ dtype, shape: [n, ...shape], data: encodeNumbers(numbers, dtype) }, found);
          expect(moved.shape).toEqual([n, ...found.shape]);
          const values = decodeNumbers(moved);
          const size = sizeOf(shape);
          const channels = from === 'first' ? shape[0]! : shape.at(-1)!;
          const positions = size / channels;
          for (let sample = 0; sample < n; sample++) {
            for (let c = 0; c < channels; c++) {
              for (let p = 0; p < positions; p++) {
                const first = sample * size + c * positions + p;
                const last = sample * size + p * channels + c;
                const [was, is] = from === 'first' ? [first, last] : [last, first];
                expect(values[is]).toBe(numbers[was]);
              }
            }
          }
        },
      ),
    );
  });
});
