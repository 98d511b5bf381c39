import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { type ResultTable, reconstructCsvFromNpyData, UserError } from '../../src/index.js';
import { temporaryFolder } from '../writers/recordings.js';

const { at, files } = temporaryFolder();
const PACKAGE = 'fixtures/dump/package';

function numbersOf(csv: string): ResultTable {
  const [header, ...rows] = Papa.parse<string[]>(csv.trim(), { delimiter: ';' }).data;
  const number = (cell: string | undefined) =>
    cell === '' || cell === undefined ? Number.NaN : Number(cell);
  return {
    epochs: rows.map(([epoch]) => Number(epoch)),
    columns: header!.slice(1).map((name, i) => ({ name, values: rows.map((row) => number(row[i + 1])) })),
  };
}

describe('reconstructCsvFromNpyData', () => {
  it('is the csv that the package wrote beside its dump, as numbers', async () => {
    const table = await reconstructCsvFromNpyData(PACKAGE);
    expect(table).toEqual(numbersOf(readFileSync('fixtures/dump/package.csv', 'utf8')));
    expect(files()).toEqual([]);
  });

  it('writes it where it is told to', async () => {
    await reconstructCsvFromNpyData(PACKAGE, { savefile: at('again.csv') });
    expect(readFileSync(at('again.csv'), 'utf8')).toBe(readFileSync('fixtures/dump/package.csv', 'utf8'));
  });

  it('computes for another threshold, and names columns as the package does if asked', async () => {
    // The dump was recorded at 0.9: computed from its covariances at 0.9, its statistics are the stored ones.
    const notes: string[] = [];
    const note = (message: string) => notes.push(message);
    const stored = await reconstructCsvFromNpyData(PACKAGE);
    const again = await reconstructCsvFromNpyData(PACKAGE, { thresh: 0.9, stats: ['sat', 'idim'], note });
    const layers = ({ columns }: ResultTable) => columns.filter(({ name }) => !name.startsWith('average'));
    expect(layers(again)).toEqual(layers(stored));
    const low = await reconstructCsvFromNpyData(PACKAGE, { thresh: 0.5, pythonNames: true, note });
    const fc = low.columns.find(({ name }) => name === '_train-intrinsic-dimensionality_fc');
    expect(fc?.values).toEqual([1, 1]);
    expect(notes).toEqual([]);
  });

  it('tells of statistics that are not stored', async () => {
    const notes: string[] = [];
    await reconstructCsvFromNpyData(PACKAGE, {
      stats: ['lsat', 'pr'],
      note: (message) => notes.push(message),
    });
    expect(notes).toEqual([
      `${PACKAGE} holds no participation-ratio; with --threshold it is computed from covariances`,
    ]);
  });

  it.each([
    ['nowhere', {}, /nowhere/],
    [PACKAGE, { stats: ['satt'] }, /^stats: there is no statistic 'satt'/],
    [PACKAGE, { thresh: 99 }, /thresh is 99/],
    [PACKAGE, { savefile: '/proc/none/x.csv' }, /savefile/],
  ])('refuses %s with %j', async (path, options, message) => {
    await expect(reconstructCsvFromNpyData(path, options)).rejects.toThrow(message);
    await expect(reconstructCsvFromNpyData(path, options)).rejects.toThrow(UserError);
  });
});
