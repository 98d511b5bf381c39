import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { fileError } from './byte-source.js';
import { csvReader } from './csv.js';
import type { Dataset, DatasetReader, OpenOptions, ReadingOptions } from './dataset.js';
import { imageFolderReader } from './image-folder.js';
import { imageZipReader } from './image-zip.js';
import { npyReader } from './npy.js';
import { npzReader } from './npz.js';
import { parquetReader } from './parquet.js';
import { pipeReader } from './pipe.js';

/** The formats that datasets are read from. */
const READERS: readonly DatasetReader[] = [
  npyReader,
  npzReader,
  csvReader,
  parquetReader,
  imageFolderReader,
  imageZipReader,
];

/** What stands for the data that comes through a pipe, in place of a path. */
export const PIPED = '-';

/**
 * Opens a dataset by the ending of its file name; a folder as images, `-` as what comes through a pipe. Throws UserError if
 * there is no such file, its ending is none of a format, or it is damaged.
 */
export async function openDataset(path: string, options: OpenOptions = {}): Promise<Dataset> {
  const reader = await readerOf(path);
  const dataset = await reader.open(path, options);
  return { ...dataset, details: { format: reader.name, ...dataset.details } };
}

/** Those of the options that are given, but make no difference to how this dataset is read. */
export async function optionsWithoutEffect(
  path: string,
  given: ReadingOptions,
): Promise<(keyof ReadingOptions)[]> {
  const { options = [] } = await readerOf(path);
  return READING_OPTIONS.filter((name) => given[name] !== undefined && !options.includes(name));
}

const READING_OPTIONS = [
  'columns',
  'labelColumn',
  'csvHeader',
  'imageResize',
  'imageAntialias',
  'imageSize',
] as const satisfies readonly (keyof ReadingOptions)[];

async function readerOf(path: string): Promise<DatasetReader> {
  if (path === PIPED) return pipeReader;
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const folder = found.isDirectory();
  const ending = folder ? '' : extname(path).toLowerCase();
  const reader = READERS.find((candidate) =>
    folder ? candidate.folders === true : candidate.extensions.includes(ending),
  );
  if (!reader) {
    const what = ending === '' ? 'a name without an ending' : `the ending ${ending}`;
    const known = READERS.flatMap((candidate) => candidate.extensions).join(', ');
    throw new UserError(
      `${path}: no format has ${what}; data is read from ${known}, and from folders of images`,
    );
  }
  return reader;
}
