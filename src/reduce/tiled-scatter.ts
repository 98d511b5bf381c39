import type { Job } from './job.js';
import type { SharedMemory } from './shared-memory.js';
import { MAX_TILE_WIDTH, recordLength } from './tile-runner.mjs';

/** Mean and covariance of the points of a layer. */
export interface Moments {
  /** Number of points. */
  n: number;
  /** d numbers; NaN where a feature was not finite. */
  mean: Float64Array;
  /** d x d, row-major, symmetric, divisor n; NaN in the rows and columns of features that were not finite. */
  covariance: Float64Array;
}

/** Where a block of points lies in the kernel's memory, and its shape. */
export type PlacedPoints = Pick<Job, 'data' | 'elementBytes' | 'layout' | 'batch' | 'features' | 'positions'>;

/** A matrix of a single tile would be the work of one thread: so many of them share the blocks, and are merged at the end. */
const LANES = 4;

/**
 * The upper triangle of a layer's scatter matrix, cut into tiles in shared memory. How it is cut, and in which order
 * blocks enter which tile, does not depend on the number of threads, and so neither does any bit of the result.
 */
export class TiledScatter {
  readonly #tileWidth: number;
  readonly #tilesAcross: number;
  readonly #tiles: number;
  readonly #records: Float64Array;
  readonly #turns: Int32Array;
  readonly #lanes: { blocks: number; points: number }[];
  #blocks = 0;

  /** @param features the dimension d; the matrix takes about 4 d^2 bytes. */
  constructor(
    readonly features: number,
    shared: SharedMemory,
  ) {
    this.#tilesAcross = Math.ceil(features / MAX_TILE_WIDTH);
    this.#tileWidth = Math.ceil(features / this.#tilesAcross / 4) * 4;
    this.#tiles = (this.#tilesAcross * (this.#tilesAcross + 1)) / 2;
    this.#lanes = Array.from({ length: this.#tiles === 1 ? LANES : 1 }, () => ({ blocks: 0, points: 0 }));
    const records = this.#lanes.length * this.#tiles;
    this.#records = new Float64Array(shared.buffer(records * recordLength(this.#tileWidth) * 8));
    this.#turns = new Int32Array(new SharedArrayBuffer(records * 4));
  }

  /** The job of adding a block; jobs enter the matrix in the order in which they are made. */
  job(id: number, points: PlacedPoints): Job {
    const index = this.#blocks++ % this.#lanes.length;
    const lane = this.#lanes[index]!;
    const job: Job = {
      ...points,
      id,
      tileWidth: this.#tileWidth,
      tilesAcross: this.#tilesAcross,
      records: this.#records,
      firstRecord: index * this.#tiles,
      turns: this.#turns,
      turn: lane.blocks,
      before: lane.points,
      taken: new Int32Array(new SharedArrayBuffer(8)),
    };
    lane.blocks++;
    lane.points += points.batch * points.positions;
    return job;
  }

  get hasPoints(): boolean {
    return this.#blocks > 0;
  }

  /** Whether all jobs made so far are done. */
  isSettled(): boolean {
    return this.#lanes.every(({ blocks }, lane) => {
      for (let tile = lane * this.#tiles; tile < (lane + 1) * this.#tiles; tile++) {
        if (Atomics.load(this.#turns, tile) !== blocks) return false;
      }
      return true;
    });
  }

  /** Of all jobs made so far, which must be done. */
  moments(): Moments {
    // A lane without points holds what the memory held before.
    const used = [...this.#lanes.keys()].filter((lane) => this.#lanes[lane]!.points > 0);
    const [first, ...others] = used.map((lane) => this.#lanePart(lane));
    const { n, origin, offset, scatter } = others.reduce(merge, first!);
    for (let i = 0; i < scatter.length; i++) scatter[i] = scatter[i]! / n;
    const moments = { n, mean: origin.map((value, i) => value + offset[i]!), covariance: scatter };
    spreadNonFinite(moments);
    mirrorUpper(scatter, this.features);
    return moments;
  }

  #lanePart(lane: number): Part {
    const d = this.features;
    const width = this.#tileWidth;
    const origin = new Float64Array(d);
    const offset = new Float64Array(d);
    const scatter = new Float64Array(d * d);
    let index = lane * this.#tiles;
    for (let row = 0; row < d; row += width) {
      for (let column = row; column < d; column += width) {
        const record = this.#record(index++);
        const columns = Math.min(width, d - column);
        for (let i = 0; i < width && row + i < d; i++) {
          scatter.set(record.subarray(i * width, i * width + columns), (row + i) * d + column);
          if (row !== column) continue;
          origin[row + i] = record[width * width + i]!;
          offset[row + i] = record[width * width + 2 * width + i]!;
        }
      }
    }
    return { n: this.#lanes[lane]!.points, origin, offset, scatter };
  }

  #record(index: number): Float64Array {
    const length = recordLength(this.#tileWidth);
    return this.#records.subarray(index * length, (index + 1) * length);
  }
}

/** What a lane holds of the points that came its way: the mean is origin + offset, the scatter's upper triangle is about it. */
interface Part {
  n: number;
  origin: Float64Array;
  offset: Float64Array;
  scatter: Float64Array;
}

/** Chan, Golub & LeVeque (1983). */
function merge(a: Part, b: Part): Part {
  const n = a.n + b.n;
  const d = a.origin.length;
  const { origin, scatter } = a;
  const delta = b.origin.map((value, i) => value - origin[i]! + (b.offset[i]! - a.offset[i]!));
  for (let i = 0; i < d; i++) {
    const weighted = ((a.n * b.n) / n) * delta[i]!;
    for (let j = i; j < d; j++) {
      const at = i * d + j;
      scatter[at] = scatter[at]! + b.scatter[at]! + weighted * delta[j]!;
    }
  }
  return { n, origin, offset: a.offset.map((value, i) => value + delta[i]! * (b.n / n)), scatter };
}

/** Infinity times zero hides in products with some features and not others: whatever touches such a feature is NaN. */
function spreadNonFinite({ mean, covariance }: Moments): void {
  const d = mean.length;
  for (let f = 0; f < d; f++) {
    if (!Number.isFinite(mean[f]!)) mean[f] = NaN;
    if (Number.isFinite(mean[f]!) && Number.isFinite(covariance[f * d + f]!)) continue;
    for (let i = 0; i < f; i++) covariance[i * d + f] = NaN;
    covariance.fill(NaN, f * d + f, f * d + d);
  }
}

/** In blocks, as whole columns of a wide matrix do not stay in cache. */
function mirrorUpper(matrix: Float64Array, d: number): void {
  const block = 32;
  for (let row = 0; row < d; row += block) {
    const rowEnd = Math.min(row + block, d);
    for (let column = row; column < d; column += block) {
      const columnEnd = Math.min(column + block, d);
      for (let i = row; i < rowEnd; i++) {
        for (let j = Math.max(column, i + 1); j < columnEnd; j++) matrix[j * d + i] = matrix[i * d + j]!;
      }
    }
  }
}
