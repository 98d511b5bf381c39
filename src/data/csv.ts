import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { printable } from '../printable.js';
import { type ByteSource, openFile, readUpTo } from './byte-source.js';
import { leftOut } from './columns.js';
import { chooseCsvColumns } from './csv-columns.js';
import { detectDialect } from './csv-dialect.js';
import { detectHeader, detectHeaderOfText } from './csv-header.js';
import { CsvReader } from './csv-reader.js';
import { type CsvDialect, type CsvRow, cellText, csvRows, latin1 } from './csv-rows.js';
import { type CsvTable, indexRows } from './csv-table.js';
import type { Dataset, DatasetReader, OpenOptions } from './dataset.js';

const SAMPLE_BYTES = 1 << 20;

/** Rows of numbers, and of text for models that take it, with a separator between them. The file is gone over twice, first to count and check its rows. */
export const csvReader: DatasetReader = {
  name: 'csv',
  extensions: ['.csv', '.tsv'],
  options: ['columns', 'labelColumn', 'csvHeader'],
  async open(path, options) {
    const source = await openFile(path);
    try {
      return await openCsv(path, source, options);
    } catch (error) {
      await source.close();
      throw error;
    }
  },
};

async function openCsv(path: string, source: ByteSource, options: OpenOptions): Promise<Dataset> {
  const head = await readUpTo(source, 0, SAMPLE_BYTES);
  refuseOthers(path, head);
  const bom = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const sample = latin1(head).slice(bom);
  const whole = head.length === source.size;
  const delimiter = extname(path).toLowerCase() === '.tsv' ? '\t' : undefined;
  const verbatim = options.inputs?.some(({ dtype }) => dtype === 'string') ?? false;
  const dialect = detectDialect(sample, whole, { delimiter, verbatim });
  const first = await firstRows(source, dialect, bom, path);
  if (first.length === 0) throw new UserError(`${path} holds no rows`);
  const notes: string[] = [];
  const header = hasHeader(path, first, options, notes);
  const names = header ? first[0]!.cells.map(cellText) : first[0]!.cells.map(() => '');
  const rows = first.slice(header ? 1 : 0).map(({ cells }) => cells);
  const { arrays, left } = chooseCsvColumns({ path, names, rows }, options);
  const table: CsvTable = {
    path,
    source,
    dialect,
    start: header ? first[0]!.end : bom,
    width: names.length,
    arrays,
    nameOf: (column) => (names[column] ? `column '${printable(names[column])}'` : `column ${column + 1}`),
  };
  const index = await indexRows(table, options);
  if (index.rows === 0)
    throw new UserError(`${path} holds no rows${header ? ' below the names of its columns' : ''}`);
  const reader = new CsvReader(table, index);
  const named = (columns: readonly number[]) =>
    columns.map((column) => (header ? names[column]! : column + 1));
  const read = named(arrays.flatMap(({ columns }) => columns));
  if (left.length > 0) notes.push(leftOut(path, read, named(left)));
  const label = options.labelColumn;
  return {
    path,
    samples: index.rows,
    arrays: arrays.map(({ input, dtype, sampleShape }) => ({ key: input?.key, dtype, sampleShape })),
    notes,
    details: { columns: read, ...(label !== undefined && { labelColumn: label }) },
    read: (start, end) => reader.read(start, end),
    ...(index.offsets && { readAt: (samples) => reader.readAt(samples) }),
    close: () => source.close(),
  };
}

function refuseOthers(path: string, head: Uint8Array): void {
  const [a, b] = head;
  if (a === undefined) throw new UserError(`${path}: the file is empty`);
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new UserError(`${path} is written in UTF-16; save it as UTF-8`);
  }
  if (a === 0x50 && b === 0x4b) {
    throw new UserError(
      `${path} is a zip archive or an Excel workbook, not a csv file; save the sheet as csv`,
    );
  }
  if (a === 0x1f && b === 0x8b) throw new UserError(`${path} is packed by gzip; unpack it first: gunzip`);
  if (head.includes(0)) throw new UserError(`${path} is no text, so not a csv file; export the data as csv`);
}

async function firstRows(
  source: ByteSource,
  dialect: CsvDialect,
  from: number,
  path: string,
): Promise<CsvRow[]> {
  for await (const rows of csvRows(source, dialect, from, path))
    if (rows.length > 0) return rows.slice(0, 100);
  return [];
}

function hasHeader(
  path: string,
  rows: readonly CsvRow[],
  { csvHeader, inputs = [], columns = [], labelColumn }: OpenOptions,
  notes: string[],
): boolean {
  if (csvHeader !== undefined) return csvHeader === 'yes';
  const cells = rows.map((row) => row.cells);
  const known = [...inputs.map(({ key }) => key), ...columns, labelColumn ?? ''].filter(
    (name) => name !== '',
  );
  const isText = inputs.some(({ dtype }) => dtype === 'string');
  const { header, told } = isText ? detectHeaderOfText(cells, known) : detectHeader(cells);
  if (!told) {
    notes.push(
      `${path}: the first row is taken ${header ? 'to hold the names of the columns' : 'as data'}; --csv-header ${header ? 'no' : 'yes'} if it ${header ? 'is data' : 'holds names'}`,
    );
  }
  return header;
}
