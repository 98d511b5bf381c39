import { parseCell } from './csv-dialect.js';
import { cellText } from './csv-rows.js';

/** Whether the first row holds names. `told` if the file cannot but be taken so; else it is a guess that the user should hear of. */
export function detectHeader(rows: readonly (readonly string[])[]): { header: boolean; told: boolean } {
  const [first = [], ...body] = rows;
  const isNumber = (cell: string) => !Number.isNaN(parseCell(cell));
  // A column of numbers under a cell that is none, or nothing but text: names. pandas gives its index an empty one.
  const isName = (cell: string, column: number) => !isNumber(cell) && (cell.trim() !== '' || column === 0);
  const overNumbers = first.some(
    (cell, column) =>
      isName(cell, column) && body.length > 0 && body.every((row) => isNumber(row[column] ?? '')),
  );
  if (overNumbers || first.every((cell) => !isNumber(cell))) return { header: true, told: true };
  if (first.every((cell) => cellText(cell) !== '' && isNumber(cell))) {
    // pandas numbers columns that have no names.
    const counted = first.length > 7 && first.every((cell, i) => Number(cell) === i);
    return { header: counted, told: !counted };
  }
  const numbered = first[0]?.trim() === '' && first.slice(1).every((cell, i) => Number(cell) === i);
  return { header: numbered && first.length > 1, told: numbered };
}

/** The longest names of columns: what is longer, or has more words, is text. */
const LONGEST_NAME = { characters: 64, words: 5 };

/**
 * The same for rows that hold text, where letters do not make names.
 * @param known names that a column may be expected to have
 */
export function detectHeaderOfText(
  rows: readonly (readonly string[])[],
  known: readonly string[],
): { header: boolean; told: boolean } {
  const names = (rows[0] ?? []).map(cellText);
  const body = rows.slice(1);
  const isNumber = (cell: string | undefined) => !Number.isNaN(parseCell(cell ?? ''));
  if (known.some((name) => !isNumber(name) && names.includes(name))) return { header: true, told: true };
  const columns = body.length > 0 ? [...names.keys()] : [];
  const numeric = columns.filter((column) => body.every((row) => isNumber(row[column])));
  if (numeric.length > 0) return { header: !numeric.some((column) => isNumber(names[column])), told: true };
  const isName = (name: string, column: number) =>
    name !== '' &&
    !body.some((row) => cellText(row[column] ?? '') === name) &&
    !isNumber(name) &&
    !/[\r\n]/.test(name) &&
    name.length <= LONGEST_NAME.characters &&
    name.split(/\s+/).length <= LONGEST_NAME.words;
  const header = body.length > 0 && names.every(isName) && new Set(names).size === names.length;
  return { header, told: false };
}
