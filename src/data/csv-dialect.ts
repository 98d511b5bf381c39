import { type CsvDialect, cellText, parseRows } from './csv-rows.js';

const DELIMITERS = [',', '\t', ';', '|', ' '] as const;
/** Rows that are looked at. */
const ROWS = 50;

/**
 * How a csv file that begins with `sample` (`whole`: and ends there) is written: the separator that splits its rows into equally many cells, most of which are numbers.
 */
export function detectDialect(sample: string, whole: boolean, delimiter?: string): CsvDialect {
  const newline = sample.includes('\n') || !sample.includes('\r') ? '\n' : '\r';
  if (delimiter !== undefined) return { delimiter, newline };
  let best = { delimiter: ',', score: 0 };
  for (const candidate of DELIMITERS) {
    const score = scoreOf(sample, { delimiter: candidate, newline }, whole);
    if (score > best.score) best = { delimiter: candidate, score };
  }
  return { delimiter: best.delimiter, newline };
}

/** The share of cells that are numbers, decimal commas included, if rows agree in their number of cells; the more cells the better. */
function scoreOf(sample: string, dialect: CsvDialect, whole: boolean): number {
  const parsed = parseRows(sample, dialect, whole).rows;
  const rows = (parsed.length > 0 ? parsed : parseRows(sample, dialect, true).rows).slice(0, ROWS);
  const widths = rows.map(({ cells }) => cells.length);
  const width = widths.at(-1) ?? 0;
  if (width < 2) return 0;
  const agreeing = widths.filter((each) => each === width).length / widths.length;
  const body = rows.length > 1 ? rows.slice(1) : rows;
  const cells = body.flatMap((row) => row.cells);
  const numbers = cells.filter((cell) => !Number.isNaN(parseCell(cell.replace(',', '.')))).length;
  return agreeing * (numbers / cells.length + 0.01) + (width / (width + 1)) * 1e-3;
}

/** The number in a cell, `true` and `false` being 1 and 0; NaN for anything else, infinities and an empty cell included. */
export function parseCell(cell: string): number {
  const value = Number(cell);
  if (value === 0 && cell.trim() === '') return Number.NaN;
  if (Number.isFinite(value)) {
    // JavaScript takes 0x10, 0o7 and 0b1 for numbers; csv files do not hold such.
    return cell.charCodeAt(1) > 57 && /^0[xob]/i.test(cell) ? Number.NaN : value;
  }
  switch (cell.trim().toLowerCase()) {
    case 'true':
      return 1;
    case 'false':
      return 0;
    default:
      return Number.NaN;
  }
}

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
