import { addGram, mirrorLower, TILE } from './gram.js';

/** Rows that are collected before they enter the scatter matrix: enough to be worth passing d x d numbers through memory. */
const BLOCK_ROWS = 256;

/** What a set of rows contributes to a covariance: enough to merge it with others. */
export interface CovariancePart {
  /** Number of rows. */
  n: number;
  /** d numbers. */
  mean: Float64Array;
  /** d x d, row-major: sum of (x - mean)(x - mean)^T. Only the lower triangle is read. */
  scatter: Float64Array;
}

/**
 * Mean and covariance of rows that come in pieces, in float64.
 *
 * Rows are taken relative to the first one, and blocks of them are centred on their own mean and merged by the formula of
 * Chan, Golub & LeVeque (1983), S = S_a + S_b + (n_a n_b / n)(m_b - m_a)(m_b - m_a)^T, so that a mean of a million standard
 * deviations costs no digits. How the rows were cut into pieces, and their order, changes only the last digits.
 */
export class CovarianceAccumulator {
  #n = 0;
  #merged = 0;
  /** Subtracted from every row on arrival: exact for rows that are near it, which is where digits are at stake. */
  #origin: Float64Array | undefined;
  /** Mean of the merged rows, relative to the origin. */
  readonly #mean: Float64Array;
  readonly #scatter: Float64Array;
  /** Waiting rows, relative to the origin, feature by feature: entry k of feature i is at i * stride + k. */
  #block: Float64Array | undefined;
  #waiting = 0;

  /** @throws RangeError if d is not a positive integer. */
  constructor(readonly d: number) {
    if (!Number.isInteger(d) || d < 1) throw new RangeError(`a row of ${d} numbers has no covariance`);
    this.#mean = new Float64Array(d);
    this.#scatter = new Float64Array(d * d);
  }

  /** Rows taken so far. */
  get n(): number {
    return this.#n;
  }

  /**
   * Takes the first `count` rows of `rows` (count x d, row-major), which may be reused afterwards.
   * @throws RangeError if there are fewer.
   */
  update(rows: Float32Array | Float64Array, count: number): void {
    const { d } = this;
    if (rows.length < count * d)
      throw new RangeError(`${count} rows of ${d} are more than ${rows.length} numbers`);
    if (count === 0) return;
    this.#origin ??= Float64Array.from(rows.subarray(0, d));
    // One more than the rows: the place for the row that merges the block's mean.
    const stride = BLOCK_ROWS + 1;
    this.#block ??= new Float64Array(paddedFeatures(d) * stride);
    for (let done = 0; done < count; ) {
      const taken = Math.min(count - done, BLOCK_ROWS - this.#waiting);
      transposeInto(this.#block, stride, this.#waiting, rows, done, taken, this.#origin);
      done += taken;
      this.#waiting += taken;
      if (this.#waiting === BLOCK_ROWS) this.#mergeBlock();
    }
    this.#n += count;
  }

  /** Takes rows that were reduced elsewhere. */
  merge(part: CovariancePart): void {
    const { d } = this;
    if (part.mean.length !== d || part.scatter.length !== d * d) {
      throw new RangeError(`a part of dimension ${part.mean.length} does not fit one of dimension ${d}`);
    }
    if (part.n === 0) return;
    this.#mergeBlock();
    this.#origin ??= part.mean.slice();
    const scatter = this.#scatter;
    const delta = new Float64Array(d);
    for (let i = 0; i < d; i++) delta[i] = part.mean[i]! - this.#origin[i]! - this.#mean[i]!;
    const total = this.#merged + part.n;
    const weight = (this.#merged * part.n) / total;
    for (let i = 0; i < d; i++) {
      const weighted = weight * delta[i]!;
      for (let j = 0; j <= i; j++)
        scatter[i * d + j] = scatter[i * d + j]! + part.scatter[i * d + j]! + weighted * delta[j]!;
    }
    this.#moveMean(delta, part.n);
    this.#n += part.n;
  }

  /** Mean of the rows (d numbers); NaN if there were none. */
  mean(): Float64Array {
    this.#mergeBlock();
    const origin = this.#origin;
    return origin
      ? this.#mean.map((value, i) => value + origin[i]!)
      : new Float64Array(this.d).fill(Number.NaN);
  }

  /** Everything taken so far, to be merged elsewhere. */
  part(): CovariancePart {
    const mean = this.mean();
    if (this.#n === 0) mean.fill(0);
    return { n: this.#n, mean, scatter: this.#symmetricScatter() };
  }

  /**
   * The covariance sum (x - mean)(x - mean)^T / n, d x d and symmetric; with `center: false` sum x x^T / n.
   * NaN if there were no rows.
   */
  covariance(options: { center?: boolean } = {}): Float64Array {
    const { d } = this;
    const mean = this.mean();
    const covariance = this.#symmetricScatter();
    const about = (options.center ?? true) ? undefined : mean;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        covariance[i * d + j] = covariance[i * d + j]! / this.#n + (about ? about[i]! * about[j]! : 0);
      }
    }
    return covariance;
  }

  #symmetricScatter(): Float64Array {
    this.#mergeBlock();
    const scatter = this.#scatter.slice();
    mirrorLower(scatter, this.d);
    return scatter;
  }

  /** Moves the waiting rows into the scatter matrix, the merging term as one row more. */
  #mergeBlock(): void {
    const count = this.#waiting;
    if (count === 0 || !this.#block) return;
    const { d } = this;
    const stride = BLOCK_ROWS + 1;
    const block = this.#block;
    const weight = Math.sqrt((this.#merged * count) / (this.#merged + count));
    const delta = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      const start = i * stride;
      let sum = 0;
      for (let k = 0; k < count; k++) sum += block[start + k]!;
      const mean = sum / count;
      for (let k = 0; k < count; k++) block[start + k] = block[start + k]! - mean;
      delta[i] = mean - this.#mean[i]!;
      block[start + count] = weight * delta[i]!;
    }
    addGram(this.#scatter, d, block, stride, count + 1);
    this.#moveMean(delta, count);
    this.#waiting = 0;
  }

  #moveMean(delta: Float64Array, count: number): void {
    this.#merged += count;
    for (let i = 0; i < this.d; i++) this.#mean[i] = this.#mean[i]! + delta[i]! * (count / this.#merged);
  }
}

function paddedFeatures(d: number): number {
  return Math.ceil(d / TILE) * TILE;
}

function transposeInto(
  block: Float64Array,
  stride: number,
  offset: number,
  rows: Float32Array | Float64Array,
  first: number,
  count: number,
  origin: Float64Array,
): void {
  const d = origin.length;
  for (let k = 0; k < count; k++) {
    const row = (first + k) * d;
    for (let i = 0; i < d; i++) block[i * stride + offset + k] = rows[row + i]! - origin[i]!;
  }
}
