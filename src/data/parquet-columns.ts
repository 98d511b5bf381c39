import type { SchemaTree } from 'hyparquet';
import { UserError } from '../errors.js';
import { findColumns, findLabelColumn } from './columns.js';
import type { InputSpec, OpenOptions } from './dataset.js';
import { columnsByName, shapeOfColumns } from './named-columns.js';
import { columnsOfText, valuesOf } from './text-columns.js';

/** A column of a parquet file, as far as a network is concerned. */
export interface ParquetColumn {
  name: string;
  /**
   * One of it a row, or lists of numbers (`list`) or text (`texts`). Encoded images, as Hugging Face stores them, are bytes, alone or beside
   * their path.
   */
  kind: 'number' | 'list' | 'image' | 'text' | 'texts' | 'other';
  /** What it holds, in a word. */
  holds: string;
  /** What holds its values without loss (integers up to 2^53). */
  element: 'float32' | 'float64' | 'uint8' | 'string';
}

/** What is read of a parquet file: columns that are one array together, or an array each, by name. */
export interface ParquetChoice {
  arrays: ParquetArray[];
  /** Columns that nobody spoke of, and that are not read. */
  left: string[];
}

export interface ParquetArray {
  key: string | undefined;
  columns: readonly ParquetColumn[];
  /** Undefined for lists: the first row tells. */
  sampleShape: readonly number[] | undefined;
}

/** @param isForText whether bytes are text, for a model that takes it, rather than images */
export function describeColumn(tree: SchemaTree, isForText: boolean): ParquetColumn {
  const { name } = tree.element;
  const list = listElement(tree);
  const leaf = list ?? tree;
  const element = elementOf(leaf);
  if (element) return { name, kind: list ? 'list' : 'number', holds: 'numbers', element };
  if (isText(leaf) || (isForText && isBytes(leaf))) {
    return { name, kind: list ? 'texts' : 'text', holds: 'text', element: 'string' };
  }
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

function isText({ element, children }: SchemaTree): boolean {
  const kinds = [element.converted_type, element.logical_type?.type];
  return children.length === 0 && kinds.some((kind) => kind && /^(UTF8|STRING|ENUM|JSON)$/.test(kind));
}

function holdsOf({ element, children }: SchemaTree): string {
  const type = `${element.converted_type ?? ''} ${element.logical_type?.type ?? ''} ${element.type ?? ''}`;
  if (children.length > 0) return 'several fields';
  return /DATE|TIME|INT96/.test(type) ? 'dates or times' : type.trim().toLowerCase();
}

/**
 * The columns to read: those asked for; those named as the inputs of a model that has several; else the one that holds images, or
 * the one that holds lists, or all that hold numbers; for an input of text, those that hold text. Throws UserError where that
 * leaves a choice, or nothing.
 */
export function chooseColumns(
  path: string,
  columns: readonly ParquetColumn[],
  { columns: requests, labelColumn, inputs = [] }: OpenOptions,
): ParquetChoice {
  const names = columns.map(({ name }) => name);
  const label = labelColumn === undefined ? undefined : columns[findLabelColumn(names, labelColumn, path)];
  const unlabelled = columns.filter((column) => column !== label);
  const asked =
    requests &&
    findColumns(names, requests, path)
      .map((place) => columns[place]!)
      .filter((column) => column !== label);
  if (asked?.length === 0)
    throw new UserError(`${path}: --columns leaves nothing but the labels; name columns that hold the input`);
  const offered = asked ?? unlabelled;
  const [input, ...others] = inputs;
  if (others.length > 0) {
    const places = offered.map((column) => columns.indexOf(column));
    const byName = columnsByName(path, names, places, inputs);
    const arrays = inputs.map((each, i) => {
      const own = byName[i]!.map((place) => columns[place]!);
      for (const column of own) refuseOther(path, column, each, 'give a file whose column holds that');
      const image = own.find(({ kind }) => kind === 'image');
      if (image) {
        throw new UserError(
          `${path}: the column '${image.name}' holds images, which are read for a model's only input; save an .npz with an array for each input`,
        );
      }
      return { ...arrayOf(path, own, each), key: each.key };
    });
    return choice(arrays, offered);
  }
  const own =
    input?.dtype === 'string'
      ? textOf(path, input, offered, asked !== undefined)
      : (asked ?? preferred(path, offered));
  for (const column of own) refuseOther(path, column, input, 'choose others with --columns');
  return choice([arrayOf(path, own, input)], offered);
}

function choice(arrays: ParquetArray[], offered: readonly ParquetColumn[]): ParquetChoice {
  const read = arrays.flatMap(({ columns }) => columns);
  return { arrays, left: offered.filter((column) => !read.includes(column)).map(({ name }) => name) };
}

/** Throws UserError for columns that are no array together. */
function arrayOf(
  path: string,
  columns: readonly ParquetColumn[],
  input: InputSpec | undefined,
): ParquetArray {
  const single = (['number', 'text'] as const).find((kind) =>
    columns.every((column) => column.kind === kind),
  );
  if (columns.length > 1 && !single) {
    throw new UserError(
      `${path}: ${list(columns)} cannot be one input together; choose columns that hold a ${input?.dtype === 'string' ? 'text' : 'number'} each, or one that holds lists or images, with --columns`,
    );
  }
  return {
    key: undefined,
    columns,
    sampleShape: single && shapeOfColumns(columns.length, input),
  };
}

/** Numbers for text are told of where shapes are. */
function refuseOther(
  path: string,
  { name, kind, holds }: ParquetColumn,
  input: InputSpec | undefined,
  advice: string,
): void {
  const isText = kind === 'text' || kind === 'texts';
  if (kind !== 'other' && (!isText || input?.dtype === 'string')) return;
  const takes = input?.dtype === 'string' ? 'text' : (input?.dtype ?? 'numbers');
  throw new UserError(
    `${path}: the column '${name}' holds ${holds}, but the model${input ? `'s input '${input.key}'` : ''} takes ${takes}; ${advice}`,
  );
}

/** The only column of lists where the input takes several texts a sample; else columns of one text each. */
function textOf(
  path: string,
  input: InputSpec,
  offered: readonly ParquetColumn[],
  asked: boolean,
): readonly ParquetColumn[] {
  if (asked && offered.length === 1) return offered;
  const lists = offered.filter(({ kind }) => kind === 'texts');
  const text = offered.filter(({ kind }) => kind === 'text');
  if (!asked && lists.length + text.length === 0) {
    throw new UserError(`${path}: no column holds text, or lists of it${found(offered)}; give other data`);
  }
  if (!asked && lists.length === 1 && (text.length === 0 || valuesOf(input.shape) !== 1)) return lists;
  const columns = asked ? offered : text.length > 0 ? text : lists;
  return columnsOfText(path, input, {
    offered: columns,
    text: columns,
    asked,
    nameOf: ({ name }) => `'${name}'`,
  });
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
  throw new UserError(
    `${path}: no column holds numbers, lists of them or images${found(columns)}; give other data`,
  );
}

/** What there is instead: ` ('who' text)`. */
function found(columns: readonly ParquetColumn[]): string {
  return columns.length === 0
    ? ''
    : ` (${columns.map(({ name, holds }) => `'${name}' ${holds}`).join(', ')})`;
}

function list(columns: readonly ParquetColumn[]): string {
  return columns.map(({ name }) => `'${name}'`).join(', ');
}
