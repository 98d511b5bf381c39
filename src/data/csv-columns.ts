import { UserError } from '../errors.js';
import { printable } from '../printable.js';
import { formatShape } from '../tensor.js';
import { findColumns, findLabelColumn } from './columns.js';
import { parseCell } from './csv-dialect.js';
import type { InputSpec, OpenOptions } from './dataset.js';
import { columnsByName, shapeOfColumns } from './named-columns.js';
import { refuseOneTooMany } from './surplus-column.js';
import { columnsOfText, valuesOf } from './text-columns.js';

/** Columns of a csv file that are one array together. */
export interface CsvArray {
  /** Of a model with several inputs: the one that it is for. */
  input: InputSpec | undefined;
  /** Places of the columns, from 0. */
  columns: readonly number[];
  dtype: 'float32' | 'float64' | 'string';
  sampleShape: readonly number[];
}

/** What is read of a csv file. */
export interface CsvChoice {
  arrays: CsvArray[];
  /** Columns that nobody spoke of, and that are not read. */
  left: number[];
}

/** The first rows of a csv file, and what its columns are called: nothing, where they have no names. */
export interface CsvHead {
  path: string;
  names: readonly string[];
  /** Without the names. */
  rows: readonly (readonly string[])[];
}

/**
 * The columns to read: for a model with several inputs those of their names, an array each; else those asked for, or all but the labels, as one
 * array. Throws UserError where that leaves a choice, or nothing.
 */
export function chooseCsvColumns(head: CsvHead, options: OpenOptions): CsvChoice {
  const { path, names, rows } = head;
  const { inputs = [], columns: requests } = options;
  const [input, ...others] = inputs;
  const offered = offeredColumns(head, options);
  if (others.length > 0) {
    const columns = columnsByName(path, names, offered, inputs);
    for (const [i, each] of inputs.entries()) refuseVector(path, each, columns[i]!.length);
    return choice(
      inputs.map((each, i) => ({ ...arrayOf(columns[i]!, each), input: each })),
      offered,
    );
  }
  if (input?.dtype === 'string') {
    const whole = rows.filter(({ length }) => length === names.length);
    const columns = columnsOfText(path, input, {
      offered,
      text: offered.filter((column) => whole.some((cells) => isText(cells[column]!))),
      asked: requests !== undefined,
      nameOf: (column) => (names[column] ? `'${printable(names[column])}'` : `column ${column + 1}`),
    });
    return choice([arrayOf(columns, input)], offered);
  }
  const read = offered.map((column) => ({ name: names[column]!, number: column + 1 }));
  refuseOneTooMany(path, read, options);
  return choice([arrayOf(offered, input)], offered);
}

/** All columns, or those that are asked for, without the labels. */
function offeredColumns(
  { path, names, rows }: CsvHead,
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
  const open = last > 0 && names[last] === '' && rows.every((cells) => (cells[last] ?? '').trim() === '');
  const columns = [...names.keys()].filter((column) => column !== label && !(open && column === last));
  if (columns.length === 0) throw new UserError(`${path} holds nothing but the labels`);
  return columns;
}

function arrayOf(columns: readonly number[], input: InputSpec | undefined): CsvArray {
  const dtype = input?.dtype ?? 'float32';
  return {
    input: undefined,
    columns,
    dtype: dtype === 'string' ? dtype : /^b?float(16|32)$/.test(dtype) ? 'float32' : 'float64',
    sampleShape: shapeOfColumns(columns.length, input),
  };
}

function choice(arrays: CsvArray[], offered: readonly number[]): CsvChoice {
  const read = arrays.flatMap(({ columns }) => columns);
  return { arrays, left: offered.filter((column) => !read.includes(column)) };
}

function isText(cell: string): boolean {
  return cell.trim() !== '' && Number.isNaN(parseCell(cell));
}

function refuseVector(path: string, { key, shape }: InputSpec, columns: number): void {
  const values = valuesOf(shape);
  if (shape === undefined || values === undefined || values === columns) return;
  throw new UserError(
    `${path} has ${columns === 1 ? 'one column' : `${columns} columns`} for the model's input '${key}', which takes ${formatShape(shape)}; call ${values === 1 ? `one column ${key}` : `${values} columns ${key}_1 to ${key}_${values}`}, or save an .npz or parquet file`,
  );
}
