import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { type CsvTable, formatCsvTable, parseCsvTable } from '../../src/writers/csv-table.js';
import { pythonNumber } from '../../src/writers/python-number.js';
import { PACKAGE, packageEpoch, smallEpoch, temporaryFolder, write } from './recordings.js';

const { at, files } = temporaryFolder();
const text = (path: string) => readFileSync(path, 'utf8');

/** Cells as numbers; '' stays. */
function numbers(csv: string): (number | '')[][] {
  return csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(';').map((cell) => (cell === '' ? '' : Number(cell))));
}

describe('csv', () => {
  it('is the file of Python delve: the same columns, saturations to the letter, all else to 1e-10', async () => {
    await write('csv', at('a'), [packageEpoch(0), packageEpoch(1)]);
    const ours = text(at('a.csv'));
    const theirs = text(join(PACKAGE, 'package.csv'));
    const header = theirs.split('\n')[0]!;
    expect(ours.split('\n')[0]).toBe(header);
    const exact = header
      .split(';')
      .flatMap((name, i) => (/saturation|dimensionality|^$/.test(name) ? [i] : []));
    const cells = (csv: string) => csv.split('\n').map((line) => line.split(';'));
    for (const [row, line] of cells(theirs).entries()) {
      for (const column of exact) expect(cells(ours)[row]![column]).toBe(line[column]);
    }
    for (const [row, line] of numbers(theirs).entries()) {
      for (const [column, value] of line.entries()) {
        const own = numbers(ours)[row]![column];
        if (value === '' || own === '') expect(own).toBe(value);
        else expect(Math.abs(own! - value)).toBeLessThanOrEqual(1e-10 * Math.abs(value));
      }
    }
  });

  it('continues the file of Python delve, and replaces it at epoch 0', async () => {
    copyFileSync(join(PACKAGE, 'package.csv'), at('a.csv'));
    const { notes } = await write('csv', at('a'), [{ ...packageEpoch(0), epoch: 2 }]);
    expect(notes).toEqual([]);
    expect(text(at('a.csv')).startsWith(text(join(PACKAGE, 'package.csv')))).toBe(true);
    expect(numbers(text(at('a.csv'))).map(([epoch]) => epoch)).toEqual([0, 1, 2]);
    await write('csv', at('a'), [smallEpoch(0)]);
    expect(text(at('a.csv'))).toBe(';eval-saturation_fc;eval-intrinsic-dimensionality_fc\n0;0.5;1\n');
  });

  it('pads columns that come later, and leaves empty what an epoch lacks', async () => {
    await write('csv', at('a'), [smallEpoch(0, 'fc')]);
    await write('csv', at('a'), [smallEpoch(1, 'other')]);
    expect(text(at('a.csv')).split('\n').slice(1, 3)).toEqual(['0;0.5;1;;', '1;;;0.5;1']);
  });

  it('says when there is nothing to continue, what is missing, and what is replaced', async () => {
    const one = await write('csv', at('a'), [smallEpoch(3)]);
    expect(one.notes).toEqual([
      `${at('a')}.csv: there is no epoch before 3 to continue, so it begins with epoch 3`,
    ]);
    expect(numbers(text(at('a.csv'))).map(([epoch]) => epoch)).toEqual([3]);
    const two = await write('csv', at('a'), [smallEpoch(7), smallEpoch(8)]);
    expect(two.notes).toEqual([`${at('a')}.csv: its last epoch is 3, so epochs 4 to 6 are missing`]);
    const three = await write('csv', at('a'), [smallEpoch(8)]);
    expect(three.notes).toEqual([`${at('a')}.csv: what it held of epoch 8 and later is replaced`]);
    expect(numbers(text(at('a.csv'))).map(([epoch]) => epoch)).toEqual([3, 7, 8]);
  });

  it.each([
    ['a,b\n0,1\n', /its first column has a name/],
    ['', /first column has a name, or it is empty/],
    [';a\nx;1\n', /line 2 starts with 'x'/],
    [';a\n0;1\n1;2;3\n', /line 3 has 2 values for 1 columns/],
    [';"a\n0;1\n', /Quoted field unterminated/],
    [';a\n0;0.8125\n1;0.81', /its last line is cut off/],
    [';a\n0;0.8125\n0;0.75\n', /epoch 0 stands there twice/],
  ])('refuses to continue %j, before the run starts', async (content, message) => {
    writeFileSync(at('a.csv'), content);
    await expect(write('csv', at('a'), [], 1)).rejects.toThrow(message);
    await expect(write('csv', at('a'), [], 1)).rejects.toBeInstanceOf(UserError);
    expect(text(at('a.csv'))).toBe(content);
  });

  it('touches nothing before the first epoch is written', async () => {
    await write('csv', at('new', 'a'), []);
    expect(files()).toEqual([]);
    mkdirSync(at('b.csv'));
    await expect(write('csv', at('b'), [])).rejects.toThrow(/is a folder where a file must be written/);
  });

  it('reads back any table that it formats', () => {
    const cell = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.constant(''));
    const table = fc
      .uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 5 })
      .chain((columns) =>
        fc.record({
          columns: fc.constant(columns),
          rows: fc.uniqueArray(
            fc.record({
              epoch: fc.nat(999),
              cells: fc.array(cell, { minLength: columns.length, maxLength: columns.length }),
            }),
            { selector: ({ epoch }) => epoch },
          ),
        }),
      );
    fc.assert(
      fc.property(table, (made: CsvTable) => {
        expect(parseCsvTable(formatCsvTable(made), 'x')).toEqual(made);
      }),
    );
  });
});

describe('pythonNumber', () => {
  // What Python's repr says.
  it.each([
    [1, '1.0'],
    [-0.5, '-0.5'],
    [0, '0.0'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [1.5e-7, '1.5e-07'],
    [1e16, '1e+16'],
    [123456789012345.6, '123456789012345.6'],
    [9007199254740992, '9007199254740992.0'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [5e-324, '5e-324'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('%d', (value, expected) => expect(pythonNumber(value, false)).toBe(expected));

  it('writes counts as they are', () => expect(pythonNumber(12, true)).toBe('12'));
});
