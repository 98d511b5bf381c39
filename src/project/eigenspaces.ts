import { readKeptSpectrum } from '../dump/kept-spectrum.js';
import { openDump } from '../dump/read.js';
import { readMatrix } from '../dump/read-arrays.js';
import { Interrupted, UserError } from '../errors.js';
import type { Layer } from '../model/layer.js';
import { record } from '../record/record.js';
import { createSpectra } from '../spectra/spectra.js';
import { type PcaEvents, type PcaOptions, recordOptionsOf } from './options.js';

/** What is known of a layer's points. */
export interface LayerMoments {
  layer: string;
  d: number;
  mean: Float64Array;
  /** d x d */
  covariance: Float64Array;
}

/** A layer's eigenvectors and the mean that they are seen from. */
export interface Eigenspace {
  layer: Layer;
  d: number;
  mean: Float64Array;
  /** Eigenvalues, descending. */
  values: Float64Array;
  /** d x d, row-major, an eigenvector a column, in the order of the values. */
  vectors: Float64Array;
}

/** Mean and covariance of the layers: those of a dump, or recorded now. @throws UserError where a dump lacks a layer, its mean or its covariance */
export async function layerMoments(
  layers: readonly Layer[],
  options: PcaOptions,
  events: PcaEvents,
  signal: AbortSignal | undefined,
): Promise<LayerMoments[]> {
  if (options.dump !== undefined) return dumpMoments(options.dump, layers, events);
  const recording = await record(
    recordOptionsOf(options),
    {
      note: (message) => events.note?.(message),
      start: ({ samples }) => events.step?.('recording', samples),
      progress: (done) => events.progress?.(done),
    },
    signal,
  );
  return recording.epochs[0]!.layers;
}

/** Eigenvectors of all layers. Throws Interrupted when `signal` is aborted. */
export async function eigenspaces(
  layers: readonly Layer[],
  moments: readonly LayerMoments[],
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Eigenspace[]> {
  const byName = new Map(moments.map((each) => [each.layer, each]));
  const spectra = createSpectra({ threads });
  try {
    return await Promise.all(
      layers.map(async (layer): Promise<Eigenspace> => {
        if (signal?.aborted) throw new Interrupted();
        const { d, mean, covariance } = byName.get(layer.name)!;
        const { values, vectors } = await spectra.vectors(covariance, d);
        return { layer, d, mean, values, vectors };
      }),
    );
  } finally {
    await spectra.close();
  }
}

async function dumpMoments(
  path: string,
  layers: readonly Layer[],
  events: PcaEvents,
): Promise<LayerMoments[]> {
  const dump = await openDump(path, { note: (message) => events.note?.(message) });
  try {
    const { files } = dump;
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
