import { pointDimension } from '../../core/points.js';
import { UserError } from '../../errors.js';
import type { Model } from '../../model/model.js';
import type { Unprojected } from '../../model/projection.js';
import { nodeOf } from '../../model/savedmodel/flat.js';
import { takesPoints } from '../../model/tensorflow/points.js';
import type { FedInput, TapRequest, TensorflowProgram, WrittenTap } from '../../model/tensorflow/program.js';
import { fromStripes } from '../../model/tensorflow/stripes.js';
import { bytesOfData } from '../../numeric-data.js';
import type { Moments } from '../../reduce/reducer.js';
import { bytesOf, type Tensor } from '../../tensor.js';
import {
  type LoadOptions,
  OutOfMemory,
  type Session,
  type Tap,
  type TapInfo,
  type TapResult,
} from '../engine.js';
import type { FedArray, FedTensor } from './binding.js';
import { withSavedModel } from './saved-model-folder.js';
import { TensorflowError, type TensorflowProcess } from './tensorflow-process.js';

/** Rewrites a SavedModel for its taps and loads it into a process that runs TensorFlow. */
export async function loadSession(
  tensorflow: TensorflowProcess,
  model: Model,
  taps: readonly Tap[],
  { padded, handOut, projections }: LoadOptions,
): Promise<Session> {
  if (!model.toTensorflow) {
    throw new UserError(
      `${model.path}: the engine tensorflow runs SavedModels; run ONNX files with --engine onnx`,
    );
  }
  const requests = handOut ? taps.map(({ value }) => ({ value })) : taps.map(requestOf);
  const program = model.toTensorflow(requests, padded, projections);
  const { session } = await withSavedModel(program.folder, program.savedModel, async (folder) => {
    const { answer } = await tensorflow.ask('load', { folder }).catch((error: unknown) => {
      throw problem(error, `${model.path}: TensorFlow cannot load the model`);
    });
    return answer;
  });
  const loaded = new TensorflowSession(tensorflow, session, model, program, taps);
  await loaded.prepare();
  return loaded;
}

/** Points are taken in the graph where they can be; else the output is handed out. */
function requestOf({ value, shape, points }: Tap): TapRequest {
  if (!shape || !points || !takesPoints(shape.length, points.view, points.options)) return { value };
  const { view, options } = points;
  const features = pointDimension(shape, view, options);
  return { value, points: { rank: shape.length, view, options, features } };
}

class TensorflowSession implements Session {
  readonly taps: TapInfo[];
  readonly notes: string[] = [];
  readonly unprojected: Unprojected;
  /** What a run asks for: the step, then the outputs that are handed out. */
  readonly #fetch: string[];

  constructor(
    private readonly tensorflow: TensorflowProcess,
    private readonly session: number,
    private readonly model: Model,
    private readonly program: TensorflowProgram,
    taps: readonly Tap[],
  ) {
    this.unprojected = program.unprojected;
    this.taps = program.taps.map((written, i) => tapInfo(written, taps[i]!));
    this.#fetch = [program.step, ...program.taps.flatMap((tap) => ('output' in tap ? [tap.output] : []))];
  }

  /** What has to be run before any batch is. */
  async prepare(): Promise<void> {
    const { restore, reset } = this.program;
    await this.#ask([], [], [...(restore === undefined ? [] : [restore]), reset]);
  }

  async run(inputs: Map<string, Tensor>, kept?: number): Promise<TapResult[]> {
    const fed: FedTensor[] = [];
    const arrays: FedArray[] = [];
    for (const input of this.program.inputs) {
      const tensor = inputs.get(input.key);
      if (!tensor) throw new Error(`no data for the input ${input.key}`);
      const { array, ...rest } = feed(input, tensor);
      fed.push(rest);
      if (array) arrays.push(array);
    }
    const { counts } = this.program;
    if (counts) {
      const size = inputs.get(this.program.inputs[0]!.key)?.shape[0] ?? 0;
      for (const [name, count] of [
        [counts.kept, kept ?? size],
        [counts.size, size],
      ] as const) {
        fed.push({ name, shape: [], dtype: 'int32' });
        arrays.push(Int32Array.of(count));
      }
    }
    return this.#results(await this.#ask(fed, arrays, this.#fetch));
  }

  async moments(tap: number): Promise<Moments | undefined> {
    const written = this.program.taps[tap];
    const { reads } = this.program;
    if (!reads || !written || !('reduced' in written)) throw new Error(`the tap ${tap} is not reduced`);
    const index: FedTensor = { name: nodeOf(reads.index), shape: [], dtype: 'int32' };
    const { arrays } = await this.#ask([index], [Int32Array.of(written.reduced)], reads.values);
    const [count, mean, ...stripes] = arrays.map(float64Of);
    const points = count![0]!;
    if (points === 0) return undefined;
    return { n: points, mean: mean!, covariance: fromStripes(stripes, mean!.length, points) };
  }

  async reset(): Promise<void> {
    await this.#ask([], [], [this.program.reset]);
  }

  async close(): Promise<void> {
    await this.tensorflow.ask('unload', { session: this.session });
  }

  async #ask(inputs: FedTensor[], arrays: FedArray[], fetch: string[]) {
    const { session } = this;
    try {
      const { answer, arrays: results } = await this.tensorflow.ask(
        'run',
        { session, inputs, fetch },
        arrays,
      );
      return { shapes: answer.shapes, arrays: results };
    } catch (error) {
      if (error instanceof TensorflowError && error.isOutOfMemory) {
        throw new OutOfMemory(error.message, { cause: error });
      }
      throw problem(error, `${this.model.path}: TensorFlow cannot run the model on this data`);
    }
  }

  #results({ shapes, arrays }: { shapes: number[][]; arrays: FedArray[] }): TapResult[] {
    const [sizes] = arrays;
    let output = 1;
    let reduced = 0;
    return this.program.taps.map((tap): TapResult => {
      if ('reduced' in tap) {
        const at = 2 * reduced++;
        return { points: sizes![at]!, features: sizes![at + 1]! };
      }
      const at = output++;
      const data = arrays[at]!;
      if (tap.dtype === 'float64') return { data: float64Of(data), shape: shapes[at]!.slice(0, -1) };
      return { data: data instanceof Float32Array ? data : Float32Array.from(data), shape: shapes[at]! };
    });
  }
}

function tapInfo(written: WrittenTap, { shape }: Tap): TapInfo {
  return {
    shape,
    dtype: 'output' in written ? written.dtype : 'float64',
    channelsFirst: false,
    batchAxis: 0,
    reduced: 'reduced' in written,
  };
}

/** An input as it is fed; the array is undefined for strings, which go with the rest. */
function feed(
  { name, as, dtype }: FedInput,
  { shape, data }: Tensor,
): FedTensor & { array: FedArray | undefined } {
  if (Array.isArray(data)) return { name, shape, dtype: 'string', strings: data, array: undefined };
  if (as === 'bytes') {
    const wide = bytesOf(dtype) > 1 ? [bytesOf(dtype)] : [];
    return { name, shape: [...shape, ...wide], dtype: 'uint8', array: bytesOfData(data) };
  }
  const isFed = data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array;
  if (!isFed || as === 'string') throw new Error(`the input ${name} of type ${dtype} got other data`);
  return { name, shape, dtype: as, array: data };
}

function float64Of({ buffer, byteOffset, byteLength }: FedArray): Float64Array {
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}

/** What TensorFlow says of what a user can put right; its own faults stay as they are. */
function problem(error: unknown, what: string): unknown {
  if (!(error instanceof TensorflowError)) return error;
  const said = error.message.replace(/^(Session fail to run with error|Failed to load SavedModel): /, '');
  const [first = ''] = said.split('\n');
  const hint = /bad_alloc|SIGKILL/.test(first)
    ? '; if it had no memory left, try a smaller --batch-size'
    : '';
  return new UserError(`${what} (${first.slice(0, 400)})${hint}`, { cause: error });
}
