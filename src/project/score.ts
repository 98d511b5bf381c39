import type { TapOutput } from '../engines/engine.js';
import { BOUNDARIES, predictions, type Reading } from './reading.js';

/** How a network does with projections in it. */
export interface Outcome {
  /** Share of the labels that are met; undefined without labels. */
  accuracy: number | undefined;
  /** Frobenius norm of the difference to the unprojected network's outputs, relative to that of these. */
  change: number;
  /** Share of the predictions that stay what they are without projections. */
  agreement: number;
}

/** Gathers an outcome, batch by batch. */
export class Score {
  /** For each of the boundaries: which one counts is known when all outputs were seen. */
  readonly #tallies = BOUNDARIES.map((boundary) => ({ boundary, met: 0, same: 0 }));
  #places = 0;
  #squares = 0;
  #moved = 0;
  #hasLabels = false;

  /** @param wanted the classes of the batch, where there are labels */
  add(reading: Reading, output: TapOutput, unprojected: TapOutput, wanted: Int32Array | undefined): void {
    const tallies = reading.by === 'boundary' ? this.#tallies : this.#tallies.slice(0, 1);
    for (const tally of tallies) {
      const found = predictions(output, reading, tally.boundary);
      const before = predictions(unprojected, reading, tally.boundary);
      for (let i = 0; i < found.length; i++) {
        if (found[i] === before[i]) tally.same++;
        if (wanted && found[i] === wanted[i]) tally.met++;
      }
    }
    const [samples = 1] = output.shape;
    this.#places += samples * reading.perSample;
    for (let i = 0; i < output.data.length; i++) {
      const own = unprojected.data[i]!;
      this.#squares += own * own;
      this.#moved += (output.data[i]! - own) ** 2;
    }
    if (wanted) this.#hasLabels = true;
  }

  /** @param boundary one of BOUNDARIES; the first where predictions take none */
  outcome(boundary: number = BOUNDARIES[0]): Outcome {
    const { met, same } = this.#tallies.find((tally) => tally.boundary === boundary)!;
    return {
      accuracy: this.#hasLabels ? met / this.#places : undefined,
      change: this.#moved === 0 ? 0 : Math.sqrt(this.#moved / this.#squares),
      agreement: same / this.#places,
    };
  }
}
