import type { CsvArray } from './csv-columns.js';
import { parseCell } from './csv-dialect.js';
import { decodeUtf8 } from './utf8.js';

/** What the cells of an array's columns become. */
export type CsvValues = Float32Array | Float64Array | string[];

export function allocateValues({ dtype, columns }: CsvArray, rows: number): CsvValues {
  const length = rows * columns.length;
  if (dtype === 'string') return new Array<string>(length).fill('');
  return dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);
}

/** Writes what a row holds of every array to its place among `rows` of them; false if it does not hold that. */
export function readCells(
  arrays: readonly CsvArray[],
  cells: readonly string[],
  values: readonly CsvValues[],
  row: number,
): boolean {
  for (let a = 0; a < arrays.length; a++) {
    const { columns } = arrays[a]!;
    const target = values[a]!;
    for (let i = 0, at = row * columns.length; i < columns.length; i++, at++) {
      const cell = cells[columns[i]!]!;
      if (Array.isArray(target)) {
        const text = textOf(cell);
        if (text === undefined) return false;
        target[at] = text;
      } else {
        const value = parseCell(cell);
        if (!Number.isFinite(Math.fround(value))) return false;
        target[at] = value;
      }
    }
  }
  return true;
}

/** Whether a cell holds what an array of the type takes. */
export function isReadable(cell: string, dtype: CsvArray['dtype']): boolean {
  return dtype === 'string' ? textOf(cell) !== undefined : Number.isFinite(Math.fround(parseCell(cell)));
}

/** The text of a cell; undefined if its bytes are no UTF-8. */
function textOf(cell: string): string | undefined {
  return /[\u0080-\u00ff]/.test(cell) ? decodeUtf8(Buffer.from(cell, 'latin1')) : cell;
}
