import type { DecodedArray, FileMetaData } from 'hyparquet';
import { UserError } from '../errors.js';
import { sizeOf, type Tensor } from '../tensor.js';
import type { ByteSource } from './byte-source.js';
import type { ParquetChoice, ParquetColumn } from './parquet-columns.js';
import {
  allocateValues,
  fillList,
  listShape,
  setValue,
  textFromBytes,
  type Values,
} from './parquet-values.js';

/** The narrowest type that all columns fit. */
export function elementOf(columns: readonly ParquetColumn[]): ParquetColumn['element'] {
  const [first, ...others] = new Set(columns.map(({ element }) => element));
  if (others.length === 0) return first ?? 'float32';
  return [first, ...others].includes('float64') ? 'float64' : 'float32';
}

/** More numbers or bytes than these, a row group is not decoded: it takes several times as much memory. */
const MOST_VALUES = 2 ** 27;
const MOST_BYTES = 2 ** 31;

/** The values of a row group, column by column in the order chosen. */
interface GroupValues {
  columns: DecodedArray[];
}

/** The row groups of a file. Those last asked for are kept. */
export class RowGroups {
  readonly samples: number;
  /** First rows of the groups that have any. */
  readonly starts: number[] = [];
  readonly #kept = new Map<number, Promise<GroupValues>>();
  readonly #arrays: ParquetChoice['arrays'];
  readonly #names: string[];

  constructor(
    private readonly path: string,
    private readonly source: ByteSource,
    private readonly metadata: FileMetaData,
    { arrays }: ParquetChoice,
  ) {
    this.#arrays = arrays;
    this.#names = arrays.flatMap(({ columns }) => columns.map(({ name }) => name));
    let row = 0;
    for (const group of metadata.row_groups) {
      if (group.num_rows > 0n) this.starts.push(row);
      row += Number(group.num_rows);
    }
    this.samples = row;
  }

  place(sample: number): { group: number; row: number } {
    const group = this.starts.findLastIndex((start) => start <= sample);
    return { group, row: sample - this.starts[group]! };
  }

  values(group: number): Promise<GroupValues> {
    const kept = this.#kept.get(group);
    if (kept) return kept;
    // A batch may end in one group and begin in another.
    for (const old of [...this.#kept.keys()].slice(0, -1)) this.#kept.delete(old);
    const values = this.#decode(group);
    this.#kept.set(group, values);
    return values;
  }

  async #decode(group: number): Promise<GroupValues> {
    const rowStart = this.starts[group]!;
    const rowEnd = this.starts[group + 1] ?? this.samples;
    this.#refuseLarge(rowStart);
    const [{ parquetScan }, { compressors }] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
    ]);
    return reading(this.path, async () => {
      const scan = await parquetScan({
        file: asyncBuffer(this.source),
        metadata: this.metadata,
        columns: this.#names,
        compressors,
        utf8: false,
        parsers: { stringFromBytes: textFromBytes, jsonFromBytes: textFromBytes },
        geoparquet: false,
      });
      const columns: DecodedArray[] = [];
      for (const column of this.#names) {
        const values = await scan.readColumn({ column, rowStart, rowEnd });
        if (values.length !== rowEnd - rowStart)
          throw new Error(`column ${column}: ${values.length} of ${rowEnd - rowStart} rows`);
        columns.push(values);
      }
      return { columns };
    });
  }

  #refuseLarge(rowStart: number): void {
    let row = 0;
    for (const { num_rows, columns } of this.metadata.row_groups) {
      if (row === rowStart && num_rows > 0n) {
        const own = columns.flatMap(({ meta_data }) =>
          meta_data && this.#names.includes(meta_data.path_in_schema[0]!) ? [meta_data] : [],
        );
        const values = own.reduce((sum, column) => sum + Number(column.num_values), 0);
        const bytes = own.reduce((sum, column) => sum + Number(column.total_uncompressed_size), 0);
        if (values <= MOST_VALUES && bytes <= MOST_BYTES) return;
        throw new UserError(
          `${this.path}: a row group holds ${values} values in ${bytes} bytes, and row groups are read whole; write smaller ones: df.to_parquet(path, row_group_size=${Math.max(1, Math.floor((Number(num_rows) * 2 ** 24) / values))})`,
        );
      }
      row += Number(num_rows);
    }
  }

  /** Shapes of a sample, array by array, as the first row has them. */
  async sampleShapes(): Promise<(readonly number[])[]> {
    const { columns } = await this.values(0);
    let next = 0;
    return this.#arrays.map((array) => {
      const own = columns.slice(next, next + array.columns.length);
      next += array.columns.length;
      return array.sampleShape ?? listShape(own[0]![0]);
    });
  }

  async read(start: number, end: number, shapes: readonly (readonly number[])[]): Promise<Tensor[]> {
    const arrays = this.#arrays.map(({ columns }, i) => {
      const dtype = elementOf(columns);
      const shape = [end - start, ...shapes[i]!];
      return { dtype, shape, data: allocateValues(dtype, sizeOf(shape)) };
    });
    for (let sample = start; sample < end; ) {
      const { group, row } = this.place(sample);
      const { columns } = await this.values(group);
      const rows = Math.min(end - sample, columns[0]!.length - row);
      this.#copy(columns, row, rows, arrays, sample - start, sample);
      sample += rows;
    }
    return arrays;
  }

  #copy(
    columns: readonly DecodedArray[],
    row: number,
    rows: number,
    arrays: readonly { shape: readonly number[]; data: Values }[],
    place: number,
    sample: number,
  ): void {
    let column = 0;
    for (const [i, { columns: own }] of this.#arrays.entries()) {
      const { data, shape } = arrays[i]!;
      const sampleShape = shape.slice(1);
      const size = sizeOf(sampleShape);
      for (const [k, { name, kind }] of own.entries()) {
        const values = columns[column++]!;
        for (let r = 0; r < rows; r++) {
          const at = (place + r) * size + k;
          const wrong =
            kind === 'list' || kind === 'texts'
              ? fillList(values[row + r], sampleShape, 0, data, at)
              : setValue(values[row + r], data, at);
          if (typeof wrong === 'string') {
            throw new UserError(
              `${this.path}, row ${sample + r} (from 0): column '${name}' ${wrong}; leave the row out, or fill it in`,
            );
          }
        }
      }
    }
  }
}

/** A file as the library reads it. */
export function asyncBuffer(source: ByteSource) {
  return {
    byteLength: source.size,
    async slice(start: number, end = source.size): Promise<ArrayBuffer> {
      const bytes = new Uint8Array(end - start);
      await source.read(bytes, start);
      return bytes.buffer;
    },
  };
}

/** What the library fails at is a file that it cannot read: throws UserError then. */
export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    throw new UserError(
      `${path}: this is no parquet file, or one that is damaged or of a kind that is not known (${error.message}); write it again, with pandas: df.to_parquet(path)`,
      { cause: error },
    );
  }
}
