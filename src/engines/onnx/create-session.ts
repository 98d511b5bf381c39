import type * as ort from 'onnxruntime-common';
import { UserError } from '../../errors.js';
import type { Model, OnnxProgram } from '../../model/model.js';
import { TensorProto_DataType as DataType, type ModelProto } from '../../model/proto/onnx_pb.js';
import type { LoadOptions } from '../engine.js';
import type { Provider } from './placements.js';

export interface SessionOptions extends LoadOptions {
  threads: number;
  /** What the operations run on, as onnxruntime names it; what it has no kernel for runs on the CPU. */
  provider: Provider;
  /** Whether points are reduced to their moments in the graph, where that makes less of them. */
  reduce: boolean;
}

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

/** How onnxruntime is asked to run a network; `profile` begins the name of a file that it writes its doings to. */
export function runtimeOptions(
  {
    threads,
    optimize,
    provider,
    profile,
  }: Pick<SessionOptions, 'threads' | 'optimize' | 'provider'> & { profile?: string | undefined },
  folder?: string,
): ort.InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: QUIET,
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    graphOptimizationLevel: optimize ? 'all' : 'disabled',
    extra: {
      optimization: { disable_specified_optimizers: WRONG_OPTIMIZERS.join(';') },
      ...(folder === undefined ? {} : { session: { model_external_initializers_file_folder_path: folder } }),
    },
  };
}

/** Throws UserError where onnxruntime cannot run the network. */
export async function createSession(
  runtime: typeof ort,
  model: Model,
  { proto, folder }: OnnxProgram,
  bytes: Uint8Array,
  options: SessionOptions & { profile: string | undefined },
): Promise<ort.InferenceSession> {
  if (bytes.length > LARGEST_MODEL) {
    throw new UserError(
      `${model.path}: the network is larger than the 2 GB that the engine onnx takes in one piece; export it as ONNX with external data`,
    );
  }
  const create = (level: boolean) =>
    runtime.InferenceSession.create(bytes, runtimeOptions({ ...options, optimize: level }, folder));
  try {
    // Some of its optimisations make operations that it has no kernel for (SiLU in float64).
    return await create(options.optimize).catch(() => create(false));
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

export function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!.slice(0, 300);
}
