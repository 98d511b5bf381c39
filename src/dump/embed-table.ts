import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { UserError } from '../errors.js';
import { replaceFile } from './atomic.js';
import { writing } from './writable.js';

const COLUMNS = ['epoch', 'mode', 'layer', 'sample', 'x', 'y', 'label'] as const;
const SEPARATOR = ';';

/** Points of a layer in the plane of the two leading eigendirections of its covariance, about the mean. */
export interface Embedding {
  /** Coordinates, a point each: all of them, or as many as were asked for, at random. */
  points: readonly (readonly [x: number, y: number])[];
  /** The sample of the dataset that each point is of, from 0. */
  samples: readonly number[];
  /** The class of each point's sample, where labels were given. */
  labels?: readonly string[] | undefined;
}

/** Where the points of a run stand. */
export function embedFile(savefile: string): string {
  return `${savefile}_embed.csv`;
}

/** A layer's points of an epoch and mode. */
export interface EmbeddedLayer extends Embedding {
  epoch: number;
  mode: 'train' | 'eval';
  layer: string;
}

/** The rows of a layer's points. */
export function embedRows({ epoch, mode, layer, points, samples, labels }: EmbeddedLayer): string[][] {
  return points.map(([x, y], i) => [epoch, mode, layer, samples[i]!, x, y, labels?.[i] ?? ''].map(String));
}

export function writeEmbedTable(path: string, rows: readonly string[][]): void {
  const text = Papa.unparse([[...COLUMNS], ...rows], { delimiter: SEPARATOR, newline: '\n' });
  replaceFile(path, `${text}\n`);
}

/** What a file of points holds, in its order. @throws UserError for what is no such file */
export function readEmbedTable(path: string): EmbeddedLayer[] {
  const layers = new Map<
    string,
    EmbeddedLayer & { points: [number, number][]; samples: number[]; labels: string[] }
  >();
  for (const [epoch, mode, layer = '', sample, x, y, label = ''] of readEmbedRows(path)) {
    const key = JSON.stringify([epoch, mode, layer]);
    const found = layers.get(key) ?? {
      epoch: Number(epoch),
      mode: mode === 'train' ? 'train' : 'eval',
      layer,
      points: [],
      samples: [],
      labels: [],
    };
    found.points.push([Number(x), Number(y)]);
    found.samples.push(Number(sample));
    found.labels.push(label);
    layers.set(key, found);
  }
  return [...layers.values()].map((layer) =>
    layer.labels.some((label) => label !== '') ? layer : { ...layer, labels: undefined },
  );
}

/** The rows of a file of points, as text, without its header. @throws UserError for what is no such file */
export function readEmbedRows(path: string): string[][] {
  const text = writing(path, () => readFileSync(path, 'utf8'));
  const { data } = Papa.parse<string[]>(text, { delimiter: SEPARATOR, skipEmptyLines: true });
  const [header = [], ...rows] = data;
  const isTable = COLUMNS.every((name, i) => header[i] === name);
  const bad = rows.findIndex(
    ({ length, 0: epoch, 4: x, 5: y }) =>
      length !== COLUMNS.length || [epoch, x, y].some((cell) => !isNumber(cell)),
  );
  if (!isTable || bad >= 0) {
    const what = isTable
      ? `its row ${bad + 1} is none of ${COLUMNS.join(', ')}`
      : `its columns are ${header.join(', ')}`;
    throw new UserError(`${path} is no table of points (${what}); record with --stats embed`);
  }
  return rows;
}

function isNumber(cell: string | undefined): boolean {
  return cell !== undefined && cell !== '' && Number.isFinite(Number(cell));
}
