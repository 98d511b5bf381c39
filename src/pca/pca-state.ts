import { eigenspaceDimension } from '../core/projection.js';
import { symmetricSpectrum } from '../core/spectrum.js';
import { Collected, type CollectedWeights, type Weight } from './collected.js';
import { joinDoubles, splitDoubles } from './double-weights.js';

/** The weights of a PCA layer. */
export interface PcaWeights extends CollectedWeights {
  /** Descending, as `splitDoubles` has them. */
  eigenvalues: Weight;
  /** d x d, an eigenvector a column; zeros before the first are computed. */
  eigenvectors: Weight;
  /** d numbers: what is projected are the differences from it. */
  centre: Weight;
}

/** What the eigenvectors of a layer are read as, until somebody writes others. */
interface Known {
  eigenvalues: object;
  eigenvectors: object;
  threshold: number;
  isComputed: boolean;
  count: number;
}

/** What a PCA layer collects, computes and chooses; the layer's weights hold all that is to be saved of it. */
export class PcaState {
  /** Times that the eigenvectors were computed. */
  epoch = 0;
  /** Directions in the place of the eigenvectors, d x count, row-major. */
  injected: Float32Array | undefined;
  readonly #collected: Collected;
  #known: Known | undefined;

  constructor(
    readonly d: number,
    private readonly weights: PcaWeights,
    private readonly write: (weight: keyof PcaWeights, values: Float32Array) => void,
  ) {
    this.#collected = new Collected(d, weights, write);
  }

  /** Whether points were collected since the eigenvectors were computed. */
  get isPending(): boolean {
    return this.#collected.n > 0;
  }

  /** Adds points, row by row. */
  collect(rows: Float32Array, count: number): void {
    this.#collected.add(rows, count);
  }

  /** Computes the eigenvectors of what was collected, and begins to collect anew. */
  settle(center: boolean): void {
    const { values, vectors } = symmetricSpectrum(this.#collected.covariance(center), this.d, {
      vectors: true,
    });
    this.write('eigenvalues', splitDoubles(values.map((value) => Math.max(value, 0))));
    this.write('eigenvectors', Float32Array.from(vectors));
    this.write('centre', Float32Array.from(this.#collected.mean));
    this.#collected.reset();
    this.injected = undefined;
    this.epoch++;
  }

  /** Whether there are eigenvectors to project onto. */
  isComputed(threshold: number): boolean {
    return this.#read(threshold).isComputed;
  }

  /** How many directions explain the threshold. */
  count(threshold: number): number {
    return this.#read(threshold).count;
  }

  #read(threshold: number): Known {
    const { eigenvalues, eigenvectors } = this.weights;
    const ids = { eigenvalues: eigenvalues.read().dataId, eigenvectors: eigenvectors.read().dataId };
    const known = this.#known;
    if (
      known?.eigenvalues === ids.eigenvalues &&
      known.eigenvectors === ids.eigenvectors &&
      known.threshold === threshold
    ) {
      return known;
    }
    const values = joinDoubles(eigenvalues.read().dataSync());
    const isComputed = Array.prototype.some.call(
      eigenvectors.read().dataSync(),
      (value: number) => value !== 0,
    );
    this.#known = { ...ids, threshold, isComputed, count: eigenspaceDimension(values, threshold) };
    return this.#known;
  }
}
