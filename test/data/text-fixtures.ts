import { readFileSync } from 'node:fs';
import type { Dataset, InputSpec, OpenOptions } from '../../src/data/dataset.js';
import { openDataset } from '../../src/data/registry.js';
import type { Dim, DType } from '../../src/tensor.js';
import { fixture, unpacked } from './fixture-files.js';

/** What Python says the files of text.zip hold. */
export const goldens: {
  npy: Record<string, { shape: number[]; texts: string[] }>;
  columns: { review: string[]; city: string[]; tags: string[][]; rooms: number[]; size: number[] };
} = JSON.parse(readFileSync(fixture('text.json'), 'utf8'));

/** Where text.zip is unpacked to. */
export const texts = await unpacked('text.zip');

export function textInput(sample: Dim[] | undefined, key = 'in'): InputSpec {
  return { key, dtype: 'string', shape: sample && [null, ...sample] };
}

export function numberInput(sample: Dim[], dtype: DType, key: string): InputSpec {
  return { key, dtype, shape: [null, ...sample] };
}

/** Does something with a dataset and closes it. */
export async function opened<T>(
  path: string,
  options: OpenOptions,
  work: (dataset: Dataset) => Promise<T>,
): Promise<T> {
  const dataset = await openDataset(path, options);
  try {
    return await work(dataset);
  } finally {
    await dataset.close();
  }
}

/** All of a dataset: what its arrays hold, by key. */
export function read(path: string, options: OpenOptions = {}) {
  return opened(path, options, async (dataset) => {
    const tensors = await dataset.read(0, dataset.samples);
    const values = new Map(dataset.arrays.map(({ key }, i) => [key, [...tensors[i]!.data]]));
    return { ...dataset, tensors, values };
  });
}
