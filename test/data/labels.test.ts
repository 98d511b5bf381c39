import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classNumbers, ownLabels, readLabels } from '../../src/data/labels.js';
import { openDataset } from '../../src/data/registry.js';
import { encodeNpy, type NpyArray } from '../../src/dump/npy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-labels-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A png of one pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

const npy = (name: string, array: NpyArray) => file(name, encodeNpy(array));

describe('labels of npy arrays', () => {
  it('are whole numbers of any type', async () => {
    const path = await npy('floats.npy', { shape: [4], data: Float32Array.of(2, 0, 1, 2) });
    expect(await readLabels(path)).toEqual({ path, perSample: 1, values: ['2', '0', '1', '2'] });
    const digits = await readLabels('fixtures/mnist/labels.npy');
    expect(digits.values).toHaveLength(500);
    expect(new Set(digits.values).size).toBe(10);
  });

  it('are where the 1 is, or the largest share', async () => {
    const data = Float64Array.of(0, 1, 0, 1, 0, 0, 0.2, 0.3, 0.5);
    const path = await npy('one-hot.npy', { shape: [3, 3], data });
    expect(await readLabels(path)).toMatchObject({ perSample: 1, values: ['1', '0', '2'] });
  });

  it('may be one for every step of a series', async () => {
    const path = await npy('steps.npy', { shape: [2, 3], data: Int32Array.of(0, 4, 2, 1, 1, 3) });
    expect(await readLabels(path)).toMatchObject({ perSample: 3, values: ['0', '4', '2', '1', '1', '3'] });
  });

  it('are no fractions', async () => {
    const path = await npy('prices.npy', { shape: [2], data: Float64Array.of(1, 2.5) });
    await expect(readLabels(path)).rejects.toThrow(
      /prices\.npy: the label of sample 1 is 2\.5; labels are whole numbers/,
    );
  });
});

describe('labels of tables', () => {
  it('are the only column', async () => {
    const path = await file('names.csv', 'species\nsetosa\nvirginica\nsetosa\n');
    expect((await readLabels(path)).values).toEqual(['setosa', 'virginica', 'setosa']);
    const numbers = await file('numbers.csv', 'y\n3\n0\n');
    expect((await readLabels(numbers)).values).toEqual(['3', '0']);
  });

  it('are the column that is named, beside others', async () => {
    const path = await file('table.csv', 'width,species,height\n1,setosa,2\n3,virginica,4\n');
    const labelColumn = 'species';
    expect((await readLabels(path, { labelColumn })).values).toEqual(['setosa', 'virginica']);
    await expect(readLabels(await file('two.csv', 'a,b\nx,y\nu,v\n'))).rejects.toThrow(
      /two\.csv holds several columns; name the one with the labels with --label-column/,
    );
    const dataset = await openDataset(path, { labelColumn });
    expect((await ownLabels(dataset, { labelColumn }))?.values).toEqual(['setosa', 'virginica']);
    expect(await ownLabels(dataset, {})).toBeUndefined();
    await dataset.close();
  });
});

describe('labels of images', () => {
  it('are the folders that they are in', async () => {
    for (const name of ['cat/10.png', 'cat/9.png', 'dog/1.png']) {
      await mkdir(join(folder, 'photos', name, '..'), { recursive: true });
      await file(join('photos', name), Buffer.from(PIXEL, 'base64'));
    }
    const dataset = await openDataset(join(folder, 'photos'));
    expect((await ownLabels(dataset, {}))?.values).toEqual(['cat', 'cat', 'dog']);
    await dataset.close();
  });
});

describe('the numbers of classes', () => {
  const of = (...values: string[]) => classNumbers({ path: 'y', perSample: 1, values });

  it('are the labels themselves where these are whole numbers', () => {
    expect(of('2', '0', '2')).toEqual({ numbers: Int32Array.of(2, 0, 2), classes: ['0', '', '2'] });
    expect(() => of('1', '-1')).toThrow('y: the label of sample 1 is -1; classes are counted from 0');
  });

  it('follow the natural order of names', () => {
    expect(of('c10', 'c2', 'c10')).toEqual({ numbers: Int32Array.of(1, 0, 1), classes: ['c2', 'c10'] });
  });
});
