import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { InputSpec, OpenOptions } from '../../src/data/dataset.js';
import { UserError } from '../../src/errors.js';
import { goldens, numberInput, read, textInput, texts } from './text-fixtures.js';

const folder = join(texts, 'parquet');
const { review, city, tags, rooms, size } = goldens.columns;

describe('columns of text', () => {
  test.each(['mixed.parquet', 'pandas.parquet', 'plain.parquet'])('%s, by name', async (file) => {
    const inputs = [
      textInput([], 'city'),
      numberInput([1], 'float32', 'size'),
      textInput([1], 'review'),
      numberInput([1], 'int64', 'rooms'),
    ];
    const { values, arrays, notes } = await read(join(folder, file), { inputs });
    expect(values.get('city')).toEqual(city);
    expect(values.get('review')).toEqual(review);
    expect(values.get('rooms')).toEqual(rooms);
    expect(values.get('size')!.map((value) => Math.fround(Number(value)))).toEqual(size.map(Math.fround));
    expect(arrays.map(({ sampleShape }) => sampleShape)).toEqual([[], [1], [1], [1]]);
    expect(notes).toEqual([]);
  });

  test.each<[string, InputSpec, OpenOptions, string[]]>([
    ['enum.parquet', textInput([]), {}, review],
    ['large.parquet', textInput([1]), {}, review],
    ['binary.parquet', textInput([]), {}, review],
    ['mixed.parquet', textInput([]), { columns: ['city'] }, city],
    ['mixed.parquet', textInput([]), { labelColumn: 'city' }, review],
    ['lists.parquet', textInput([3]), {}, tags.flat()],
    ['lists.parquet', textInput([null]), {}, tags.flat()],
    ['lists.parquet', textInput([1]), {}, city],
    ['lists.parquet', textInput([3]), { columns: ['tags'] }, tags.flat()],
    ['fixed.parquet', textInput([3]), {}, tags.flat()],
    ['three.parquet', textInput([3]), {}, tags.flat()],
    ['three.parquet', textInput(undefined), {}, tags.flat()],
  ])('%s %o %o', async (file, input, options, expected) => {
    const { values, arrays } = await read(join(folder, file), { ...options, inputs: [input] });
    expect(values.get(undefined)).toEqual(expected);
    expect(arrays[0]!.dtype).toBe('string');
  });

  test('by the names of inputs, lists and numbered columns', async () => {
    const inputs = [textInput([3], 'tags'), textInput([], 'city')];
    expect((await read(join(folder, 'lists.parquet'), { inputs })).values.get('tags')).toEqual(tags.flat());
    const numbered = [textInput([3], 'tag'), numberInput([], 'int64', 'rooms')];
    const { values } = await read(join(folder, 'three.parquet'), { inputs: numbered });
    expect(values.get('tag')).toEqual(tags.flat());
  });

  test('a note says what is left out', async () => {
    const { notes, path } = await read(join(folder, 'binary.parquet'), { inputs: [textInput([])] });
    expect(notes).toEqual([`${path}: the input is review; rooms is left out (--columns chooses others)`]);
  });
});

describe('what is refused, in a sentence', () => {
  const two = (b: InputSpec) => [textInput([], 'city'), b];

  test.each<[string, InputSpec[], OpenOptions, RegExp]>([
    [
      'mixed.parquet',
      [textInput([])],
      {},
      /input 'in' takes one column of text, but there are 2: 'review', 'city'; choose with --columns$/,
    ],
    ['null.parquet', [textInput([])], {}, /row 17 \(from 0\): column 'review' is empty \(null\)/],
    ['null-list.parquet', [textInput([3])], {}, /row 17 \(from 0\): column 'tags' is empty \(null\)/],
    [
      'latin1.parquet',
      [textInput([])],
      {},
      /row 17 \(from 0\): column 'review' holds bytes that are no text in UTF-8/,
    ],
    ['three.parquet', [textInput([4])], {}, /takes 4 columns of text, but there are 3: .* as many$/],
    [
      'lists.parquet',
      [textInput([3])],
      { columns: ['tags', 'city'] },
      /takes 3 columns of text, but --columns names 2$/,
    ],
    [
      'mixed.parquet',
      two(textInput([], 'town')),
      {},
      /none for 'town'; there are 'review', 'city', 'rooms', 'size'/,
    ],
    [
      'mixed.parquet',
      two(numberInput([], 'float32', 'review')),
      {},
      /the column 'review' holds text, but the model's input 'review' takes float32; give a file/,
    ],
    [
      'mixed.parquet',
      [numberInput([1], 'float32', 'in')],
      { columns: ['city'] },
      /holds text, but .* takes float32; choose others with --columns$/,
    ],
  ])('%s %o %o', async (file, inputs, options, message) => {
    const failing = read(join(folder, file), { ...options, inputs });
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(UserError);
  });

  test('images beside other inputs', async () => {
    const inputs = two(numberInput([], 'uint8', 'review'));
    await expect(
      read(join(folder, 'binary.parquet'), { inputs: [numberInput([], 'int64', 'rooms'), inputs[1]!] }),
    ).rejects.toThrow(
      /the column 'review' holds images, which are read for a model's only input; save an \.npz/,
    );
  });
});
