import { createHash } from 'node:crypto';
import { type Points, pointRows } from '../core/points.js';
import { type RandomSource, seededRandom } from '../core/random.js';

/**
 * A sample of points that come in pieces: all of them as long as there are no more than `capacity`, then each with the same chance (Vitter's
 * algorithm R, 1985), so that memory is bounded. Which ones is decided by the seed alone.
 */
export class Reservoir {
  readonly #rows: Float64Array[] = [];
  readonly #random: RandomSource;
  #seen = 0;

  constructor(
    private readonly capacity: number,
    seed: string,
  ) {
    this.#random = seededRandom(createHash('sha256').update(seed).digest().readUInt32LE(0));
  }

  add(points: Points): void {
    const { batch, positions, features } = points;
    const rows = pointRows(points);
    for (let row = 0; row < batch * positions; row++) {
      const place = this.#seen < this.capacity ? this.#seen : Math.floor(this.#random() * (this.#seen + 1));
      this.#seen++;
      if (place < this.capacity) {
        this.#rows[place] = Float64Array.from(rows.subarray(row * features, (row + 1) * features));
      }
    }
  }

  /** The sampled points, each of d numbers. */
  get points(): readonly Float64Array[] {
    return this.#rows;
  }
}
