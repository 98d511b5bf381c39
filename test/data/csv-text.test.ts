import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, test } from 'vitest';
import type { InputSpec, OpenOptions } from '../../src/data/dataset.js';
import { UserError } from '../../src/errors.js';
import { temporaryFolder } from './fixture-files.js';
import { goldens, numberInput, opened, read, textInput, texts } from './text-fixtures.js';

const folder = join(texts, 'csv');
const scratch = await temporaryFolder();
const { review, city, tags, rooms, size } = goldens.columns;

const TABLE = [
  numberInput([], 'float32', 'size'),
  textInput([], 'review'),
  numberInput([1], 'int64', 'rooms'),
  textInput([1], 'city'),
];

async function written(name: string, text: string | Uint8Array): Promise<string> {
  await writeFile(join(scratch, name), text);
  return join(scratch, name);
}

/** What is read of a file of this text for one input. */
async function readText(text: string, input: InputSpec = textInput([]), options: OpenOptions = {}) {
  return read(await written('text.csv', text), { ...options, inputs: [input] });
}

describe('tables that Python wrote, for a model of text and numbers', () => {
  test.each([
    'mixed.csv',
    'index.csv',
    'semicolon.csv',
    'tab.tsv',
    'pipe.csv',
    'excel.csv',
    'all-quoted.csv',
    'text-quoted.csv',
  ])('%s', async (file) => {
    const { values, arrays, notes, details } = await read(join(folder, file), { inputs: TABLE });
    expect(arrays).toEqual([
      { key: 'size', dtype: 'float32', sampleShape: [] },
      { key: 'review', dtype: 'string', sampleShape: [] },
      { key: 'rooms', dtype: 'float64', sampleShape: [1] },
      { key: 'city', dtype: 'string', sampleShape: [1] },
    ]);
    expect(values.get('size')).toEqual(size.map(Math.fround));
    expect(values.get('review')).toEqual(review);
    expect(values.get('rooms')).toEqual(rooms);
    expect(values.get('city')).toEqual(city);
    expect(notes).toEqual(
      file === 'index.csv' ? [expect.stringMatching(/the input is .*; {2}is left out/)] : [],
    );
    expect(details).toMatchObject({ columns: ['size', 'review', 'rooms', 'city'] });
  });

  test('numbered columns are one input together', async () => {
    const inputs = [textInput([3], 'tag'), numberInput([1], 'float32', 'rooms')];
    const { values, arrays } = await read(join(folder, 'tags.csv'), { inputs });
    expect(arrays[0]).toEqual({ key: 'tag', dtype: 'string', sampleShape: [3] });
    expect(values.get('tag')).toEqual(tags.flat());
    const reversed = await written('reversed.csv', 'x2,x10,x1,y\na,b,c,1\n');
    const found = await read(reversed, { inputs: [textInput([null], 'x'), numberInput([1], 'int32', 'y')] });
    expect(found.values.get('x')).toEqual(['c', 'a', 'b']);
  });

  test('several inputs of numbers find their columns, too', async () => {
    const path = await written('numbers.csv', 'a,text,b\n1,x,2\n3,y,4\n');
    const inputs = [numberInput([1], 'float32', 'b'), numberInput([1], 'int32', 'a')];
    const { values, notes } = await read(path, { inputs });
    expect([...values]).toEqual([
      ['b', [2, 4]],
      ['a', [1, 3]],
    ]);
    expect(notes).toEqual([`${path}: the input is b, a; text is left out (--columns chooses others)`]);
  });
});

describe('tables for a model of text', () => {
  test.each<[string, InputSpec, OpenOptions, (string | number)[], number]>([
    ['single.csv', textInput([]), {}, review, 1],
    ['single.csv', textInput([1], 'review'), {}, review, 0],
    ['single-excel.csv', textInput([1]), {}, review, 1],
    ['single-bare.csv', textInput([]), { csvHeader: 'no' }, review, 0],
    ['single.tsv', textInput([]), { columns: ['review'] }, review, 0],
    ['labelled.csv', textInput([]), {}, review, 1],
    ['labelled.csv', textInput([]), { labelColumn: 'rooms' }, review, 0],
    ['mixed.csv', textInput([1]), { columns: ['city'] }, city, 0],
    ['mixed.csv', textInput([1]), { columns: ['rooms'] }, rooms.map(String), 0],
    ['tags.csv', textInput([3]), { columns: ['tag*'] }, tags.flat(), 0],
    ['tags.csv', textInput([3]), {}, tags.flat(), 1],
    ['tags.csv', textInput([null]), { labelColumn: 'rooms' }, tags.flat(), 0],
  ])('%s %o %o', async (file, input, options, expected, notes) => {
    const found = await read(join(folder, file), { ...options, inputs: [input] });
    expect(found.values.get(undefined)).toEqual(expected);
    expect(found.notes).toHaveLength(notes);
    const inAnyOrder = { ...options, inputs: [input], anyOrder: true };
    await opened(join(folder, file), inAnyOrder, async (dataset) => {
      const [some] = await dataset.readAt!([5, 0, 17]);
      const width = expected.length / dataset.samples;
      expect(some!.data).toEqual([5, 0, 17].flatMap((i) => expected.slice(i * width, (i + 1) * width)));
    });
  });

  test('whatever a csv writer writes', async () => {
    // NULs are no text in a csv file; returns and feeds at the end of a row belong to it.
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
    const rows = fc.array(fc.tuple(cell, cell, fc.integer()), { minLength: 1, maxLength: 12 });
    const writing = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      newline: fc.constantFrom('\n', '\r\n'),
      quotes: fc.boolean(),
    });
    const inputs = [textInput([], 'a'), numberInput([], 'float64', 'n'), textInput([], 'b')];
    await fc.assert(
      fc.asyncProperty(rows, writing, async (data, config) => {
        const text = Papa.unparse({ fields: ['a', 'b', 'n'], data }, config);
        const { values } = await read(await written('any.csv', text), { inputs });
        expect(values.get('a')).toEqual(data.map(([a]) => a));
        expect(values.get('b')).toEqual(data.map(([, b]) => b));
        expect(values.get('n')).toEqual(data.map(([, , n]) => n));
      }),
      { numRuns: 150 },
    );
  });
});

describe('the first row', () => {
  test.each<[string, string, string[], number]>([
    ['one word over sentences', 'text\nthe cat sat\non a mat\n', ['the cat sat', 'on a mat'], 1],
    ['a sentence', 'the cat sat on a mat today\nand slept\n', ['the cat sat on a mat today', 'and slept'], 1],
    ["the input's name", 'in\nthe cat\n', ['the cat'], 0],
    ['names over numbers', 'a,n\nx,1\ny,2\n', ['x', 'y'], 1],
    ['data with numbers', 'x,1\ny,2\n', ['x', 'y'], 1],
    ['the same twice', 'cat\ncat\n', ['cat', 'cat'], 1],
    ['an empty cell', '""\ncat\n', ['', 'cat'], 1],
    ['alone', 'the cat\n', ['the cat'], 1],
  ])('%s', async (_what, text, expected, notes) => {
    const { values, notes: found } = await readText(text);
    expect(values.get(undefined)).toEqual(expected);
    expect(found).toHaveLength(notes);
  });

  test('a note tells what was guessed', async () => {
    const { notes, path } = await readText('the cat\nsat\n');
    expect(notes).toEqual([
      `${path}: the first row is taken to hold the names of the columns; --csv-header no if it is data`,
    ]);
  });
});

describe('rows', () => {
  test.each<[string, string, string[]]>([
    ['words are no columns', 'in\nthe cat sat\non the mat\n', ['the cat sat', 'on the mat']],
    ['commas within quotes', 'in\n"one, two"\n"a, b, c"\n', ['one, two', 'a, b, c']],
    ['separators in some rows', 'in\na;b\nc\nd\ne;f;g\n', ['a;b', 'c', 'd', 'e;f;g']],
    ['no comments', 'in\n#fun\n# x\n', ['#fun', '# x']],
    ['empty lines are none, empty quotes are text', 'in\na\n\n""\n\nb\n', ['a', '', 'b']],
    ['white space', 'in\n  a \n   \n', ['  a ', '   ']],
    ['quotes', 'in\n"say ""hi"""\n5" pipe\n', ['say "hi"', '5" pipe']],
    ['CRLF', 'in\r\na\r\n"b\r\nc"\r\n"d\r"\r\ne', ['a', 'b\r\nc', 'd\r', 'e']],
    ['CR', 'in\ra\rb', ['a', 'b']],
    ['what looks like nothing', 'in\nnan\nNone\nnull\n1\n', ['nan', 'None', 'null', '1']],
  ])('%s', async (_what, text, expected) => {
    expect((await readText(text)).values.get(undefined)).toEqual(expected);
  });

  test('no more than are asked for', async () => {
    const { samples } = await readText('in\na\nb\n\xff\n', textInput([]), { limit: 2 });
    expect(samples).toBe(2);
  });
});

describe('what is refused, in a sentence', () => {
  test.each<[string, string, InputSpec[], OpenOptions, RegExp]>([
    [
      'several columns of text',
      'a,b,n\nx,y,1\n',
      [textInput([1])],
      {},
      /the model's input 'in' takes one column of text, but there are 2: 'a', 'b'; choose with --columns$/,
    ],
    [
      'several columns without names',
      'x,y\nz,w\n',
      [textInput([])],
      { csvHeader: 'no' },
      /there are 2: column 1, column 2; choose with --columns$/,
    ],
    [
      'too few columns',
      'a,n\nx,1\n',
      [textInput([3])],
      {},
      /takes 3 columns of text, but there are 2: 'a', 'n'; give a file that has as many$/,
    ],
    [
      'too many asked for',
      'a,b\nx,y\n',
      [textInput([])],
      { columns: ['a', 'b'] },
      /one column of text, but --columns names 2$/,
    ],
    [
      'no column of the name',
      'a,n\nx,1\n',
      [textInput([], 'a'), numberInput([1], 'int64', 'm')],
      {},
      /inputs are 'a', 'm', and take the columns of their names, but there is none for 'm'; there are 'a', 'n'/,
    ],
    [
      'left out by --columns',
      'a,n\nx,1\n',
      [textInput([], 'a'), numberInput([1], 'int64', 'n')],
      { columns: ['n'] },
      /none for 'a'; there are 'n'/,
    ],
    [
      'no names',
      'x,1\n',
      [textInput([], 'a'), numberInput([1], 'int64', 'n')],
      { csvHeader: 'no' },
      /the columns have none; write them into the first row$/,
    ],
    [
      'one column for several values',
      'a,n\nx,1\n',
      [textInput([3], 'a'), numberInput([1], 'int64', 'n')],
      {},
      /one column for the model's input 'a', which takes \(\?, 3\); call 3 columns a_1 to a_3, or/,
    ],
    [
      'text for a number',
      'a,n\nx,1\ny,two\n',
      [textInput([], 'a'), numberInput([1], 'int64', 'n')],
      {},
      /line 3: column 'n' holds 'two', which is no number, but the model's input 'n' takes int64; write a number, or leave the row out$/,
    ],
    [
      'an empty number',
      'a,n\nx,1\n"a\nb",\n',
      [textInput([], 'a'), numberInput([1], 'float32', 'n')],
      {},
      /line 3: column 'n' is empty; fill in a number, or leave the row out$/,
    ],
    ['ragged', 'a,n\nx,1\ny, 2,3\n', [textInput([], 'a')], {}, /line 3: 3 cells, but 2 in the rows before/],
    ['an open quote', 'in\n"x\ny\n', [textInput([])], {}, /line 2: a quoted cell does not end/],
    [
      'a quote that closes early',
      'in\n"x" y\nz\n',
      [textInput([])],
      {},
      /line 2: a cell goes on behind its closing quote/,
    ],
  ])('%s', async (_what, text, inputs, options, message) => {
    const failing = read(await written('refused.csv', text), { ...options, inputs });
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(UserError);
  });

  test('the row that breaks a file is told, wherever it stands', async () => {
    const path = await written('broken.csv', `in;n\n${'a, b;1\n'.repeat(48)}a;b;1\n`);
    await expect(read(path, { inputs: [textInput([])] })).rejects.toThrow(
      /line 50: 3 cells, but 2 in the rows before; .*separator: ";"/,
    );
  });

  test('text that is no UTF-8', async () => {
    const inputs = [textInput([], 'city')];
    const first = city.indexOf('Zürich') + 2;
    await expect(read(join(folder, 'latin1.csv'), { inputs })).rejects.toThrow(
      `latin1.csv, line ${first}: column 'city' holds bytes that are no text in UTF-8; save the file in UTF-8`,
    );
  });

  test('a model of numbers says what it said before', async () => {
    const inputs = [numberInput([2], 'float32', 'in')];
    await expect(read(await written('iris.csv', 'a,b\n1,setosa\n'), { inputs })).rejects.toThrow(
      /line 2: column 'b' holds 'setosa', which is no number; choose the columns that the network takes with --columns, or leave labels out with --label-column$/,
    );
  });
});
