import { type Batch, batches } from '../data/batches.js';
import { classNumbers, ownLabels, readLabels } from '../data/labels.js';
import { fixedBatchSize } from '../data/match.js';
import { OutOfMemory, outputOf, type Session, type TapOutput } from '../engines/engine.js';
import { Engines } from '../engines/engines.js';
import { Interrupted, UserError } from '../errors.js';
import type { GraphOutput } from '../model/graph.js';
import type { Layer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import { openModel } from '../model/open.js';
import type { FilledProjection, Projection } from '../model/projection.js';
import { nearest } from '../nearest.js';
import { chooseBatchSize } from '../record/batch-size.js';
import { channelAxis } from '../record/channel-axis.js';
import { Datasets, type OpenedData } from '../record/datasets.js';
import { selectLayers } from '../record/select-layers.js';
import type { Tensor } from '../tensor.js';
import { drawnDirections, keptDirections, leadingDirections } from './directions.js';
import { type Eigenspace, eigenspaces, layerMoments } from './eigenspaces.js';
import { checkExport, exportNetwork, exportPlace } from './export.js';
import { type PcaEvents, type PcaOptions, recordOptionsOf } from './options.js';
import { type ClassLabels, type Outcome, type Reading, readingOf, Score } from './score.js';

/** What came of projecting a network's layers. */
export interface PcaResult {
  model: string;
  data: string;
  samples: number;
  /** The output that was looked at. */
  output: string;
  /** Where the labels are from; undefined: none. */
  labels: string | undefined;
  engine: { name: string; version: string; device: string };
  seed: number;
  /** Share of the labels that the network meets as it is; undefined without labels. */
  accuracy: number | undefined;
  layers: ProjectedLayer[];
  /** Layers that could not be projected, and why. */
  unprojected: { layer: string; reason: string }[];
  thresholds: ThresholdOutcome[];
}

export interface ProjectedLayer {
  layer: string;
  kind: string;
  d: number;
  /** Directions that are kept, for each threshold. */
  kept: number[];
}

export interface ThresholdOutcome {
  threshold: number;
  /** Directions that are kept, and that there are, in all layers together. */
  kept: number;
  d: number;
  /** Mean over the layers of what share of its directions is kept. */
  saturation: number;
  /** Projected onto eigenvectors. */
  pca: Outcome;
  /** Onto as many random directions: an outcome a draw. */
  random: Outcome[];
}

/**
 * Projects each layer's output onto the eigenvectors that explain a share of its variance, and measures what that does to the network; the same with
 * random directions as control.
 *
 * @throws UserError for anything that is wrong with model, data, labels or dump; Interrupted when `signal` is aborted
 */
export async function projectModel(
  options: PcaOptions,
  events: PcaEvents = {},
  signal?: AbortSignal,
): Promise<PcaResult> {
  const model = await openModel(options.model, { signature: options.signature });
  const layers = selectLayers(model, options);
  const output = outputOfModel(model, options.output);
  checkExport(options);
  const engines = new Engines(options.engine, { threads: options.threads, device: options.device });
  const datasets = new Datasets(recordOptionsOf(options), signal);
  try {
    await engines.check();
    await datasets.check();
    const opened = await datasets.open({ mode: 'eval', path: options.data }, model);
    const labels = await classLabels(options, opened);
    const moments = await layerMoments(layers, options, events, signal);
    const projectable = await projectionsOf(model, layers, moments, engines, options);
    const network = new Network(model, output, engines, options, projectable.projections);
    try {
      await network.load(events);
      const refused = new Map([...projectable.refused, ...network.refused]);
      const chosen = layers.filter(({ name }) => !refused.has(name));
      if (chosen.length === 0) {
        const [first] = refused;
        throw new UserError(
          `${model.path}: none of the layers can be projected (${first![0]}: ${first![1]}); choose others with --layers`,
        );
      }
      const spaces = await eigenspaces(chosen, moments, options.threads, signal);
      const place =
        options.exportTo === undefined
          ? undefined
          : exportPlace(options.exportTo, network.engine.name, model);
      const measured = await measure(network, spaces, opened, labels, options, events, signal);
      if (place) {
        const counts = measured.layers.map(({ kept }) => kept[0]!);
        await exportNetwork(model, network.filled(spaces, counts), place);
      }
      return {
        model: model.path,
        data: options.data,
        output: output.key,
        labels: labels?.path,
        engine: network.engine,
        seed: options.seed,
        unprojected: [...refused].map(([layer, reason]) => ({ layer, reason })),
        ...measured,
      };
    } finally {
      await network.close();
    }
  } finally {
    await engines.close();
    await datasets.close();
  }
}

function outputOfModel({ path, outputs }: Model, asked: string | undefined): GraphOutput {
  const keys = outputs.map(({ key }) => key);
  const found = asked === undefined ? outputs[0] : outputs.find(({ key }) => key === asked);
  if (!found) throw new UserError(`${path}: --output ${asked}: ${nearest(asked ?? '', keys, 'output')}`);
  if (asked === undefined && outputs.length > 1) {
    throw new UserError(`${path} has ${outputs.length} outputs (${keys.join(', ')}); name one with --output`);
  }
  return found;
}

async function classLabels(
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

/** Where projections go, and why some layers have none. */
async function projectionsOf(
  model: Model,
  layers: readonly Layer[],
  moments: readonly { layer: string; d: number }[],
  engines: Engines,
  { tap }: PcaOptions,
): Promise<{ projections: (Projection & { layer: string })[]; refused: Map<string, string> }> {
  const tappedAt = (layer: Layer) => (tap === 'activation' ? layer.activation : layer.preActivation);
  const taps = layers.map((layer) => ({ value: tappedAt(layer), shape: layer.outputShape }));
  const { session } = await engines.load(model, taps, { optimize: false, padded: false, handOut: true });
  await session.close();
  const dimensions = new Map(moments.map(({ layer, d }) => [layer, d]));
  const refused = new Map<string, string>();
  const used = new Set<string>();
  const projections = layers.flatMap((layer, i) => {
    const { shape, dtype } = session.taps[i]!;
    const rank = shape?.length ?? layer.outputShape?.length;
    const d = dimensions.get(layer.name);
    const value = tappedAt(layer);
    const features =
      shape && layer.axes.features === 'last' && layer.axes.mergedFeatureAxes === 1
        ? shape.at(-1)
        : undefined;
    const refuse = (reason: string) => {
      refused.set(layer.name, reason);
      return [];
    };
    if (d === undefined) return refuse('nothing was recorded of it');
    if (rank === undefined) return refuse('the shape of its output is not known before a run');
    if (used.has(value)) return refuse('its output is that of another layer');
    if (features != null && features !== d && !session.taps[i]!.channelsFirst) {
      throw new UserError(
        `the recorded covariance of ${layer.name} is of ${d} features, and its output has ${features}; give a dump of this network that was recorded with --conv-method channelwise`,
      );
    }
    used.add(value);
    const names = { mean: `delve/mean_${i}`, basis: `delve/directions_${i}` };
    return [{ layer: layer.name, value, rank, axes: layer.axes, d, dtype, ...names }];
  });
  return { projections, refused };
}

/** The network as it is, and with projections in it. */
class Network {
  /** Layers that the engine could not project, and why. */
  readonly refused = new Map<string, string>();
  engine = { name: '', version: '', device: '' };
  #plain: Session | undefined;
  #projected: Session | undefined;

  constructor(
    readonly model: Model,
    private readonly output: GraphOutput,
    private readonly engines: Engines,
    private readonly options: PcaOptions,
    readonly projections: readonly (Projection & { layer: string })[],
  ) {}

  async load(events: PcaEvents): Promise<void> {
    const { model, engines, projections } = this;
    const taps = [{ value: this.output.value }];
    const options = { optimize: true, padded: fixedBatchSize(model.inputs) !== undefined };
    const { session, engine, why } = await engines.load(model, taps, options);
    this.#plain = session;
    const { name, version, device } = engine;
    this.engine = { name, version, device };
    events.engine?.({ model: model.path, engine: name, version, device, why });
    for (const note of session.notes) events.note?.(`${model.path}: ${note}`);
    this.#projected = await engine.load(model, taps, { ...options, projections });
    for (const { layer, value } of projections) {
      const reason = this.#projected.unprojected.get(value);
      if (reason !== undefined) this.refused.set(layer, reason);
    }
  }

  /** The projections with what they project onto. */
  filled(spaces: readonly Eigenspace[], counts: readonly number[]): FilledProjection[] {
    const byLayer = new Map(this.projections.map((projection) => [projection.layer, projection]));
    return spaces.map((space, i) => ({
      ...byLayer.get(space.layer.name)!,
      meanData: Float32Array.from(space.mean),
      basisData: leadingDirections(space, counts[i]!),
    }));
  }

  get channelsFirst(): boolean {
    return this.#plain!.taps[0]!.channelsFirst;
  }

  get batchSize(): number {
    return this.options.batchSize ?? chooseBatchSize(this.#plain!.taps);
  }

  /** Outputs of the samples that count. */
  async run({ tensors, valid, size }: Batch, more?: Map<string, Tensor>): Promise<TapOutput> {
    const session = more ? this.#projected! : this.#plain!;
    const inputs = more ? new Map([...tensors, ...more]) : tensors;
    try {
      const [result] = await session.run(inputs);
      return firstSamples(outputOf(result), valid, size);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      throw new UserError(
        `${this.model.path}: ${size} samples at a time do not fit into the memory of the device; give a smaller --batch-size`,
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    await this.#plain?.close();
    await this.#projected?.close();
  }
}

/** A copy of what the first samples gave: the engine may use its arrays again. */
function firstSamples({ data, shape }: TapOutput, valid: number, size: number): TapOutput {
  const entries = shape[0] ?? 1;
  const kept = Math.round((entries * valid) / size);
  return { data: data.slice(0, (data.length / entries) * kept), shape: [kept, ...shape.slice(1)] };
}

/** One way to project all layers. */
interface Configuration {
  inputs: Map<string, Tensor>;
  score: Score;
}

async function measure(
  network: Network,
  spaces: readonly Eigenspace[],
  { dataset, bindings, order, samples }: OpenedData,
  labels: ClassLabels | undefined,
  options: PcaOptions,
  events: PcaEvents,
  signal: AbortSignal | undefined,
): Promise<Pick<PcaResult, 'samples' | 'accuracy' | 'layers' | 'thresholds'>> {
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
  let reading: Reading | undefined;
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
    reading ??= readingOf(unprojected, network.channelsFirst, labels);
    const wanted = labels && labelsOfBatch(labels, batch, order);
    checkClasses(labels, wanted, unprojected, reading);
    plain.add(reading, unprojected, unprojected, wanted);
    for (const { inputs, score } of [pca, ...draws].flat()) {
      if (signal?.aborted) throw new Interrupted();
      score.add(reading, await network.run(batch, inputs), unprojected, wanted);
    }
    events.progress?.(batch.start + batch.valid);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const d = spaces.reduce((sum, space) => sum + space.d, 0);
  return {
    samples,
    accuracy: plain.outcome.accuracy,
    layers: spaces.map(({ layer, d }, i) => ({ layer: layer.name, kind: layer.kind, d, kept: kept[i]! })),
    thresholds: thresholds.map((threshold, t) => ({
      threshold,
      kept: kept.reduce((sum, counts) => sum + counts[t]!, 0),
      d,
      saturation: kept.reduce((sum, counts, i) => sum + counts[t]! / spaces[i]!.d, 0) / spaces.length,
      pca: pca[t]!.score.outcome,
      random: draws.map((draw) => draw[t]!.score.outcome),
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
  { shape }: TapOutput,
  { classAxis }: Reading,
): void {
  const classes = classAxis === undefined ? 2 : shape[classAxis]!;
  const beyond = wanted?.find((number) => number >= classes);
  if (beyond === undefined) return;
  throw new UserError(
    `${labels!.path} has the class ${beyond}, but the model tells ${classes} apart, 0 to ${classes - 1}; give the labels that it was trained with, or name another output with --output`,
  );
}
