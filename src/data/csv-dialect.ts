import { type CsvDialect, parseRows } from './csv-rows.js';

const DELIMITERS = [',', '\t', ';', '|', ' '] as const;
/** Rows that are looked at. */
const ROWS = 50;

/**
 * How a csv file that begins with `sample` (`whole`: and ends there) is written: the separator that splits its rows into equally many cells, most of which are numbers,
 * unless they hold text (`verbatim`).
 */
export function detectDialect(
  sample: string,
  whole: boolean,
  { delimiter, verbatim }: { delimiter: string | undefined; verbatim: boolean },
): CsvDialect {
  const newline: CsvDialect['newline'] = sample.includes('\n') || !sample.includes('\r') ? '\n' : '\r';
  if (delimiter !== undefined) return { delimiter, newline, verbatim };
  const score = verbatim ? scoreOfText : scoreOfNumbers;
  let best = { delimiter: ',', score: 0 };
  // Words are no cells.
  for (const candidate of DELIMITERS.filter((each) => !verbatim || each !== ' ')) {
    const dialect = { delimiter: candidate, newline, verbatim };
    const reached = score(rowsOf(sample, dialect, whole));
    if (reached > best.score) best = { delimiter: candidate, score: reached };
  }
  return { delimiter: best.delimiter, newline, verbatim };
}

function rowsOf(sample: string, dialect: CsvDialect, whole: boolean): string[][] {
  const parsed = parseRows(sample, dialect, whole).rows;
  const rows = parsed.length > 0 ? parsed : parseRows(sample, dialect, true).rows;
  return rows.slice(0, ROWS).map(({ cells }) => cells);
}

/** The share of rows that have so many cells. */
function agreement(rows: readonly string[][], width: number): number {
  return rows.filter(({ length }) => length === width).length / rows.length;
}

/** Text that happens to hold a separator is told from rows of cells by how many rows agree. */
function scoreOfText(rows: readonly string[][]): number {
  const widths = new Set(rows.map(({ length }) => length).filter((width) => width > 1));
  const scores = [...widths].map((width) => agreement(rows, width) + (width / (width + 1)) * 1e-3);
  const best = Math.max(0, ...scores);
  return best < 0.9 ? 0 : best;
}

/** The share of cells that are numbers, decimal commas included, if rows agree in their number of cells; the more cells the better. */
function scoreOfNumbers(rows: readonly string[][]): number {
  const width = rows.at(-1)?.length ?? 0;
  if (width < 2) return 0;
  const cells = (rows.length > 1 ? rows.slice(1) : rows).flat();
  const numbers = cells.filter((cell) => !Number.isNaN(parseCell(cell.replace(',', '.')))).length;
  return agreement(rows, width) * (numbers / cells.length + 0.01) + (width / (width + 1)) * 1e-3;
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
