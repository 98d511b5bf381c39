import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodeNpy, scalarArray } from '../../src/dump/npy.js';
import { encodeNpz } from '../../src/dump/npz.js';

/** Files that NumPy wrote. */
const numpy = (path: string) => readFileSync(new URL(`../../fixtures/${path}.npy`, import.meta.url));

describe('encodeNpy', () => {
  it('writes the bytes that NumPy writes', () => {
    const matrix = numpy('core/matrix-random');
    const items = new Float64Array(new Uint8Array(matrix.subarray(128)).buffer);
    expect(Buffer.concat(encodeNpy({ dtype: 'float64', shape: [24, 24], data: items }))).toEqual(matrix);

    const rows = numpy('core/rows-relu-float32');
    const floats = new Float32Array(new Uint8Array(rows.subarray(128)).buffer);
    expect(Buffer.concat(encodeNpy({ dtype: 'float32', shape: [500, 9], data: floats }))).toEqual(rows);
  });

  it('writes scalars as NumPy saves those of Python: counts as int64, all else as float64', () => {
    const folder = (quantity: string) => `dump/package/_train-${quantity}_fc/_train-${quantity}_fc_epoch0`;
    expect(Buffer.concat(encodeNpy(scalarArray(2, true)))).toEqual(numpy(folder('intrinsic-dimensionality')));
    expect(Buffer.concat(encodeNpy(scalarArray(0.5, false)))).toEqual(numpy(folder('saturation')));
    expect(scalarArray(Number.NaN, true).dtype).toBe('float64');
  });

  it('aligns the items to 64 bytes, for a shape of any length, and takes views', () => {
    for (const shape of [[3], [1, 1, 1, 1, 3], new Array(20).fill(1).concat([100_003])]) {
      const backing = new Float64Array(shape.at(-1)! + 1).fill(7);
      const [header, items] = encodeNpy({ dtype: 'float64', shape, data: backing.subarray(1) });
      expect(header.length % 64).toBe(0);
      expect(new DataView(header.buffer).getUint16(8, true)).toBe(header.length - 10);
      expect(header.at(-1)).toBe(10);
      expect(items.length).toBe(8 * shape.at(-1)!);
    }
    expect(
      new TextDecoder().decode(encodeNpy({ dtype: 'float64', shape: [3], data: new Float64Array(3) })[0]),
    ).toContain("'shape': (3,), }");
  });
});

describe('encodeNpz', () => {
  it('is a zip of npy files with the same bytes at any time', () => {
    const arrays = { mean: { dtype: 'float64', shape: [2], data: Float64Array.of(1, 2) } } as const;
    const files = unzipSync(encodeNpz(arrays));
    expect(Object.keys(files)).toEqual(['mean.npy']);
    expect(Buffer.from(files['mean.npy']!)).toEqual(Buffer.concat(encodeNpy(arrays.mean)));
    expect(encodeNpz(arrays)).toEqual(encodeNpz(arrays));
  });
});
