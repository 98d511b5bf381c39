import type { Batch } from '../data/batches.js';
import { fixedBatchSize } from '../data/match.js';
import { OutOfMemory, outputOf, type Session, type TapInfo, type TapOutput } from '../engines/engine.js';
import type { Engines } from '../engines/engines.js';
import { UserError } from '../errors.js';
import type { GraphOutput } from '../model/graph.js';
import type { Model } from '../model/model.js';
import type { FilledProjection } from '../model/projection.js';
import { chooseBatchSize } from '../record/batch-size.js';
import { channelAxis } from '../record/channel-axis.js';
import { swapStepsAndSamples } from '../record/layer-view.js';
import type { Tensor } from '../tensor.js';
import { leadingDirections } from './directions.js';
import type { Eigenspace } from './eigenspaces.js';
import type { PcaEvents, PcaOptions } from './options.js';
import type { LayerProjection } from './projections.js';
import type { OutputKind } from './reading.js';

/** The network as it is, and with projections in it. */
export class Network {
  /** Layers that the engine could not project, and why. */
  readonly refused = new Map<string, string>();
  engine = { name: '', version: '', device: '' };
  #plain: Session | undefined;
  #projected: Session | undefined;

  constructor(
    readonly model: Model,
    private readonly asked: GraphOutput,
    private readonly engines: Engines,
    private readonly options: PcaOptions,
    readonly projections: readonly LayerProjection[],
  ) {}

  async load(events: PcaEvents): Promise<void> {
    const { model, engines, projections } = this;
    const taps = [{ value: this.asked.value }];
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

  /** What an output of this shape, samples first, is. Where ONNX files keep the channels of maps, those of the input tell. */
  outputKind({ length: rank }: readonly number[]): OutputKind {
    const { dtype, channelsFirst } = this.#tap;
    return { dtype, channelsFirst: channelsFirst || (rank > 3 && channelAxis(this.model) === 'first') };
  }

  get #tap(): TapInfo {
    return this.#plain!.taps[0]!;
  }

  get batchSize(): number {
    return this.options.batchSize ?? chooseBatchSize(this.#plain!.taps);
  }

  /** Outputs of the samples that count, samples first. */
  async run({ tensors, valid, size }: Batch, more?: Map<string, Tensor>): Promise<TapOutput> {
    const session = more ? this.#projected! : this.#plain!;
    const inputs = more ? new Map([...tensors, ...more]) : tensors;
    try {
      const [result] = await session.run(inputs);
      const output = outputOf(result);
      const isStepsFirst = this.#tap.batchAxis === 1 && output.shape.length > 1;
      return firstSamples(isStepsFirst ? swapStepsAndSamples(output) : output, valid, size);
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
