import { UserError } from '../errors.js';
import { type ByteSource, openFile } from './byte-source.js';
import { leftOut } from './columns.js';
import type { Dataset, DatasetReader, OpenOptions } from './dataset.js';
import { imageDataset } from './image-dataset.js';
import { chooseColumns, describeColumn } from './parquet-columns.js';
import { asyncBuffer, elementOf, RowGroups, reading } from './parquet-groups.js';
import { refuseOneTooMany } from './surplus-column.js';

/** Tables in columns, as pandas, Arrow and Hugging Face write them. One row group is in memory at a time. */
export const parquetReader: DatasetReader = {
  name: 'parquet',
  extensions: ['.parquet', '.pq'],
  options: ['columns', 'labelColumn', 'imageResize', 'imageAntialias', 'imageSize'],
  async open(path, options) {
    const source = await openFile(path);
    try {
      return await openParquet(path, source, options);
    } catch (error) {
      await source.close();
      throw error;
    }
  },
};

async function openParquet(path: string, source: ByteSource, options: OpenOptions): Promise<Dataset> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  if (source.size === 0) throw new UserError(`${path}: the file is empty`);
  const metadata = await reading(path, () =>
    parquetMetadataAsync(asyncBuffer(source), { geoparquet: false }),
  );
  const text = options.inputs?.filter(({ dtype }) => dtype === 'string') ?? [];
  const isForText = (name: string) =>
    options.inputs?.length === 1 ? text.length === 1 : text.some(({ key }) => key === name);
  const columns = parquetSchema(metadata).children.map((tree) =>
    describeColumn(tree, isForText(tree.element.name)),
  );
  const choice = chooseColumns(path, columns, options);
  const [first, ...further] = choice.arrays;
  if (first && further.length === 0 && first.columns.every(({ kind }) => kind === 'number')) {
    const numberOf = (column: (typeof columns)[number]) => columns.indexOf(column) + 1;
    const numbered = first.columns.map((column) => ({ name: column.name, number: numberOf(column) }));
    refuseOneTooMany(path, numbered, options);
  }
  const groups = new RowGroups(path, source, metadata, choice);
  if (groups.samples === 0) throw new UserError(`${path} holds no rows`);
  const chosen = choice.arrays.flatMap((array) => array.columns);
  const read = chosen.map(({ name }) => name);
  const notes = choice.left.length === 0 ? [] : [leftOut(path, read, choice.left)];
  const details = {
    columns: read,
    ...(options.labelColumn !== undefined && { labelColumn: options.labelColumn }),
  };
  const { samples, starts } = groups;
  const [image] = chosen;
  if (image?.kind === 'image' && chosen.length === 1) {
    const collection = { path, samples, notes, details, blocks: starts, close: () => source.close() };
    const locate = async (sample: number) => {
      const { group, row } = groups.place(sample);
      const [values] = (await groups.values(group)).columns;
      const where = `${path}, row ${sample} (from 0)`;
      return { source: { bytes: imageBytes(values![row], where, image.name) }, name: where };
    };
    return imageDataset({ ...collection, locate }, options);
  }
  const shapes = await groups.sampleShapes();
  return {
    path,
    samples,
    arrays: choice.arrays.map(({ key, columns: own }, i) => ({
      key,
      dtype: elementOf(own),
      sampleShape: shapes[i]!,
    })),
    notes,
    details,
    blocks: starts,
    read: (start, end) => groups.read(start, end, shapes),
    close: () => source.close(),
  };
}

function imageBytes(value: unknown, where: string, column: string): Uint8Array<ArrayBuffer> {
  const bytes = value instanceof Uint8Array || !isRecord(value) ? value : value.bytes;
  if (bytes instanceof Uint8Array && bytes.length > 0) return Uint8Array.from(bytes);
  const elsewhere =
    isRecord(value) && typeof value.path === 'string' ? `, only the path '${value.path}'` : '';
  throw new UserError(
    `${where}: column '${column}' holds no image${elsewhere}; leave the row out, or give the folder of images`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
