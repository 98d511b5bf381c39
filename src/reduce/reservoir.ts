import { createHash } from 'node:crypto';
import type { Points } from '../core/points.js';
import { type RandomSource, seededRandom } from '../core/random.js';

/** A point of a layer, and the sample that it is of. */
export interface KeptPoint {
  sample: number;
  /** d numbers. */
  point: Float64Array;
}

/**
 * A sample of points that come in pieces: all of them as long as there are no more than `capacity`, then each with the same chance (Vitter's
 * algorithm R, 1985), so that memory is bounded. Which ones is decided by the seed alone.
 */
export class Reservoir {
  readonly #kept: KeptPoint[] = [];
  readonly #random: RandomSource;
  #seen = 0;

  constructor(
    private readonly capacity: number,
    seed: string,
  ) {
    this.#random = seededRandom(createHash('sha256').update(seed).digest().readUInt32LE(0));
  }

  /** @param sampleAt the sample that the points of a place in the batch are of */
  add(points: Points, sampleAt: (place: number) => number = (place) => place): void {
    const { batch, positions } = points;
    for (let row = 0; row < batch * positions; row++) {
      const place = this.#seen < this.capacity ? this.#seen : Math.floor(this.#random() * (this.#seen + 1));
      this.#seen++;
      if (place >= this.capacity) continue;
      this.#kept[place] = {
        sample: sampleAt(Math.floor(row / positions)),
        point: pointAt(points, row),
      };
    }
  }

  get kept(): readonly KeptPoint[] {
    return this.#kept;
  }
}

function pointAt({ data, layout, features, positions }: Points, row: number): Float64Array {
  if (layout === 'rows') return Float64Array.from(data.subarray(row * features, (row + 1) * features));
  const start = Math.floor(row / positions) * features * positions + (row % positions);
  return Float64Array.from({ length: features }, (_, feature) => data[start + feature * positions]!);
}
