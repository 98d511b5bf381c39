import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { printable } from '../printable.js';
import type { Tensor } from '../tensor.js';
import { type ByteSource, openFile, readUpTo } from './byte-source.js';
import { findColumns, findLabelColumn } from './columns.js';
import { detectDialect, detectHeader } from './csv-dialect.js';
import { type CsvDialect, type CsvRow, cellText, csvCells, csvRows, latin1 } from './csv-rows.js';
import { type CsvIndex, type CsvTable, indexRows, readCells } from './csv-table.js';
import type { Dataset, DatasetReader, OpenOptions } from './dataset.js';
import { refuseOneTooMany } from './surplus-column.js';

const SAMPLE_BYTES = 1 << 20;

/** Rows of numbers with a separator between them. The file is gone over twice, first to count and check its rows. */
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
  const dialect = detectDialect(sample, whole, delimiter);
  const first = await firstRows(source, dialect, bom, path);
  if (first.length === 0) throw new UserError(`${path} holds no rows`);
  const notes: string[] = [];
  const header = hasHeader(path, first, options, notes);
  const names = header ? first[0]!.cells.map(cellText) : first[0]!.cells.map(() => '');
  const columns = chosenColumns(path, names, first.slice(header ? 1 : 0), options);
  refuseOneTooMany(
    path,
    columns.map((column) => ({ name: names[column]!, number: column + 1 })),
    options,
  );
  const table: CsvTable = {
    path,
    source,
    dialect,
    start: header ? first[0]!.end : bom,
    width: names.length,
    columns,
    nameOf: (column) => (names[column] ? `column '${printable(names[column])}'` : `column ${column + 1}`),
  };
  const index = await indexRows(table, options);
  if (index.rows === 0)
    throw new UserError(`${path} holds no rows${header ? ' below the names of its columns' : ''}`);
  const wide = options.inputs?.some(({ dtype }) => !/^b?float(16|32)$/.test(dtype)) ?? false;
  const reader = new CsvReader(table, index, wide ? 'float64' : 'float32');
  const label = options.labelColumn;
  return {
    path,
    samples: index.rows,
    arrays: [{ key: undefined, dtype: reader.dtype, sampleShape: [columns.length] }],
    notes,
    details: {
      columns: header ? columns.map((column) => names[column]!) : columns.map((column) => column + 1),
      ...(label !== undefined && { labelColumn: label }),
    },
    read: async (start, end) => [await reader.read(start, end)],
    ...(index.offsets && { readAt: async (samples) => [await reader.readAt(samples)] }),
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
  { csvHeader }: OpenOptions,
  notes: string[],
): boolean {
  if (csvHeader !== undefined) return csvHeader === 'yes';
  const { header, told } = detectHeader(rows.map(({ cells }) => cells));
  if (!told) {
    notes.push(
      `${path}: the first row is taken ${header ? 'to hold the names of the columns' : 'as data'}; --csv-header ${header ? 'no' : 'yes'} if it ${header ? 'is data' : 'holds names'}`,
    );
  }
  return header;
}

function chosenColumns(
  path: string,
  names: readonly string[],
  rows: readonly CsvRow[],
  { columns: requests, labelColumn }: OpenOptions,
): number[] {
  const label = labelColumn === undefined ? undefined : findLabelColumn(names, labelColumn, path);
  if (requests) {
    const columns = findColumns(names, requests, path).filter((column) => column !== label);
    if (columns.length === 0)
      throw new UserError(
        `${path}: --columns leaves nothing but the labels; name columns that hold the input`,
      );
    return columns;
  }
  const last = names.length - 1;
  // A separator at the end of every row makes an empty column.
  const open = last > 0 && names[last] === '' && rows.every(({ cells }) => (cells[last] ?? '').trim() === '');
  const columns = [...names.keys()].filter((column) => column !== label && !(open && column === last));
  if (columns.length === 0) throw new UserError(`${path} holds nothing but the labels`);
  return columns;
}

class CsvReader {
  /** The rows that come next, if reading goes on where it stopped. */
  #stream: { rows: AsyncGenerator<CsvRow[]>; block: CsvRow[]; at: number; next: number } | undefined;

  constructor(
    private readonly table: CsvTable,
    private readonly index: CsvIndex,
    readonly dtype: 'float32' | 'float64',
  ) {}

  async read(start: number, end: number): Promise<Tensor> {
    const data = this.#allocate(end - start);
    for (let row = start; row < end; row++) this.#place(await this.#row(row), data, row - start);
    return this.#tensor(data);
  }

  async readAt(samples: ArrayLike<number>): Promise<Tensor> {
    const { source, dialect } = this.table;
    const offsets = this.index.offsets!;
    const data = this.#allocate(samples.length);
    const work = Array.from(samples, async (row, place) => {
      const text = latin1(await readUpTo(source, offsets[row]!, offsets[row + 1]! - offsets[row]!));
      // What stands between two rows, empty lines and comments, belongs to the first.
      this.#place(csvCells(text, dialect), data, place);
    });
    await Promise.all(work);
    return this.#tensor(data);
  }

  async #row(row: number): Promise<readonly string[]> {
    if (this.#stream?.next !== row) await this.#seek(row);
    const stream = this.#stream!;
    while (stream.at === stream.block.length) {
      const { value, done } = await stream.rows.next();
      if (done) throw this.#changed();
      stream.block = value;
      stream.at = 0;
    }
    stream.next++;
    return stream.block[stream.at++]!.cells;
  }

  async #seek(row: number): Promise<void> {
    const { source, dialect, path } = this.table;
    const { row: next, offset } = this.index.checkpoints.findLast((each) => each.row <= row)!;
    await this.#stream?.rows.return(undefined);
    this.#stream = { rows: csvRows(source, dialect, offset, path), block: [], at: 0, next };
    while (this.#stream.next < row) await this.#row(this.#stream.next);
  }

  #allocate(rows: number): Float32Array | Float64Array {
    const elements = rows * this.table.columns.length;
    return this.dtype === 'float32' ? new Float32Array(elements) : new Float64Array(elements);
  }

  #place(cells: readonly string[], data: Float32Array | Float64Array, place: number): void {
    if (!readCells(this.table, cells, data, place * this.table.columns.length)) throw this.#changed();
  }

  #tensor(data: Float32Array | Float64Array): Tensor {
    const { length } = this.table.columns;
    return { dtype: this.dtype, shape: [data.length / length, length], data };
  }

  #changed(): UserError {
    return new UserError(`${this.table.path}: the file changed while it was read`);
  }
}
