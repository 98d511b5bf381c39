import { create, toBinary } from '@bufbuild/protobuf';
import type * as ort from 'onnxruntime-common';
import { CovarianceAccumulator } from '../../core/covariance.js';
import { UserError } from '../../errors.js';
import type { Model, OnnxProgram } from '../../model/model.js';
import type { GraphEnd } from '../../model/onnx/graph-end.js';
import { projectGraph } from '../../model/onnx/project-graph.js';
import type { Unprojected } from '../../model/projection.js';
import { type GraphProto, ModelProtoSchema, ValueInfoProtoSchema } from '../../model/proto/onnx_pb.js';
import { widened } from '../../model/translate/numbers.js';
import type { Moments } from '../../reduce/reducer.js';
import type { Dim, DType, Tensor } from '../../tensor.js';
import {
  OutOfMemory,
  type Session,
  type Tap,
  type TapInfo,
  type TapOutput,
  type TapResult,
} from '../engine.js';
import { createSession, firstLine, type SessionOptions } from './create-session.js';
import { type Placements, watchPlacements } from './placements.js';
import { type PlannedTap, planTaps, valuesOf } from './planned-taps.js';
import { toFloats } from './to-floats.js';

const OUT_OF_MEMORY = /failed to allocate memory|out of memory|bad_?\s?alloc/i;

/** Loads a network into onnxruntime. Throws UserError where that cannot run it. */
export async function loadSession(
  runtime: typeof ort,
  model: Model,
  taps: readonly Tap[],
  options: SessionOptions,
): Promise<Session> {
  const { projections = [] } = options;
  const translated = model.toOnnx([...taps, ...projections].map(({ value }) => value));
  const { proto, unprojected } = projectGraph(translated, projections);
  const program = { ...translated, proto };
  const { planned, end } = planTaps(program, taps, options);
  const placements = options.provider === 'cpu' ? undefined : await watchPlacements();
  const session = await createSession(runtime, model, program, withTaps(program, planned, end), {
    ...options,
    profile: placements?.prefix,
  });
  return new OnnxSession(runtime, session, model, program, planned, unprojected, placements);
}

/** The network with what is planned as its only outputs: what only its own results need is not run. */
function withTaps({ proto }: OnnxProgram, planned: readonly PlannedTap[], end: GraphEnd): Uint8Array {
  const names = new Set(planned.flatMap(valuesOf));
  const output = [...names].map((name) => create(ValueInfoProtoSchema, { name }));
  const { node, initializer } = proto.graph!;
  const graph: GraphProto = {
    ...proto.graph!,
    node: [...node, ...end.nodes],
    initializer: [...initializer, ...end.initializers],
    output,
  };
  return toBinary(ModelProtoSchema, { ...proto, graph });
}

class OnnxSession implements Session {
  readonly taps: TapInfo[];
  readonly notes: string[];
  readonly #fed: ReadonlyMap<string, ort.InferenceSession.ValueMetadata>;
  /** Arrays of the batch before, filled again while nothing but the numbers changes: memory stays flat. */
  #last: { shapes: string; outputs: Record<string, ort.Tensor> } | undefined;
  /** Of taps whose moments leave the graph batch by batch. */
  readonly #gathered = new Map<number, CovarianceAccumulator>();

  constructor(
    private readonly runtime: typeof ort,
    private readonly session: ort.InferenceSession,
    private readonly model: Model,
    program: OnnxProgram,
    private readonly planned: readonly PlannedTap[],
    readonly unprojected: Unprojected,
    private placements: Placements | undefined,
  ) {
    const info = new Map(session.outputMetadata.map((metadata) => [metadata.name, metadata]));
    this.taps = planned.map((tap) => tapInfo(tap, info, batchOf(session)));
    this.notes = [...program.notes];
    this.#fed = new Map(session.inputMetadata.map((metadata) => [metadata.name, metadata]));
  }

  async run(inputs: Map<string, Tensor>): Promise<TapResult[]> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const [key, tensor] of inputs) {
      const input = this.#fed.get(key);
      if (input) feeds[key] = toOrt(this.runtime, asComputed(tensor, input));
    }
    const shapes = JSON.stringify(Object.values(feeds).map((tensor) => tensor.dims));
    const before = this.#last?.shapes === shapes ? this.#last.outputs : undefined;
    const outputs = await runSession(this.session, this.model, feeds, before);
    this.#last = { shapes, outputs };
    if (this.placements) {
      this.notes.push(...(await this.placements.notes(this.session)));
      this.placements = undefined;
    }
    return this.planned.map((tap, i) => this.#result(tap, i, outputs));
  }

  async moments(tap: number): Promise<Moments | undefined> {
    const gathered = this.#gathered.get(tap);
    if (!gathered) return undefined;
    return { n: gathered.n, mean: gathered.mean(), covariance: gathered.covariance() };
  }

  async reset(): Promise<void> {
    this.#gathered.clear();
  }

  async close(): Promise<void> {
    this.#last = undefined;
    await this.session.release();
  }

  #result(tap: PlannedTap, i: number, outputs: Record<string, ort.Tensor>): TapResult {
    if ('output' in tap) return tapOutput(outputs[tap.output]!);
    const [mean, scatter] = [tap.moments.mean, tap.moments.scatter].map((name) =>
      Float64Array.from(tapOutput(outputs[name]!).data),
    );
    const n = Number(outputs[tap.moments.n]!.data[0]);
    const features = mean!.length;
    const gathered = this.#gathered.get(i) ?? new CovarianceAccumulator(features);
    this.#gathered.set(i, gathered);
    gathered.merge({ n, mean: mean!, scatter: scatter! });
    return { points: n, features };
  }
}

async function runSession(
  session: ort.InferenceSession,
  model: Model,
  feeds: Record<string, ort.Tensor>,
  into: Record<string, ort.Tensor> | undefined,
): Promise<Record<string, ort.Tensor>> {
  try {
    const results = into ? await session.run(feeds, into) : await session.run(feeds);
    return results as Record<string, ort.Tensor>;
  } catch (error) {
    if (OUT_OF_MEMORY.test(firstLine(error))) throw new OutOfMemory(firstLine(error), { cause: error });
    const reason = wrongIndex(error) ?? `onnxruntime cannot run the model on this data (${firstLine(error)})`;
    throw new UserError(`${model.path}: ${reason}`, { cause: error });
  }
}

/** Tokens beyond the vocabulary: the commonest thing wrong with the numbers themselves. */
function wrongIndex(error: unknown): string | undefined {
  const [, node, index, last] =
    /Name:'(.*?)' .*indices element out of data bounds, idx=(-?\d+) .*,(\d+)\]/.exec(firstLine(error)) ?? [];
  if (index === undefined) return undefined;
  return `the data leads to the index ${index} into a table that has 0 to ${last} (the operation ${node}); give data of the vocabulary, or the classes, that the model was trained with`;
}

/** How the inputs name the number of samples, or what they fix it to. */
function batchOf(session: ort.InferenceSession): number | string | undefined {
  const [first] = session.inputMetadata.filter((metadata) => metadata.isTensor && metadata.shape.length > 0);
  return first?.isTensor ? first.shape[0] : undefined;
}

function tapInfo(
  tap: PlannedTap,
  info: Map<string, ort.InferenceSession.ValueMetadata>,
  batch: number | string | undefined,
): TapInfo {
  const { channelsFirst, shape: told } = tap;
  if (!('output' in tap))
    return { shape: told, dtype: 'float64', channelsFirst: false, batchAxis: 0, reduced: true };
  const metadata = info.get(tap.output);
  if (!metadata?.isTensor || metadata.shape.length === 0) {
    return { shape: undefined, dtype: 'float32', channelsFirst, batchAxis: 0, reduced: false };
  }
  const shape = metadata.shape.map((dim): Dim => (typeof dim === 'number' && dim >= 0 ? dim : null));
  return {
    shape,
    dtype: metadata.type as DType,
    channelsFirst,
    batchAxis: batchAxisOf(metadata.shape, batch),
    reduced: false,
  };
}

/** The axis of the batch's own size or name; the first one where neither is found, or it is open. */
function batchAxisOf(shape: readonly (number | string)[], batch: number | string | undefined): number {
  if (shape[0] === batch || typeof shape[0] !== 'number') {
    const named = typeof batch === 'string' && batch !== '' ? shape.indexOf(batch) : 0;
    return Math.max(0, named);
  }
  const found = shape.indexOf(batch ?? '');
  if (found > 0) return found;
  const open = shape.flatMap((dim, axis) => (typeof dim === 'number' ? [] : [axis]));
  return open.length === 1 ? open[0]! : 0;
}

function tapOutput(tensor: ort.Tensor): TapOutput {
  const data = tensor.data as Exclude<ort.Tensor['data'], string[]>;
  return { data: toFloats(tensor.type as DType, data), shape: tensor.dims };
}

/** A SavedModel's half floats are computed in float32, its inputs among them. */
function asComputed(tensor: Tensor, input: ort.InferenceSession.ValueMetadata): Tensor {
  return input.isTensor && input.type === 'float32' ? widened(tensor) : tensor;
}

function toOrt(runtime: typeof ort, { dtype, shape, data }: Tensor): ort.Tensor {
  if (dtype === 'complex64' || dtype === 'complex128' || dtype === 'bfloat16') {
    throw new Error(`an input of type ${dtype} reached the engine`);
  }
  return new runtime.Tensor(dtype as ort.Tensor.Type, data as ort.Tensor['data'], [...shape]);
}
