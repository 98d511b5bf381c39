import { allocate, bytesOfData } from '../numeric-data.js';
import { sizeOf, type Tensor } from '../tensor.js';
import type { Dataset } from './dataset.js';
import type { Binding } from './match.js';
import { type Preprocessing, preprocessor } from './preprocess.js';
import { readSamples } from './sample-order.js';

/** Samples on their way into a model. */
export interface Batch {
  /** One tensor a model input, of the input's element type, axis 0 being `size` long. */
  tensors: Map<string, Tensor>;
  /** Samples that count: the first `valid` of the batch. */
  valid: number;
  /** Samples that the model runs: more than `valid` where its fixed batch size is filled up by repeating samples. */
  size: number;
  /** Batches before this one. */
  index: number;
  /** Samples before this batch. */
  start: number;
}

export interface BatchOptions {
  /** Which array feeds which input: from `matchInputs`. */
  bindings: readonly Binding[];
  /** Samples a batch, at least 1; the last batch may have fewer. */
  batchSize: number;
  /** The batch size that the model fixes (`fixedBatchSize`): it goes before `batchSize`. */
  fixedBatch?: number | undefined;
  /** No more samples than these. */
  limit?: number | undefined;
  /** The samples in the order that they are run in; undefined: as they stand. */
  order?: Uint32Array | undefined;
  preprocessing?: Preprocessing | undefined;
}

/**
 * A dataset's samples, preprocessed, batch by batch. The next batch is read while the caller works on the current one.
 * Throws UserError for a value that the model's input type cannot hold.
 */
export async function* batches(dataset: Dataset, options: BatchOptions): AsyncGenerator<Batch> {
  const { bindings, fixedBatch, limit, order } = options;
  const size = fixedBatch ?? options.batchSize;
  if (!(size >= 1)) throw new RangeError(`batches of ${size} samples`);
  const end = Math.min(dataset.samples, limit ?? dataset.samples);
  const steps = bindings.map((binding) =>
    preprocessor(dataset.path, binding, bindings.length, options.preprocessing),
  );

  const load = async (index: number): Promise<Batch> => {
    const start = index * size;
    const valid = Math.min(size, end - start);
    const read = order
      ? await readSamples(dataset, order.subarray(start, start + valid))
      : await dataset.read(start, start + valid);
    const sampleAt = (place: number) => order?.[start + place] ?? start + place;
    const tensors = new Map<string, Tensor>();
    bindings.forEach((binding, i) => {
      const tensor = steps[i]!(read[binding.index]!, sampleAt);
      tensors.set(binding.input.key, fixedBatch === undefined ? tensor : filledUp(tensor, size));
    });
    return { tensors, valid, size: fixedBatch ?? valid, index, start };
  };

  let ahead: Promise<Batch> | undefined;
  try {
    for (let index = 0; index * size < end; index++) {
      const batch = await (ahead ?? load(index));
      ahead = (index + 1) * size < end ? load(index + 1) : undefined;
      // Its failure is told when its turn comes; until then it is no unhandled one.
      ahead?.catch(() => {});
      yield batch;
    }
  } finally {
    // Whoever stops early closes the dataset next: not in the middle of a read.
    await ahead?.catch(() => {});
  }
}

/** The tensor with `size` samples, its own repeated from the first on. */
function filledUp(tensor: Tensor, size: number): Tensor {
  const valid = tensor.shape[0]!;
  if (valid === size) return tensor;
  const { dtype, data } = tensor;
  const shape = [size, ...tensor.shape.slice(1)];
  const length = sizeOf(shape);
  if (Array.isArray(data)) {
    return { dtype, shape, data: Array.from({ length }, (_, i) => data[i % data.length]!) };
  }
  if (dtype === 'string') throw new Error('text is held in an array of its own');
  const filled = allocate(dtype, length);
  const target = bytesOfData(filled);
  const source = bytesOfData(data);
  for (let at = 0; at < target.length; at += source.length) {
    target.set(source.subarray(0, target.length - at), at);
  }
  return { dtype, shape, data: filled };
}
