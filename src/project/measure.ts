import { type Batch, batches } from '../data/batches.js';
import { classNumbers, ownLabels, readLabels } from '../data/labels.js';
import { fixedBatchSize } from '../data/match.js';
import { Interrupted, UserError } from '../errors.js';
import { channelAxis } from '../record/channel-axis.js';
import type { OpenedData } from '../record/datasets.js';
import type { Tensor } from '../tensor.js';
import { drawnDirections, keptDirections, leadingDirections } from './directions.js';
import type { Eigenspace } from './eigenspaces.js';
import type { Network } from './network.js';
import type { PcaEvents, PcaOptions } from './options.js';
import {
  BOUNDARIES,
  type ClassLabels,
  classesOf,
  describeReading,
  type Reading,
  readingOf,
} from './reading.js';
import type { PcaResult } from './result.js';
import { Score } from './score.js';

/** The classes of the samples, by number; undefined where there are no labels. @throws UserError for labels of other data */
export async function classLabels(
  { labels: path, reading = {} }: PcaOptions,
  { dataset }: OpenedData,
): Promise<ClassLabels | undefined> {
  const labels = path === undefined ? await ownLabels(dataset, reading) : await readLabels(path, reading);
  if (!labels) return undefined;
  const samples = labels.values.length / labels.perSample;
  if (samples !== dataset.samples) {
    throw new UserError(
      `${labels.path} holds labels of ${samples} samples, and ${dataset.path} ${dataset.samples} samples; give the labels of this data`,
    );
  }
  return { path: labels.path, perSample: labels.perSample, numbers: classNumbers(labels).numbers };
}

/** One way to project all layers. */
interface Configuration {
  inputs: Map<string, Tensor>;
  score: Score;
}

/** Runs the data through the network, as it is and projected in every way. */
export async function measure(
  network: Network,
  spaces: readonly Eigenspace[],
  { dataset, bindings, order, samples }: OpenedData,
  labels: ClassLabels | undefined,
  options: PcaOptions,
  events: PcaEvents,
  signal: AbortSignal | undefined,
): Promise<Pick<PcaResult, 'samples' | 'accuracy' | 'predictions' | 'layers' | 'thresholds'>> {
  const { thresholds, rule, random, seed } = options;
  const kept = spaces.map((space) => thresholds.map((threshold) => keptDirections(space, threshold, rule)));
  const most = kept.map((counts) => Math.max(...counts));
  const places = new Map(network.projections.map((projection) => [projection.layer, projection]));
  const configurations = (directions: readonly Float32Array[]): Configuration[] =>
    thresholds.map((_, t) => ({
      inputs: new Map(
        spaces.flatMap(({ layer, d, mean }, i) => {
          const names = places.get(layer.name)!;
          const count = kept[i]![t]!;
          return [
            [names.mean, { dtype: 'float32' as const, shape: [d], data: Float32Array.from(mean) }],
            [
              names.basis,
              { dtype: 'float32' as const, shape: [count, d], data: directions[i]!.subarray(0, count * d) },
            ],
          ] satisfies [string, Tensor][];
        }),
      ),
      score: new Score(),
    }));
  const pca = configurations(spaces.map((space, i) => leadingDirections(space, most[i]!)));
  const draws = Array.from({ length: random }, (_, draw) =>
    configurations(spaces.map((space, i) => drawnDirections(space, most[i]!, seed, draw))),
  );
  const plain = new Score();
  let read: { reading: Reading; shape: readonly number[] } | undefined;
  let isShares = true;
  const stream = batches(dataset, {
    bindings,
    batchSize: network.batchSize,
    fixedBatch: fixedBatchSize(network.model.inputs),
    limit: options.limit,
    order,
    preprocessing: { ...options.preprocessing, channelAxis: channelAxis(network.model) },
  });
  events.step?.('measuring', samples);
  for await (const batch of stream) {
    if (signal?.aborted) throw new Interrupted();
    const unprojected = await network.run(batch);
    const { shape, data } = unprojected;
    read ??= { reading: readingOf(shape, network.outputKind(shape), labels), shape };
    const { reading } = read;
    const wanted = labels && labelsOfBatch(labels, batch, order);
    checkClasses(labels, wanted, classesOf(reading, shape));
    isShares &&= data.every((value) => value >= 0 && value <= 1);
    plain.add(reading, unprojected, unprojected, wanted);
    for (const { inputs, score } of [pca, ...draws].flat()) {
      if (signal?.aborted) throw new Interrupted();
      score.add(reading, await network.run(batch, inputs), unprojected, wanted);
    }
    events.progress?.(batch.start + batch.valid);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const d = spaces.reduce((sum, space) => sum + space.d, 0);
  const [logits, shares] = BOUNDARIES;
  const { reading, shape } = read!;
  const boundary = reading.by === 'boundary' && isShares ? shares : logits;
  return {
    samples,
    accuracy: plain.outcome(boundary).accuracy,
    predictions: describeReading(reading, shape, boundary),
    layers: spaces.map(({ layer, d }, i) => ({ layer: layer.name, kind: layer.kind, d, kept: kept[i]! })),
    thresholds: thresholds.map((threshold, t) => ({
      threshold,
      kept: kept.reduce((sum, counts) => sum + counts[t]!, 0),
      d,
      saturation: kept.reduce((sum, counts, i) => sum + counts[t]! / spaces[i]!.d, 0) / spaces.length,
      pca: pca[t]!.score.outcome(boundary),
      random: draws.map((draw) => draw[t]!.score.outcome(boundary)),
    })),
  };
}

function labelsOfBatch(
  { numbers, perSample }: ClassLabels,
  { start, valid }: Batch,
  order: Uint32Array | undefined,
): Int32Array {
  const wanted = new Int32Array(valid * perSample);
  for (let i = 0; i < valid; i++) {
    const sample = order?.[start + i] ?? start + i;
    wanted.set(numbers.subarray(sample * perSample, (sample + 1) * perSample), i * perSample);
  }
  return wanted;
}

function checkClasses(
  labels: ClassLabels | undefined,
  wanted: Int32Array | undefined,
  classes: number | undefined,
): void {
  const beyond = classes === undefined ? undefined : wanted?.find((number) => number >= classes);
  if (beyond === undefined) return;
  throw new UserError(
    `${labels!.path} has the class ${beyond}, but the model tells ${classes} apart, 0 to ${classes! - 1}; give the labels that it was trained with, or name another output with --output`,
  );
}
