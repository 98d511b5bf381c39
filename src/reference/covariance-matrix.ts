import { CovarianceAccumulator } from '../core/covariance.js';
import { UserError } from '../errors.js';

/** A dense array in C order: a layer's output of one batch. A tensor of TensorFlow.js gives it as `{ data: x.dataSync(), shape: x.shape }`. */
export interface ActivationBatch {
  data: Float32Array | Float64Array | Int32Array | readonly number[];
  shape: readonly number[];
}

/** Options of `CovarianceMatrix`, by the names of the Python package. */
export interface CovarianceMatrixOptions {
  /** Without effect, as in the package: the divisor is the number of samples, never one less. */
  bias?: boolean;
  /** Without effect: float64 on the CPU, wherever the network runs. */
  device?: string;
  /** Keeps all samples: `savedSamples`. */
  saveData?: boolean;
}

/** Samples that `saveData` kept: n x d, row-major. */
export interface SavedSamples {
  data: Float64Array;
  n: number;
  d: number;
}

/**
 * `TorchCovarianceMatrix`: the covariance of samples that come in batches,
 *
 *     Q(Z, Z) = sum over batches of A^T A / n - mean (outer product) mean
 *
 * with n samples in all (arXiv 2006.08679, equation 1), in float64. What is subtracted is subtracted before it is squared, so
 * that a large mean costs no digits.
 */
export class CovarianceMatrix {
  readonly bias: boolean;
  readonly device: string;
  readonly saveData: boolean;
  #sum: CovarianceAccumulator | undefined;
  readonly #saved: Float64Array[] = [];

  constructor({ bias = false, device = 'cpu', saveData = false }: CovarianceMatrixOptions = {}) {
    this.bias = bias;
    this.device = device;
    this.saveData = saveData;
  }

  /** Samples taken so far. */
  get n(): number {
    return this.#sum?.n ?? 0;
  }

  /** Numbers in a sample; undefined before the first batch, which tells. */
  get d(): number | undefined {
    return this.#sum?.d;
  }

  /**
   * Takes a batch: (samples, d), or (d) for a single sample.
   *
   * With `vae`, as the package has it for autoencoders, the axes have changed places: (d, samples), an axis of size 1 before,
   * between or after left out, as in (1, d, samples) of an LSTM's state; (samples) is samples of one number.
   *
   * @throws UserError for another number of axes, or another d than before
   */
  update({ data, shape }: ActivationBatch, vae = false): void {
    const sizes = vae && shape.length === 3 ? shape.filter((size) => size !== 1) : shape;
    const text = `(${shape.join(', ')})`;
    if (sizes.length < 1 || sizes.length > 2 || data.length !== sizes[0]! * (sizes[1] ?? 1)) {
      throw new UserError(
        `a batch of shape ${text} with ${data.length} numbers is none of (samples, features)`,
      );
    }
    const [rows, columns] = sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
    const values = Float64Array.from(data);
    const samples = vae ? transposed(values, rows, columns) : values;
    const [n, d] = vae ? [columns, rows] : [rows, columns];
    this.#sum ??= new CovarianceAccumulator(d);
    if (this.#sum.d !== d) {
      throw new UserError(
        `a batch of shape ${text} has samples of ${d} numbers, those before had ${this.#sum.d}`,
      );
    }
    this.#sum.update(samples, n);
    if (this.saveData) this.#saved.push(samples);
  }

  /** Takes what another one has taken. @throws UserError for another d */
  merge(other: CovarianceMatrix): void {
    if (!other.#sum) return;
    const part = other.#sum.part();
    this.#sum ??= new CovarianceAccumulator(other.#sum.d);
    if (this.#sum.d !== other.#sum.d)
      throw new UserError(
        `samples of ${other.#sum.d} numbers cannot be merged with samples of ${this.#sum.d}`,
      );
    this.#sum.merge(part);
    if (this.saveData) this.#saved.push(...other.#saved);
  }

  /**
   * The covariance, d x d, row-major; with `center` false the second moments, sum A^T A / n. Changes nothing: more batches may follow.
   * @throws UserError if there was no sample
   */
  fix(center = true): Float64Array {
    if (!this.#sum || this.#sum.n === 0)
      throw new UserError('there is no covariance before the first sample');
    return this.#sum.covariance({ center });
  }

  /** All samples so far, as `saveData` keeps them; undefined without it, and before the first batch. */
  get savedSamples(): SavedSamples | undefined {
    const d = this.#sum?.d;
    if (!this.saveData || d === undefined) return undefined;
    const data = new Float64Array(this.#saved.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const samples of this.#saved) {
      data.set(samples, at);
      at += samples.length;
    }
    return { data, n: data.length / d, d };
  }
}

export { CovarianceMatrix as TorchCovarianceMatrix };

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!;
  }
  return result;
}
