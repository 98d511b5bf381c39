import { embedInPlane } from '../core/projection.js';
import type { DataOption } from '../data/data-option.js';
import type { Dataset } from '../data/dataset.js';
import { type Labels, ownLabels, readLabels } from '../data/labels.js';
import type { Embedding } from '../dump/embed-table.js';
import { Interrupted, UserError } from '../errors.js';
import type { Spectra } from '../spectra/spectra.js';
import type { LayerRecord } from '../writers/writer.js';
import type { LayerMoments } from './gathered-points.js';
import type { RecordOptions } from './options.js';

/**
 * Adds to layers' records the points that were kept of them, in the plane of the two leading eigendirections. Throws Interrupted when
 * `signal` is aborted.
 */
export async function embeddings(
  records: readonly LayerRecord[],
  moments: readonly LayerMoments[],
  spectra: Spectra,
  labels: Labels | undefined,
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
        ...(labels && { labels: points.map(({ sample }) => labels.values[sample]!) }),
      };
      return { ...record, embedding };
    }),
  );
}

/**
 * The class of each sample of a dataset, where points are to be coloured by it and it is known. @throws UserError for labels that cannot be
 * read, or are not one a sample
 */
export async function labelsOfSamples(
  { mode }: DataOption,
  dataset: Dataset,
  { stats, labels = [], reading = {} }: RecordOptions,
): Promise<Labels | undefined> {
  if (!stats.includes('embed')) return undefined;
  const given = labels.find((each) => each.mode === mode);
  const found = given ? await readLabels(given.path, reading) : await ownLabels(dataset, reading);
  if (found && (found.perSample !== 1 || found.values.length !== dataset.samples)) {
    const each = found.perSample === 1 ? '' : ` of ${found.perSample} each`;
    throw new UserError(
      `${found.path} holds ${found.values.length / found.perSample} labels${each}, and ${dataset.path} ${dataset.samples} samples; give one label a sample`,
    );
  }
  return found;
}
