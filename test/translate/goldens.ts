import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { unzipSync } from 'fflate';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { runtimeOptions } from '../../src/engines/onnx/create-session.js';
import type { Graph } from '../../src/model/graph.js';
import { ModelProtoSchema, ValueInfoProtoSchema } from '../../src/model/proto/onnx_pb.js';
import { readSavedModel } from '../../src/model/savedmodel/read.js';
import type { Translation } from '../../src/model/translate/translate.js';

/** Made by fixtures/make/translate.py. */
export const GOLDENS = join(import.meta.dirname, '../../fixtures/translate');

type Written = { dtype: string; shape: number[]; data: (number | string)[] };

export interface Batch {
  inputs: Record<string, Written>;
  outputs: Record<string, Written>;
  /** Values between, by the ends of their names. */
  taps?: Record<string, Written>;
}

export interface Numbers {
  shape: readonly number[];
  data: number[];
}

/** A SavedModel that TensorFlow wrote, read, and TensorFlow's results for two batches. */
export async function openGolden(name: string): Promise<{ graph: Graph; batches: Batch[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'delve-'));
  try {
    for (const [path, content] of Object.entries(unzipSync(readFileSync(join(GOLDENS, `${name}.zip`))))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const graph = await readSavedModel(join(folder, 'model'));
    const batches = JSON.parse(readFileSync(join(folder, 'batches.json'), 'utf8')) as Batch[];
    return { graph, batches };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a translation over batches; with `values`, these are the outputs instead of the network's own. */
export async function runOnnx(
  { model }: Translation,
  batches: readonly Batch[],
  values?: readonly string[],
): Promise<Record<string, Numbers>[]> {
  if (values) model.graph!.output = values.map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await InferenceSession.create(
    toBinary(ModelProtoSchema, model),
    runtimeOptions({ threads: 1, optimize: true, provider: 'cpu' }),
  );
  const results: Record<string, Numbers>[] = [];
  for (const { inputs } of batches) {
    const feeds = Object.entries(inputs).map(([key, value]) => [key, toOrt(value)] as const);
    const outputs = await session.run(Object.fromEntries(feeds));
    results.push(
      Object.fromEntries(Object.entries(outputs).map(([key, tensor]) => [key, toNumbers(tensor)])),
    );
  }
  await session.release();
  return results;
}

/** The largest difference over the largest value, which counts for 1e-6 at least; whole numbers must be equal. */
export function distance(ours: Numbers | undefined, golden: Written): number {
  if (!ours || ours.shape.join() !== golden.shape.join()) return Number.POSITIVE_INFINITY;
  const theirs = golden.data.map(toNumber);
  if (!golden.dtype.startsWith('float')) {
    return ours.data.every((value, i) => value === theirs[i]) ? 0 : Number.POSITIVE_INFINITY;
  }
  let [difference, largest] = [0, 1e-6];
  for (const [i, value] of theirs.entries()) {
    if (!Number.isFinite(value)) {
      if (!Object.is(value, ours.data[i])) return Number.POSITIVE_INFINITY;
      continue;
    }
    difference = Math.max(difference, Math.abs(value - ours.data[i]!));
    largest = Math.max(largest, Math.abs(value));
  }
  return difference / largest;
}

/** (B, C, ...) -> (B, ..., C). */
export function channelsLast({ shape, data }: Numbers): Numbers {
  const [batch = 1, channels = 1, ...rest] = shape;
  const positions = rest.reduce((product, dim) => product * dim, 1);
  const moved = data.map((_, i) => {
    const [channel, place] = [i % channels, Math.floor(i / channels)];
    const [sample, position] = [Math.floor(place / positions), place % positions];
    return data[(sample * channels + channel) * positions + position]!;
  });
  return { shape: [batch, ...rest, channels], data: moved };
}

function toNumber(value: number | string): number {
  if (typeof value === 'number') return value;
  return { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }[value] ?? Number.NaN;
}

function toNumbers({ dims, data }: OrtTensor): Numbers {
  return { shape: dims, data: Array.from(data as ArrayLike<number | bigint | boolean>, Number) };
}

function toOrt({ dtype, shape, data }: Written): OrtTensor {
  const numbers = data.map(toNumber);
  switch (dtype) {
    case 'float32':
      return new OrtTensor('float32', Float32Array.from(numbers), shape);
    case 'float64':
      return new OrtTensor('float64', Float64Array.from(numbers), shape);
    case 'int32':
      return new OrtTensor('int32', Int32Array.from(numbers), shape);
    case 'int64':
      return new OrtTensor('int64', BigInt64Array.from(numbers, BigInt), shape);
    case 'uint8':
      return new OrtTensor('uint8', Uint8Array.from(numbers), shape);
    case 'bool':
      return new OrtTensor('bool', Uint8Array.from(numbers), shape);
    default:
      throw new TypeError(`No input of type ${dtype} is expected`);
  }
}
