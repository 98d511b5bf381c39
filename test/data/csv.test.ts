import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, test } from 'vitest';
import type { OpenOptions } from '../../src/data/dataset.js';
import { openDataset } from '../../src/data/registry.js';
import { Interrupted, UserError } from '../../src/errors.js';
import { loadNpz } from '../npy.js';
import { fixture, temporaryFolder, unpacked } from './fixture-files.js';

const folder = join(await unpacked('tables.zip'), 'csv');
const scratch = await temporaryFolder();
const { data: x } = loadNpz(fixture('tables.npz')).get('x')!;
const ROWS = 23;

async function rowsOf(path: string, options: OpenOptions = {}) {
  const dataset = await openDataset(path, options);
  try {
    const [rows] = await dataset.read(0, dataset.samples);
    return { ...dataset, rows: rows! };
  } finally {
    await dataset.close();
  }
}

async function written(name: string, text: string | Uint8Array): Promise<string> {
  await writeFile(join(scratch, name), text);
  return join(scratch, name);
}

describe('files that Python wrote', () => {
  test.each<[string, OpenOptions]>([
    ['plain.csv', { labelColumn: 'species' }],
    ['semicolon.csv', { labelColumn: 'species' }],
    ['tab.tsv', { labelColumn: '5' }],
    ['pipe.csv', { columns: ['1-4'] }],
    ['index.csv', { columns: ['sepal length-say "e"'] }],
    ['index.csv', { columns: ['2-5'] }],
    ['excel.csv', { columns: ['sepal length', 'größe', 'c,d', 'say "e"'] }],
    ['old-mac.csv', {}],
    ['all-quoted.csv', { labelColumn: 'species' }],
    ['numbers.csv', {}],
    ['spaces.csv', {}],
    ['aligned.csv', {}],
    ['commented.csv', {}],
    ['numbered.csv', { columns: ['0-3'] }],
    ['trailing.csv', {}],
    ['gaps.csv', {}],
  ])('%s %o', async (file, options) => {
    const { samples, arrays, rows, notes } = await rowsOf(join(folder, file), options);
    expect(samples).toBe(ROWS);
    expect(arrays).toEqual([{ key: undefined, dtype: 'float32', sampleShape: [4] }]);
    expect(rows.shape).toEqual([ROWS, 4]);
    expect(rows.data).toEqual(new Float32Array(x));
    expect(notes).toEqual([]);
    const double = await rowsOf(join(folder, file), {
      ...options,
      inputs: [{ key: 'in', dtype: 'int64', shape: undefined }],
    });
    expect(double.rows.data).toEqual(x);
  });

  test('columns come in the order asked for', async () => {
    const { rows, details } = await rowsOf(join(folder, 'plain.csv'), { columns: ['say*', 'größe', '1'] });
    expect(details).toMatchObject({ columns: ['say "e"', 'größe', 'sepal length'] });
    expect([...(rows.data as Float32Array)].slice(0, 3)).toEqual([3, 1, 0].map((i) => Math.fround(x[i]!)));
  });
});

describe('rows here and there', () => {
  const many = Array.from(
    { length: 30_000 },
    (_, i) => `${i},"${i % 7 === 0 ? '\n' : ''}${i / 8}",${'é'.repeat(i % 40)}`,
  );
  const path = written('many.csv', `a,b,text\n# made by hand\n${many.join('\n\n')}`);
  const options = { columns: ['a', 'b'] };

  test('in slices, forwards and backwards', async () => {
    const dataset = await openDataset(await path, options);
    expect(dataset.samples).toBe(30_000);
    expect(dataset.readAt).toBeUndefined();
    for (const [start, end] of [
      [0, 3],
      [3, 5],
      [29_990, 30_000],
      [12_345, 12_347],
      [0, 1],
    ] as const) {
      const [rows] = await dataset.read(start, end);
      const wanted = Array.from({ length: end - start }, (_, i) => [start + i, (start + i) / 8]).flat();
      expect(rows!.data).toEqual(Float32Array.from(wanted));
    }
    await dataset.close();
  });

  test('in any order', async () => {
    const dataset = await openDataset(await path, { ...options, anyOrder: true });
    const samples = [29_999, 0, 7, 15_000, 7];
    const [rows] = await dataset.readAt!(samples);
    expect(rows!.data).toEqual(Float32Array.from(samples.flatMap((i) => [i, i / 8])));
    await dataset.close();
  });

  test('counting them can be interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(openDataset(await path, { ...options, signal })).rejects.toThrow(Interrupted);
  });

  test('no more than are asked for', async () => {
    const path = await written('late.csv', `a,b\n${'1,2\n'.repeat(50)}wrong,2\n`);
    expect((await rowsOf(path, { limit: 50 })).samples).toBe(50);
    await expect(rowsOf(path, { limit: 51 })).rejects.toThrow(/line 52: column 'a' holds 'wrong'/);
  });

  test('whatever a csv writer writes', async () => {
    const cell = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer({ min: -9999, max: 9999 }).map((value) => ` ${value} `),
    );
    const row = fc.tuple(cell, fc.string(), cell);
    const writing = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      newline: fc.constantFrom('\n', '\r\n'),
      quotes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), writing, async (rows, config) => {
        const text = Papa.unparse({ fields: ['a', 'text', 'b'], data: rows }, config);
        const path = await written('any.csv', text);
        const found = await rowsOf(path, { columns: ['a', 'b'] });
        expect(found.rows.data).toEqual(
          Float32Array.from(rows.flatMap(([a, , b]) => [Number(a), Number(b)])),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('the first row', () => {
  const header = async (text: string, options: OpenOptions = {}) => {
    const { samples, notes } = await rowsOf(await written('head.csv', text), options);
    return [samples, notes.length];
  };

  test.each<[string, number, number]>([
    ['a,b\n1,2\n3,4\n', 2, 0],
    ['1,2\n3,4\n', 2, 0],
    ['1,b\n3,4\n', 1, 0],
    ['0,1,2,3,4,5,6,7\n5,5,5,5,5,5,5,5\n', 1, 1],
    [',0,1,2\n0,5,5,5\n', 1, 0],
    ['0,1,2\n5,5,5\n', 2, 0],
    ['a\n1\n2\n', 2, 0],
    ['a,b\n1,2', 1, 0],
    ['True,False\n0,1\n', 2, 0],
  ])('%j: %i rows', async (text, rows, notes) => {
    expect(await header(text)).toEqual([rows, notes]);
  });

  test('is what the user says', async () => {
    expect(await header('0,1,2\n5,5,5\n', { csvHeader: 'yes' })).toEqual([1, 0]);
    expect(await header('0,1,2,3,4,5,6,7\n5,5,5,5,5,5,5,5\n', { csvHeader: 'no' })).toEqual([2, 0]);
  });

  test('text in a file without names', async () => {
    const path = await written('iris.csv', '5.1,3.5,setosa\n4.9,3,setosa\n');
    expect((await rowsOf(path, { labelColumn: '3' })).samples).toBe(2);
  });
});

const FOR_TWO: OpenOptions = { inputs: [{ key: 'in', dtype: 'float32', shape: [null, 2] }] };

describe('what is refused, in a sentence', () => {
  test.each<[string, string, OpenOptions, RegExp]>([
    ['empty cell', 'a,b\n1,2\n\n3,\n', {}, /line 4: column 'b' is empty/],
    ['NaN', 'a,b\n1,nan\n', {}, /line 2: column 'b' holds 'nan', a missing value/],
    ['NA after a comment', 'a,b\n# x\n1,NA\n', {}, /line 3: column 'b' holds 'NA'/],
    ['text', 'a,b\n1,2\n3,setosa\n', {}, /line 3: column 'b' holds 'setosa', .*--label-column/],
    ['lines', 'a,"b\nc"\n1,"x\ny\tz"\n', {}, /line 3: column 'b\\x0ac' holds 'x\\x0ay\\x09z', which/],
    ['no name', '1,2\n3,x\n', {}, /line 2: column 2 holds 'x'/],
    ['quoted line feed before', 'a,b\n1,"2\n"\n3,x\n', {}, /line 4: column 'b'/],
    ['ragged', 'a,b\n1,2\n3,4,5\n', {}, /line 3: 3 cells, but 2 in the rows before/],
    ['short', 'a,b\n1,2\n3\n', {}, /line 3: 1 cells/],
    ['quote', 'a,b\n1,2\n3,"4\n5,6\n', {}, /line 3: a quoted cell does not end/],
    ['decimal comma', 'a;b\n1,5;2,5\n', {}, /line 2: column 'a' holds '1,5', with a decimal comma/],
    ['hexadecimal', 'a,b\n1,0x10\n', {}, /holds '0x10', which is no number/],
    ['infinity', 'a,b\n1,inf\n', {}, /beyond the range/],
    ['too large', 'a,b\n1,1e39\n', {}, /beyond the range of float32/],
    ['no rows', 'a,b\n', {}, /holds no rows/],
    ['only comments', '# nothing\n', {}, /holds no rows/],
    ['empty', '', {}, /the file is empty/],
    ['unknown column', 'age,size\n1,2\n', { columns: ['agee'] }, /--columns agee: .*did you mean age/],
    [
      'column number',
      'age,size\n1,2\n',
      { columns: ['3'] },
      /there is no column 3; there are 2, counted from 1/,
    ],
    ['backwards', 'age,size\n1,2\n', { columns: ['size-age'] }, /runs backwards; write it as age-size/],
    ['only labels', 'age\n1\n', { labelColumn: 'age' }, /nothing but the labels/],
    ['several labels', 'x1,x2\n1,2\n', { labelColumn: 'x*' }, /several columns; name one/],
    [
      'labels',
      'a,b,label\n1,2,0\n',
      FOR_TWO,
      /3 columns, one more .* 'in' takes numbers; .*--label-column label$/,
    ],
    ['index', ',a,b\n0,1,2\n', FOR_TWO, /--label-column 1$/],
    ['no names', '0,1,2\n', FOR_TWO, /--label-column 1$/],
    ['utf-16', '\ufeffa,b', {}, /UTF-16/],
  ])('%s', async (name, text, options, message) => {
    const bytes = name === 'utf-16' ? Buffer.from(text, 'utf16le') : text;
    const failing = rowsOf(await written('refused.csv', bytes), options);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(UserError);
  });

  test.each<[string, string, RegExp]>([
    ['a zip archive', join('..', 'data', 'stored.npz'), /zip archive or an Excel workbook/],
    ['an array', 'odd', /no text, so not a csv/],
  ])('%s', async (_what, file, message) => {
    const bytes = file === 'odd' ? Buffer.from([1, 2, 0, 3]) : readFileSync(fixture('stored.npz'));
    await expect(rowsOf(await written('foreign.csv', bytes))).rejects.toThrow(message);
  });

  test('a file that changes while it is read', async () => {
    const path = await written('moving.csv', `a,b\n${'1,2\n'.repeat(1000)}`);
    const dataset = await openDataset(path);
    await writeFile(path, `a,b\n${'1,x\n'.repeat(1000)}`);
    await expect(dataset.read(0, 5)).rejects.toThrow(/changed while it was read/);
    await dataset.close();
  });
});
