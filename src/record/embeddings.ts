import { embedInPlane } from '../core/projection.js';
import type { Embedding } from '../dump/embed-table.js';
import { Interrupted } from '../errors.js';
import type { Spectra } from '../spectra/spectra.js';
import type { LayerRecord } from '../writers/writer.js';
import type { LayerMoments } from './gathered-points.js';

/**
 * Adds to layers' records the points that were kept of them, in the plane of the two leading eigendirections. Throws Interrupted when
 * `signal` is aborted.
 */
export async function embeddings(
  records: readonly LayerRecord[],
  moments: readonly LayerMoments[],
  spectra: Spectra,
  signal: AbortSignal | undefined,
): Promise<LayerRecord[]> {
  const kept = new Map(moments.map(({ layer, kept }) => [layer.name, kept]));
  return Promise.all(
    records.map(async (record) => {
      if (signal?.aborted) throw new Interrupted();
      const points = kept.get(record.layer) ?? [];
      if (points.length === 0) return record;
      const system = await spectra.vectors(record.covariance, record.d);
      const embedding: Embedding = {
        points: embedInPlane(
          points.map(({ point }) => point),
          record.mean,
          system,
        ),
        samples: points.map(({ sample }) => sample),
      };
      return { ...record, embedding };
    }),
  );
}
