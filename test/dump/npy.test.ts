import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { parseNpyHeader } from '../../src/data/npy-header.js';
import { encodeNpy, scalarArray } from '../../src/dump/npy.js';
import { encodeNpz } from '../../src/dump/npz.js';

/** Files that NumPy wrote. */
const numpy = (path: string) => readFileSync(new URL(`../../fixtures/${path}.npy`, import.meta.url));

/** Type, shape and items, in whatever spelling the header has them. */
function contents(file: Uint8Array) {
  const { dtype, shape, fortranOrder, dataOffset } = parseNpyHeader(file, 'x');
  return { dtype, shape, fortranOrder, items: Buffer.from(file.subarray(dataOffset)) };
}

describe('encodeNpy', () => {
  it('writes what NumPy writes', () => {
    const matrix = numpy('core/matrix-random');
    const items = new Float64Array(new Uint8Array(matrix.subarray(128)).buffer);
    expect(contents(encodeNpy({ shape: [24, 24], data: items }))).toEqual(contents(matrix));

    const rows = numpy('core/rows-relu-float32');
    const floats = new Float32Array(new Uint8Array(rows.subarray(128)).buffer);
    expect(contents(encodeNpy({ shape: [500, 9], data: floats }))).toEqual(contents(rows));
  });

  it('writes scalars as NumPy saves those of Python: counts as int64, all else as float64', () => {
    const folder = (quantity: string) => `dump/package/_train-${quantity}_fc/_train-${quantity}_fc_epoch0`;
    expect(contents(encodeNpy(scalarArray(2, true)))).toEqual(
      contents(numpy(folder('intrinsic-dimensionality'))),
    );
    expect(contents(encodeNpy(scalarArray(0.5, false)))).toEqual(contents(numpy(folder('saturation'))));
    expect(contents(encodeNpy(scalarArray(Number.NaN, true))).dtype).toBe('float64');
  });

  it('aligns the items and takes views', () => {
    for (const shape of [[3], [1, 1, 1, 1, 3], new Array(20).fill(1).concat([100_003])]) {
      const backing = Float64Array.from({ length: shape.at(-1)! + 1 }, (_, i) => i);
      const file = encodeNpy({ shape, data: backing.subarray(1) });
      const { dataOffset } = parseNpyHeader(file, 'x');
      expect(dataOffset % 8).toBe(0);
      expect(contents(file)).toMatchObject({ dtype: 'float64', shape });
      expect(new Float64Array(file.buffer, dataOffset)).toEqual(backing.slice(1));
    }
  });
});

describe('encodeNpz', () => {
  it('is a zip of npy files with the same bytes at any time', () => {
    const arrays = { mean: { shape: [2], data: Float64Array.of(1, 2) } } as const;
    const files = unzipSync(encodeNpz(arrays));
    expect(Object.keys(files)).toEqual(['mean.npy']);
    expect(Buffer.from(files['mean.npy']!)).toEqual(Buffer.from(encodeNpy(arrays.mean)));
    expect(encodeNpz(arrays)).toEqual(encodeNpz(arrays));
  });
});
