import { UserError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { readUpTo } from './byte-source.js';
import { allocateValues, type CsvValues, readCells } from './csv-cells.js';
import { type CsvRow, csvCells, csvRows, latin1 } from './csv-rows.js';
import type { CsvIndex, CsvTable } from './csv-table.js';

/** Reads rows of a csv file that has been gone over. */
export class CsvReader {
  /** The rows that come next, if reading goes on where it stopped. */
  #stream: { rows: AsyncGenerator<CsvRow[]>; block: CsvRow[]; at: number; next: number } | undefined;

  constructor(
    private readonly table: CsvTable,
    private readonly index: CsvIndex,
  ) {}

  async read(start: number, end: number): Promise<Tensor[]> {
    const values = this.#allocate(end - start);
    for (let row = start; row < end; row++) this.#place(await this.#row(row), values, row - start);
    return this.#tensors(values, end - start);
  }

  async readAt(samples: ArrayLike<number>): Promise<Tensor[]> {
    const { source, dialect } = this.table;
    const offsets = this.index.offsets!;
    const values = this.#allocate(samples.length);
    const work = Array.from(samples, async (row, place) => {
      const text = latin1(await readUpTo(source, offsets[row]!, offsets[row + 1]! - offsets[row]!));
      // What stands between two rows, empty lines and comments, belongs to the first.
      this.#place(csvCells(text, dialect), values, place);
    });
    await Promise.all(work);
    return this.#tensors(values, samples.length);
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

  #allocate(rows: number): CsvValues[] {
    return this.table.arrays.map((array) => allocateValues(array, rows));
  }

  #place(cells: readonly string[], values: readonly CsvValues[], place: number): void {
    const { width, arrays } = this.table;
    if (cells.length !== width || !readCells(arrays, cells, values, place)) throw this.#changed();
  }

  #tensors(values: readonly CsvValues[], rows: number): Tensor[] {
    return this.table.arrays.map(({ dtype, sampleShape }, i) => ({
      dtype,
      shape: [rows, ...sampleShape],
      data: values[i]!,
    }));
  }

  #changed(): UserError {
    return new UserError(`${this.table.path}: the file changed while it was read`);
  }
}
