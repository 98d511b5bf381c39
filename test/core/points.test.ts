import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  type OutputView,
  type PointOptions,
  type Points,
  pointDimension,
  pointsPerSample,
  toPoints,
} from '../../src/core/points.js';

interface Case {
  name: string;
  dtype: 'float32' | 'float64';
  shape: number[];
  output: string;
  view: OutputView;
  options: PointOptions;
  valid: number;
  batch: number;
  features: number;
  positions: number;
  points: string;
}

const cases: Case[] = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/core/points.json.gz', import.meta.url))).toString('utf8'),
);

function decode(text: string, dtype: Case['dtype']): Float32Array | Float64Array {
  const { buffer } = Uint8Array.from(Buffer.from(text, 'base64'));
  return dtype === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** (batch * positions, features), whatever the layout. */
function asRows({ data, layout, features, positions }: Points): number[] {
  if (layout === 'rows') return [...data];
  return Array.from({ length: data.length }, (_, i) => {
    const row = Math.floor(i / features);
    const sample = Math.floor(row / positions);
    return data[(sample * features + (i % features)) * positions + (row % positions)]!;
  });
}

describe('the points that PyTorch makes of the same output', () => {
  test.each(cases)(
    '$name',
    ({ dtype, shape, view, options, valid, batch, features, positions, ...arrays }) => {
      const points = toPoints({ data: decode(arrays.output, dtype), shape }, view, valid, options);
      expect(points).toMatchObject({ batch, features, positions });
      const expected = decode(arrays.points, dtype);
      const scale = Math.max(...expected.filter(Number.isFinite).map(Math.abs));
      const found = asRows(points);
      expect(found).toHaveLength(expected.length);
      const bound = (dtype === 'float32' ? 1e-6 : 1e-13) * scale;
      const off = found.flatMap((value, i) => {
        const wanted = expected[i]!;
        return Object.is(value, wanted) || Math.abs(value - wanted) <= bound ? [] : [{ i, value, wanted }];
      });
      expect(off).toEqual([]);
    },
  );

  test.each(cases)('$name: foreseen from the shape', ({ shape, view, options, features, positions }) => {
    expect(pointDimension(shape, view, options)).toBe(features);
    expect(pointsPerSample(shape, view, options)).toBe(positions);
  });
});
