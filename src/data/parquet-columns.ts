import type { SchemaTree } from 'hyparquet';
import { UserError } from '../errors.js';
import { findColumns, findLabelColumn } from './columns.js';
import type { OpenOptions } from './dataset.js';

/** A column of a parquet file, as far as a network is concerned. */
export interface ParquetColumn {
  name: string;
  /** Encoded images, as Hugging Face stores them, are bytes, alone or beside their path. */
  kind: 'number' | 'list' | 'image' | 'other';
  /** What other columns hold, in a word. */
  holds: string;
  /** What holds its numbers without loss (integers up to 2^53). */
  element: 'float32' | 'float64' | 'uint8';
}

/** What is read of a parquet file: columns that are one array together, or an array each, by name. */
export interface ParquetChoice {
  arrays: { key: string | undefined; columns: ParquetColumn[] }[];
  /** Columns that nobody spoke of, and that are not read. */
  left: string[];
}

export function describeColumn(tree: SchemaTree): ParquetColumn {
  const { name } = tree.element;
  const list = listElement(tree);
  const leaf = list ?? tree;
  const element = elementOf(leaf);
  if (element) return { name, kind: list ? 'list' : 'number', holds: 'numbers', element };
  const bytes = list ? undefined : (tree.children.find((child) => child.element.name === 'bytes') ?? tree);
  if (bytes && isBytes(bytes)) return { name, kind: 'image', holds: 'bytes', element: 'uint8' };
  return { name, kind: 'other', holds: holdsOf(leaf), element: 'float64' };
}

/** The element of a list, of a list of lists, and so on. */
function listElement(tree: SchemaTree): SchemaTree | undefined {
  const [repeated] = tree.children;
  const isList = tree.element.converted_type === 'LIST' || tree.element.logical_type?.type === 'LIST';
  if (!isList || !repeated)
    return tree.element.repetition_type === 'REPEATED' && tree.children.length === 0 ? tree : undefined;
  const element = repeated.children.length === 1 ? repeated.children[0]! : repeated;
  return element.children.length === 0 ? element : (listElement(element) ?? element);
}

function elementOf({ element, children }: SchemaTree): ParquetColumn['element'] | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (children.length > 0) return undefined;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return 'float64';
  if (logical?.type === 'FLOAT16' || type === 'FLOAT') return 'float32';
  if (converted === 'UINT_8' || type === 'BOOLEAN') return 'uint8';
  if (type === 'DOUBLE') return 'float64';
  const dated = /DATE|TIME/.test(`${converted ?? ''} ${logical?.type ?? ''}`);
  return (type === 'INT32' || type === 'INT64') && !dated ? 'float64' : undefined;
}

function isBytes({ element, children }: SchemaTree): boolean {
  return (
    children.length === 0 &&
    element.type === 'BYTE_ARRAY' &&
    element.converted_type === undefined &&
    element.logical_type === undefined
  );
}

function holdsOf({ element, children }: SchemaTree): string {
  const type = `${element.converted_type ?? ''} ${element.logical_type?.type ?? ''} ${element.type ?? ''}`;
  if (children.length > 0) return 'several fields';
  if (/DATE|TIME|INT96/.test(type)) return 'dates or times';
  return /UTF8|STRING|ENUM|JSON/.test(type) ? 'text' : type.trim().toLowerCase();
}

/**
 * The columns to read: those asked for; those named as the inputs of a model that has several; else the one that holds images, or
 * the one that holds lists, or all that hold numbers. Throws UserError where that leaves a choice, or nothing.
 */
export function chooseColumns(
  path: string,
  columns: readonly ParquetColumn[],
  { columns: requests, labelColumn, inputs = [] }: OpenOptions,
): ParquetChoice {
  const names = columns.map(({ name }) => name);
  const label = labelColumn === undefined ? undefined : columns[findLabelColumn(names, labelColumn, path)];
  const offered = columns.filter((column) => column !== label);
  const named = inputs.map(({ key }) => offered.find(({ name }) => name === key));
  const asked =
    requests &&
    findColumns(names, requests, path)
      .map((place) => columns[place]!)
      .filter((column) => column !== label);
  if (asked?.length === 0)
    throw new UserError(`${path}: --columns leaves nothing but the labels; name columns that hold the input`);
  const byName = named.filter((column) => column !== undefined);
  const chosen =
    asked ?? (inputs.length > 1 && byName.length === inputs.length ? byName : preferred(path, offered));
  const other = chosen.find(({ kind }) => kind === 'other');
  if (other) {
    throw new UserError(
      `${path}: the column '${other.name}' holds ${other.holds}, which no network takes; choose others with --columns`,
    );
  }
  const left = asked ? [] : offered.filter((column) => !chosen.includes(column)).map(({ name }) => name);
  if (inputs.length > 1)
    return { arrays: chosen.map((column) => ({ key: column.name, columns: [column] })), left };
  if (chosen.length > 1 && chosen.some(({ kind }) => kind !== 'number')) {
    throw new UserError(
      `${path}: ${list(chosen)} cannot be one input together; choose columns that hold a number each, or one that holds lists or images, with --columns`,
    );
  }
  return { arrays: [{ key: undefined, columns: chosen }], left };
}

function preferred(path: string, columns: readonly ParquetColumn[]): ParquetColumn[] {
  for (const kind of ['image', 'list'] as const) {
    const found = columns.filter((column) => column.kind === kind);
    if (found.length === 1) return found;
    if (found.length > 1) {
      throw new UserError(`${path}: ${list(found)} hold ${kind}s each; choose one with --columns`);
    }
  }
  const numbers = columns.filter(({ kind }) => kind === 'number');
  if (numbers.length > 0) return numbers;
  const found = columns.map(({ name, holds }) => `'${name}' ${holds}`).join(', ');
  throw new UserError(
    `${path}: no column holds numbers, lists of them or images${found === '' ? '' : ` (${found})`}; give other data`,
  );
}

function list(columns: readonly ParquetColumn[]): string {
  return columns.map(({ name }) => `'${name}'`).join(', ');
}
