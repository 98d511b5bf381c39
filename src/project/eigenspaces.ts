import { Interrupted } from '../errors.js';
import type { Layer } from '../model/layer.js';
import { record } from '../record/record.js';
import { createSpectra } from '../spectra/spectra.js';
import { dumpMoments, type LayerMoments } from './dump-moments.js';
import { type PcaEvents, type PcaOptions, recordOptionsOf } from './options.js';

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
  if (options.dump !== undefined) return dumpMoments(options.dump, layers, options.tap, events);
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
