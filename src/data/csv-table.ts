import { Interrupted, UserError } from '../errors.js';
import { printable } from '../printable.js';
import { type ByteSource, readUpTo } from './byte-source.js';
import { allocateValues, isReadable, readCells } from './csv-cells.js';
import type { CsvArray } from './csv-columns.js';
import { type CsvDialect, type CsvRow, cellText, csvRows, latin1, lineAt } from './csv-rows.js';
import type { InputSpec, OpenOptions } from './dataset.js';

/** What is read of a csv file: where its rows begin, and which cells of them. */
export interface CsvTable {
  path: string;
  source: ByteSource;
  dialect: CsvDialect;
  /** Where the rows begin, behind the names of the columns. */
  start: number;
  width: number;
  arrays: readonly CsvArray[];
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
  const { arrays, width } = table;
  const scratch = arrays.map((array) => allocateValues(array, 1));
  for await (const block of csvRows(table.source, table.dialect, table.start, table.path)) {
    if (signal?.aborted) throw new Interrupted();
    if (block.length === 0) continue;
    checkpoints.push({ row: rows, offset: block[0]!.start });
    for (const row of block) {
      if (rows === most) return { rows, checkpoints, offsets: undefined };
      if (row.cells.length !== width || !readCells(arrays, row.cells, scratch, 0)) {
        throw await wrongRow(table, row);
      }
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

async function wrongRow(
  { path, source, dialect, width, arrays, nameOf }: CsvTable,
  row: CsvRow,
): Promise<UserError> {
  // Comments before a row are taken as its own.
  const text = latin1(await readUpTo(source, row.start, row.end - row.start));
  const comments = dialect.verbatim ? 0 : (/^(?:#[^\r\n]*[\r\n]+)*/.exec(text)?.[0].length ?? 0);
  const where = `${path}, line ${await lineAt(source, row.start + comments)}`;
  if (row.cells.length !== width) {
    return new UserError(
      `${where}: ${row.cells.length} cells, but ${width} in the rows before; mend the row (separator: ${JSON.stringify(dialect.delimiter)})`,
    );
  }
  const wrong = arrays.flatMap(({ columns, dtype, input }) =>
    columns
      .filter((column) => !isReadable(row.cells[column]!, dtype))
      .map((column) => ({ column, dtype, input })),
  );
  const { column, dtype, input } = wrong[0]!;
  const found = `${where}: ${nameOf(column)}`;
  if (dtype === 'string') {
    return new UserError(`${found} holds bytes that are no text in UTF-8; save the file in UTF-8`);
  }
  return new UserError(`${found} ${noNumber(cellText(row.cells[column]!), input)}`);
}

/** What is wrong with a cell that should hold a number, and what to do. */
function noNumber(cell: string, input: InputSpec | undefined): string {
  const leave = input ? 'leave the row out' : 'leave the column or the row out';
  if (cell === '') return `is empty; fill in a number, or ${leave}`;
  const holds = `holds '${printable(cell.length > 40 ? `${cell.slice(0, 40)}...` : cell)}'`;
  if (/^(nan|na|n\/a|null|none)$/i.test(cell)) {
    return `${holds}, a missing value; fill in a number, or ${leave}`;
  }
  if (/^[+-]?\d+,\d+$/.test(cell)) {
    return `${holds}, with a decimal comma; write numbers with a decimal point`;
  }
  if (/^[+-]?(inf(inity)?|\d[\d.]*(e[+-]?\d+)?)$/i.test(cell)) {
    return `${holds}, which is beyond the range of float32; leave the row out`;
  }
  const advice = input
    ? `but the model's input '${input.key}' takes ${input.dtype}; write a number, or leave the row out`
    : 'choose the columns that the network takes with --columns, or leave labels out with --label-column';
  return `${holds}, which is no number${input ? ', ' : '; '}${advice}`;
}
