import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { naturalOrder } from '../natural-order.js';
import { sizeOf, type Tensor } from '../tensor.js';
import type { Dataset, InputSpec, ReadingOptions } from './dataset.js';
import { decodeNumbers } from './decode-numbers.js';
import { openDataset } from './registry.js';

/** The classes of a dataset's samples. */
export interface Labels {
  /** Where they were read from, for messages. */
  path: string;
  /** Labels of a sample: 1, or one for every step of a series. */
  perSample: number;
  /** `perSample` for each sample, in the samples' order: whole numbers as `7`, else the text itself. */
  values: readonly string[];
}

export type LabelOptions = Pick<ReadingOptions, 'labelColumn' | 'csvHeader'>;

/**
 * Labels from a file: an array of whole numbers or text (npy, npz), of one row a sample that is 1 where the class is (or of shares of which the largest
 * is taken), a column of a table, or a folder or zip of images, whose folders are the classes.
 *
 * @throws UserError for a file that holds no labels
 */
export async function readLabels(path: string, options: LabelOptions = {}): Promise<Labels> {
  const dataset = await openLabels(path, options);
  try {
    if (dataset.labels) return { path, perSample: 1, values: dataset.labels };
    const [array, ...others] = dataset.arrays;
    if (!array || others.length > 0) {
      const keys = dataset.arrays.map(({ key }) => key).join(', ');
      throw new UserError(
        `${path} holds ${dataset.arrays.length} arrays (${keys}); give a file with the labels alone`,
      );
    }
    const [tensor] = await dataset.read(0, dataset.samples);
    return labelsOf(path, tensor!);
  } finally {
    await dataset.close();
  }
}

/**
 * The labels that a dataset brings itself: of images the folders that they are in, of a table the column of `labelColumn`; undefined where it has
 * none.
 */
export async function ownLabels(dataset: Dataset, options: LabelOptions): Promise<Labels | undefined> {
  const { path, labels } = dataset;
  if (labels) return { path, perSample: 1, values: labels };
  return options.labelColumn === undefined ? undefined : readLabels(path, options);
}

/**
 * Each label's class by its number: labels that are whole numbers are these themselves, others are numbered in natural order, as Keras and torchvision number
 * folders.
 *
 * @returns the numbers, and the label of each; '' for numbers that no label has
 * @throws UserError for negative numbers
 */
export function classNumbers({ path, values }: Labels): { numbers: Int32Array; classes: string[] } {
  if (values.every((value) => /^-?\d{1,9}$/.test(value))) {
    const numbers = Int32Array.from(values, Number);
    const negative = numbers.findIndex((number) => number < 0);
    if (negative >= 0) {
      throw new UserError(
        `${path}: the label of sample ${negative} is ${values[negative]}; classes are counted from 0`,
      );
    }
    const largest = numbers.reduce((most, number) => Math.max(most, number), 0);
    const present = new Set(numbers);
    return {
      numbers,
      classes: Array.from({ length: largest + 1 }, (_, i) => (present.has(i) ? String(i) : '')),
    };
  }
  const classes = [...new Set(values)].sort(naturalOrder);
  const places = new Map(classes.map((name, i) => [name, i]));
  return { numbers: Int32Array.from(values, (value) => places.get(value)!), classes };
}

const TABLES: ReadonlySet<string> = new Set(['.csv', '.tsv', '.parquet', '.pq']);

async function openLabels(path: string, { labelColumn, csvHeader }: LabelOptions): Promise<Dataset> {
  const ending = extname(path).toLowerCase();
  if (!TABLES.has(ending)) return openDataset(path);
  const isCsv = ending === '.csv' || ending === '.tsv';
  const columns = labelColumn === undefined ? undefined : [labelColumn];
  const open = (dtype: InputSpec['dtype']) =>
    openDataset(path, { columns, csvHeader, inputs: [{ key: 'label', dtype, shape: [null] }] });
  if (isCsv) {
    const text = open('string').catch((error: unknown) => {
      const isChoice = error instanceof UserError && error.message.includes('--columns');
      throw isChoice && labelColumn === undefined ? new UserError(several(path)) : error;
    });
    return oneColumn(path, await text);
  }
  // Parquet's columns have types: one of numbers is none of text.
  const numbers = await open('float64').catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
  return oneColumn(path, numbers ?? (await open('string')));
}

async function oneColumn(path: string, dataset: Dataset): Promise<Dataset> {
  const shapes = dataset.arrays.map(({ sampleShape }) => sizeOf(sampleShape));
  if (shapes.length === 1 && shapes[0] === 1) return dataset;
  await dataset.close();
  throw new UserError(several(path));
}

function several(path: string): string {
  return `${path} holds several columns; name the one with the labels with --label-column`;
}

function labelsOf(path: string, tensor: Tensor): Labels {
  const { shape, dtype, data } = tensor;
  const [samples = 0, ...rest] = shape;
  const each = sizeOf(rest);
  if (dtype === 'string') {
    // What stands in a csv around a name is no part of it.
    return { path, perSample: each, values: (data as string[]).map((text) => text.trim()) };
  }
  const numbers = Float64Array.from(decodeNumbers(tensor));
  if (each > 1 && isShares(numbers, each)) {
    return {
      path,
      perSample: 1,
      values: Array.from({ length: samples }, (_, i) => String(largest(numbers, i * each, each))),
    };
  }
  const other = numbers.findIndex((value) => !Number.isInteger(value));
  if (other >= 0) {
    throw new UserError(
      `${path}: the label of sample ${Math.floor(other / each)} is ${numbers[other]}; labels are whole numbers, text, or a row a sample with a 1 for its class`,
    );
  }
  return { path, perSample: each, values: Array.from(numbers, String) };
}

/** Whether every row has numbers of 0 to 1 that add up to 1. */
function isShares(numbers: Float64Array, width: number): boolean {
  for (let start = 0; start < numbers.length; start += width) {
    const row = numbers.subarray(start, start + width);
    const sum = row.reduce((total, value) => total + value, 0);
    if (row.some((value) => value < 0) || Math.abs(sum - 1) > 1e-3) return false;
  }
  return true;
}

function largest(numbers: Float64Array, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if (numbers[start + i]! > numbers[start + best]!) best = i;
  return best;
}
