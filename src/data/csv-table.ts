import { Interrupted, UserError } from '../errors.js';
import { printable } from '../printable.js';
import { type ByteSource, readUpTo } from './byte-source.js';
import { parseCell } from './csv-dialect.js';
import { type CsvDialect, type CsvRow, cellText, csvRows, latin1, lineAt } from './csv-rows.js';
import type { OpenOptions } from './dataset.js';

/** What is read of a csv file: where its rows begin, and which cells of them. */
export interface CsvTable {
  path: string;
  source: ByteSource;
  dialect: CsvDialect;
  /** Where the rows of numbers begin. */
  start: number;
  width: number;
  columns: readonly number[];
  nameOf(column: number): string;
}

/** Where rows stand: one in a thousand or so, or each of them. */
export interface CsvIndex {
  rows: number;
  /** Ascending. */
  checkpoints: { row: number; offset: number }[];
  /** Where row i begins, at i; where the last one ends, behind it. */
  offsets: Float64Array | undefined;
}

/** Goes over the file: counts its rows, and checks every cell that will be read. */
export async function indexRows(
  table: CsvTable,
  { anyOrder = false, limit, signal }: OpenOptions,
): Promise<CsvIndex> {
  const most = anyOrder ? Number.POSITIVE_INFINITY : (limit ?? Number.POSITIVE_INFINITY);
  const checkpoints: CsvIndex['checkpoints'] = [];
  let offsets = new Float64Array(anyOrder ? 1024 : 0);
  let rows = 0;
  const scratch = new Float64Array(table.columns.length);
  for await (const block of csvRows(table.source, table.dialect, table.start, table.path)) {
    if (signal?.aborted) throw new Interrupted();
    if (block.length === 0) continue;
    checkpoints.push({ row: rows, offset: block[0]!.start });
    for (const row of block) {
      if (rows === most) return { rows, checkpoints, offsets: undefined };
      if (!readCells(table, row.cells, scratch, 0)) throw await wrongRow(table, row);
      if (anyOrder) {
        if (rows + 2 > offsets.length) {
          const longer = new Float64Array(2 * offsets.length);
          longer.set(offsets);
          offsets = longer;
        }
        offsets[rows] = row.start;
        offsets[rows + 1] = row.end;
      }
      rows++;
    }
  }
  return { rows, checkpoints, offsets: anyOrder ? offsets.slice(0, rows + 1) : undefined };
}

/** Writes a row's numbers to `target` from `at` on; false if it does not hold them. */
export function readCells(
  { columns, width }: CsvTable,
  cells: readonly string[],
  target: Float32Array | Float64Array,
  at: number,
): boolean {
  if (cells.length !== width) return false;
  for (let i = 0; i < columns.length; i++) {
    const value = parseCell(cells[columns[i]!]!);
    if (!Number.isFinite(Math.fround(value))) return false;
    target[at + i] = value;
  }
  return true;
}

async function wrongRow(
  { path, source, dialect, width, columns, nameOf }: CsvTable,
  row: CsvRow,
): Promise<UserError> {
  // Comments before a row are taken as its own.
  const text = latin1(await readUpTo(source, row.start, row.end - row.start));
  const comments = /^(?:#[^\r\n]*[\r\n]+)*/.exec(text)?.[0].length ?? 0;
  const where = `${path}, line ${await lineAt(source, row.start + comments)}`;
  if (row.cells.length !== width) {
    return new UserError(
      `${where}: ${row.cells.length} cells, but ${width} in the rows before; mend the row (separator: ${JSON.stringify(dialect.delimiter)})`,
    );
  }
  const column = columns.find((each) => !Number.isFinite(Math.fround(parseCell(row.cells[each]!))))!;
  const cell = cellText(row.cells[column]!);
  const found = `${where}: ${nameOf(column)}`;
  if (cell === '')
    return new UserError(`${found} is empty; fill in a number, or leave the column or the row out`);
  const shown = printable(cell.length > 40 ? `${cell.slice(0, 40)}...` : cell);
  if (/^(nan|na|n\/a|null|none)$/i.test(cell)) {
    return new UserError(
      `${found} holds '${shown}', a missing value; fill in a number, or leave the column or the row out`,
    );
  }
  if (/^[+-]?\d+,\d+$/.test(cell)) {
    return new UserError(
      `${found} holds '${shown}', with a decimal comma; write numbers with a decimal point`,
    );
  }
  if (/^[+-]?(inf(inity)?|\d[\d.]*(e[+-]?\d+)?)$/i.test(cell)) {
    return new UserError(
      `${found} holds '${shown}', which is beyond the range of float32; leave the row out`,
    );
  }
  return new UserError(
    `${found} holds '${shown}', which is no number; choose the columns that the network takes with --columns, or leave labels out with --label-column`,
  );
}
