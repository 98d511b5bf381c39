import { create, toBinary } from '@bufbuild/protobuf';
import type * as ort from 'onnxruntime-node';
import { UserError } from '../errors.js';
import type { Model, OnnxProgram } from '../model/model.js';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  ValueInfoProtoSchema,
} from '../model/proto/onnx_pb.js';
import { widened } from '../model/translate/numbers.js';
import type { Dim, DType, Tensor } from '../tensor.js';
import type { Engine, Session, SessionOptions, TapInfo, TapOutput } from './engine.js';
import { toFloats } from './to-floats.js';

/** onnxruntime's native CPU library, which the npm package brings along. */
export const onnxEngine: Engine = {
  name: 'onnx',
  async missing() {
    try {
      await import('onnxruntime-node');
      return undefined;
    } catch (error) {
      return `the engine onnx cannot be loaded (${(error as Error).message}); install it with: npm install onnxruntime-node`;
    }
  },
  load,
};

const UNUSUAL = /^(BFLOAT16|FLOAT8|FLOAT4|FLOAT16|INT4|UINT4)/;
/** protobuf's own limit; a larger network has to keep its weights beside it. */
const LARGEST_MODEL = 2 ** 31 - 1;
/** Nothing but what ends the process: what fails is thrown as well, and told in our own sentence. */
const QUIET = 4;
/**
 * Pad_Fusion (onnxruntime 1.30) takes a padding with zeros into the pool behind it, whose own padding is minus infinity
 * (MaxPool) or not counted (AveragePool): other numbers.
 */
const WRONG_OPTIMIZERS = ['Pad_Fusion'];

async function load(model: Model, taps: readonly string[], options: SessionOptions): Promise<Session> {
  const runtime = await import('onnxruntime-node');
  const program = model.toOnnx(taps);
  const names = taps.map((tap) => program.taps.get(tap)!.name);
  const session = await createSession(runtime, model, program, withOutputs(program, names), options);
  const info = new Map(session.outputMetadata.map((metadata) => [metadata.name, metadata]));
  const fed = new Map(session.inputMetadata.map((metadata) => [metadata.name, metadata]));
  // Arrays of the batch before, filled again while nothing but the numbers changes: memory stays flat.
  let last: { shapes: string; outputs: Record<string, ort.Tensor> } | undefined;
  return {
    taps: taps.map((tap) => tapInfo(program, tap, info, batchOf(session))),
    notes: program.notes,
    device: 'CPU',
    async run(inputs) {
      const feeds: Record<string, ort.Tensor> = {};
      for (const [key, tensor] of inputs) {
        const input = fed.get(key);
        if (input) feeds[key] = toOrt(runtime, asComputed(tensor, input));
      }
      const shapes = JSON.stringify(Object.values(feeds).map((tensor) => tensor.dims));
      const outputs = await runSession(
        session,
        model,
        feeds,
        last?.shapes === shapes ? last.outputs : undefined,
      );
      last = { shapes, outputs };
      return names.map((name) => tapOutput(outputs[name]!));
    },
    async close() {
      last = undefined;
      await session.release();
    },
  };
}

/** The network with the taps as its only outputs: what only its own results need is not run. */
function withOutputs({ proto }: OnnxProgram, names: readonly string[]): Uint8Array {
  const output = [...new Set(names)].map((name) => create(ValueInfoProtoSchema, { name }));
  const graph: GraphProto = { ...proto.graph!, output };
  return toBinary(ModelProtoSchema, { ...proto, graph });
}

/** How onnxruntime is asked to run a network. */
export function runtimeOptions(
  { threads, optimize }: SessionOptions,
  folder?: string,
): ort.InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: QUIET,
    graphOptimizationLevel: optimize ? 'all' : 'disabled',
    extra: {
      optimization: { disable_specified_optimizers: WRONG_OPTIMIZERS.join(';') },
      ...(folder === undefined ? {} : { session: { model_external_initializers_file_folder_path: folder } }),
    },
  };
}

async function createSession(
  runtime: typeof ort,
  model: Model,
  { proto, folder }: OnnxProgram,
  bytes: Uint8Array,
  { threads, optimize }: SessionOptions,
): Promise<ort.InferenceSession> {
  if (bytes.length > LARGEST_MODEL) {
    throw new UserError(
      `${model.path}: the network is larger than the 2 GB that the engine onnx takes in one piece; export it as ONNX with external data`,
    );
  }
  const create = (level: boolean) =>
    runtime.InferenceSession.create(bytes, runtimeOptions({ threads, optimize: level }, folder));
  try {
    // Some of its optimisations make operations that it has no kernel for (SiLU in float64).
    return await create(optimize).catch(() => create(false));
  } catch (error) {
    const type = unusualType(proto);
    if (type !== undefined) {
      throw new UserError(
        `${model.path}: the network computes in ${type}, for which onnxruntime has no kernels on the CPU (${firstLine(error)}); convert it to float32 before the export`,
        { cause: error },
      );
    }
    throw new UserError(
      `${model.path}: onnxruntime cannot load the model (${firstLine(error)}); check that the file is whole, its external data beside it, and its operations are known to onnxruntime ${runtime.env.versions.node ?? ''}`.trimEnd(),
      { cause: error },
    );
  }
}

/** An element type of weights or inputs that onnxruntime hardly computes with. */
function unusualType({ graph }: ModelProto): string | undefined {
  const inputs = graph?.input.map(({ type }) =>
    type?.value.case === 'tensorType' ? type.value.value.elemType : undefined,
  );
  const types = new Set([...(graph?.initializer.map(({ dataType }) => dataType) ?? []), ...(inputs ?? [])]);
  const found = [...types].find((type) => type !== undefined && UNUSUAL.test(DataType[type] ?? ''));
  return found === undefined ? undefined : DataType[found]?.toLowerCase();
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

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!.slice(0, 300);
}

/** How the inputs name the number of samples, or what they fix it to. */
function batchOf(session: ort.InferenceSession): number | string | undefined {
  const [first] = session.inputMetadata.filter((metadata) => metadata.isTensor && metadata.shape.length > 0);
  return first?.isTensor ? first.shape[0] : undefined;
}

function tapInfo(
  program: OnnxProgram,
  tap: string,
  info: Map<string, ort.InferenceSession.ValueMetadata>,
  batch: number | string | undefined,
): TapInfo {
  const { name, channelsFirst } = program.taps.get(tap)!;
  const metadata = info.get(name);
  if (!metadata?.isTensor || metadata.shape.length === 0) {
    return { shape: undefined, dtype: 'float32', channelsFirst, batchAxis: 0 };
  }
  const shape = metadata.shape.map((dim): Dim => (typeof dim === 'number' && dim >= 0 ? dim : null));
  return {
    shape,
    dtype: metadata.type as DType,
    channelsFirst,
    batchAxis: batchAxisOf(metadata.shape, batch),
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
