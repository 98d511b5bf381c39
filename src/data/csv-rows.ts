import Papa from 'papaparse';
import { UserError } from '../errors.js';
import { type ByteSource, readUpTo } from './byte-source.js';

/** How a csv file is written. */
export interface CsvDialect {
  delimiter: string;
  newline: '\n' | '\r';
  /** Cells hold text: `#` begins no comment, white space is a part of it, and quotes have to be right. */
  verbatim: boolean;
}

/** A row of a csv file and where its bytes stand. Cells are bytes taken as Latin-1, so that a character is a byte. */
export interface CsvRow {
  cells: string[];
  start: number;
  end: number;
}

const CHUNK_BYTES = 1 << 20;
/** A row is not longer than this: one that seems to be has a quote that is never closed. */
const LONGEST_ROW = 64 << 20;

/**
 * The rows from byte `from` on, as many at a time as a piece of the file holds. Empty rows and comments (`#`) are
 * left out. Throws UserError, naming `where`, for quotes that do not end.
 */
export async function* csvRows(
  source: ByteSource,
  dialect: CsvDialect,
  from: number,
  where: string,
): AsyncGenerator<CsvRow[]> {
  let position = from;
  let rest = '';
  while (position < source.size) {
    const bytes = await readUpTo(source, position, CHUNK_BYTES);
    position += bytes.length;
    const last = position >= source.size;
    const text = rest + latin1(bytes);
    const start = position - text.length;
    const { rows, consumed } = parseRows(text, dialect, last);
    for (const row of rows) {
      row.start += start;
      row.end += start;
      if (row.wrongQuotes) throw await quotesError(source, row.start, where, row.wrongQuotes);
    }
    rest = text.slice(consumed);
    if (rest.length > LONGEST_ROW) throw await quotesError(source, position - rest.length, where, 'open');
    yield rows;
  }
}

/** The cells of one row, of which `text` is all. */
export function csvCells(text: string, dialect: CsvDialect): string[] {
  return parseRows(text, dialect, true).rows[0]?.cells ?? [];
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** What stands in a cell, for people. */
export function cellText(cell: string): string {
  return Buffer.from(cell, 'latin1').toString('utf8').trim();
}

interface ParsedRow extends CsvRow {
  /** A quote that is never closed, or one that is closed before the cell ends. */
  wrongQuotes: 'open' | 'early' | undefined;
}

/** The rows of a piece of a file, without the last one unless the file ends there: it may go on. */
export function parseRows(
  text: string,
  { delimiter, newline, verbatim }: CsvDialect,
  last: boolean,
): { rows: ParsedRow[]; consumed: number } {
  const rows: ParsedRow[] = [];
  let consumed = 0;
  const parser = new Papa.Parser({
    delimiter,
    newline,
    comments: verbatim ? false : '#',
    step: ({ data, errors, meta }: Papa.ParseResult<string[]>) => {
      const raw = () => text.slice(consumed, meta.cursor);
      const cells = delimiter === ' ' ? data[0]!.filter((cell) => cell.trim() !== '') : data[0]!;
      if (verbatim) dropReturn(cells, raw);
      if (cells.length > 1 || !isBlank(cells[0] ?? '', verbatim, raw)) {
        const codes = errors.map(({ code }) => code);
        const early = verbatim && codes.includes('InvalidQuotes');
        const wrongQuotes = early ? 'early' : codes.includes('MissingQuotes') ? 'open' : undefined;
        rows.push({ cells, start: consumed, end: meta.cursor, wrongQuotes });
      }
      consumed = meta.cursor;
    },
  });
  parser.parse(text, 0, !last);
  return { rows, consumed };
}

/** A row of one empty cell is none, unless quotes say that the cell is there. */
function isBlank(cell: string, verbatim: boolean, raw: () => string): boolean {
  return (verbatim ? cell : cell.trim()) === '' && !raw().includes('"');
}

/** The return of a line that ends with return and feed stands in its last cell, if that has no quotes. */
function dropReturn(cells: string[], raw: () => string): void {
  const cell = cells.at(-1);
  if (!cell?.endsWith('\r')) return;
  const row = raw();
  if (row.endsWith('\r\n') && !row.endsWith('\r"\r\n')) cells[cells.length - 1] = cell.slice(0, -1);
}

const QUOTES = {
  open: 'a quoted cell does not end; close the quote, or write quotes within cells twice',
  early: 'a cell goes on behind its closing quote; write quotes within cells twice',
};

async function quotesError(
  source: ByteSource,
  offset: number,
  where: string,
  wrong: keyof typeof QUOTES,
): Promise<UserError> {
  return new UserError(`${where}, line ${await lineAt(source, offset)}: ${QUOTES[wrong]}`);
}

/** The number of the line, from 1, that the byte at `offset` is on. */
export async function lineAt(source: ByteSource, offset: number): Promise<number> {
  let feeds = 0;
  let returns = 0;
  for (let at = 0; at < offset; at += CHUNK_BYTES) {
    for (const byte of await readUpTo(source, at, Math.min(CHUNK_BYTES, offset - at))) {
      if (byte === 10) feeds++;
      else if (byte === 13) returns++;
    }
  }
  return (feeds === 0 ? returns : feeds) + 1;
}
