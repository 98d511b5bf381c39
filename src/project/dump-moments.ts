import { readKeptSpectrum } from '../dump/kept-spectrum.js';
import { openDump } from '../dump/read.js';
import { readMatrix } from '../dump/read-arrays.js';
import { UserError } from '../errors.js';
import type { Layer } from '../model/layer.js';
import { type RecordedPoints, readRecordedPoints } from '../results/recorded-with.js';
import type { PcaEvents, PcaOptions } from './options.js';

/** What is known of a layer's points. */
export interface LayerMoments {
  layer: string;
  d: number;
  mean: Float64Array;
  /** d x d */
  covariance: Float64Array;
}

/**
 * Mean and covariance of the layers, from a dump. It tells where the dump's points are others than those that are projected.
 * @throws UserError where it lacks a layer, its mean or its covariance, or is of another tap
 */
export async function dumpMoments(
  path: string,
  layers: readonly Layer[],
  tap: PcaOptions['tap'],
  events: PcaEvents,
): Promise<LayerMoments[]> {
  const dump = await openDump(path, { note: (message) => events.note?.(message) });
  try {
    const { files } = dump;
    checkPoints(path, layers, tap, await readRecordedPoints(files), events);
    const moments: LayerMoments[] = [];
    for (const { name } of layers) {
      const own = dump.layers.filter(({ layer }) => layer === name);
      const found = own.find(({ mode }) => mode === 'eval') ?? own[0];
      if (!found) {
        const held = [...new Set(dump.layers.map(({ layer }) => layer))].slice(0, 6).join(', ');
        throw new UserError(
          `${path} holds nothing of the layer ${name} (it has ${held}, ...); give the dump of this network, or choose others with --layers`,
        );
      }
      const epoch = Math.max(...(found.covariance?.files.keys() ?? []));
      const matrix = found.covariance?.files.get(epoch);
      const kept = found.spectrum?.files.get(epoch);
      if (matrix === undefined)
        throw new UserError(`${path} holds no covariance of ${name}; record with cov among --stats`);
      const { mean } = kept === undefined ? {} : await readKeptSpectrum(files, kept);
      if (!mean) {
        throw new UserError(
          `${path} holds no mean of ${name}, which projections need, as dumps of the Python package do not; record the network with delve, or leave --dump out`,
        );
      }
      const source = await files.open(matrix);
      try {
        const { data, d } = await readMatrix(source, files.where(matrix));
        moments.push({ layer: name, d, mean, covariance: data });
      } finally {
        await source.close();
      }
    }
    return moments;
  } finally {
    await dump.close();
  }
}

function checkPoints(
  path: string,
  layers: readonly Layer[],
  tap: PcaOptions['tap'],
  recorded: RecordedPoints,
  events: PcaEvents,
): void {
  if (recorded.tap !== undefined && recorded.tap !== tap) {
    throw new UserError(
      `${path} was recorded with --tap ${recorded.tap}, and projections go where --tap ${tap} is; give --tap ${recorded.tap}, or another dump`,
    );
  }
  const { convMethod = 'channelwise', timeseriesMethod = 'timestepwise' } = recorded;
  const rank = ({ outputShape }: Layer) => outputShape?.length ?? 0;
  const isMap = (layer: Layer) => layer.family === 'convolution' || rank(layer) > 3;
  const isSeries = (layer: Layer) => !isMap(layer) && (layer.family === 'recurrent' || rank(layer) === 3);
  const tell = (option: string, method: string, whole: string, places: string) =>
    events.note?.(
      `${path} was recorded with ${option} ${method}, and every ${places} is projected; record with ${option} ${whole} for the covariance of all of them`,
    );
  if (convMethod !== 'channelwise' && layers.some(isMap))
    tell('--conv-method', convMethod, 'channelwise', 'position');
  if (timeseriesMethod !== 'timestepwise' && layers.some(isSeries))
    tell('--timeseries-method', timeseriesMethod, 'timestepwise', 'step');
}
