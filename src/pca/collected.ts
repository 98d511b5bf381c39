import { CovarianceAccumulator } from '../core/covariance.js';
import { joinDoubles, splitDoubles } from './double-weights.js';

/** A weight of a layer, as far as it is read and written here. */
export interface Weight {
  read(): { dataId: object; dataSync(): ArrayLike<number> };
}

/** The weights that hold what was collected: number, mean and scatter of the points, each as `splitDoubles` has it. */
export interface CollectedWeights {
  seen: Weight;
  mean: Weight;
  scatter: Weight;
}

/**
 * Points that a PCA layer collects while it is trained, as mean and scatter in float64. The layer's weights hold the same, so that they are
 * saved and loaded with the model: where somebody else has written these, what they say is taken over.
 */
export class Collected {
  #sum: CovarianceAccumulator;
  /** The data of the weights as this was written to them last. */
  #written: readonly object[] = [];

  /** @param write sets a weight */
  constructor(
    private readonly d: number,
    private readonly weights: CollectedWeights,
    private readonly write: (weight: keyof CollectedWeights, values: Float32Array) => void,
  ) {
    this.#sum = new CovarianceAccumulator(d);
  }

  /** Points so far. */
  get n(): number {
    return this.#current().n;
  }

  get mean(): Float64Array {
    return this.#current().mean();
  }

  /** Adds points, row by row. */
  add(rows: Float32Array, count: number): void {
    const sum = this.#current();
    sum.update(rows, count);
    const { n, mean, scatter } = sum.part();
    this.#save(n, mean, scatter);
  }

  /** The covariance, or with `center` false the second moments, d x d. */
  covariance(center: boolean): Float64Array {
    return this.#current().covariance({ center });
  }

  reset(): void {
    this.#sum = new CovarianceAccumulator(this.d);
    this.#save(0, new Float64Array(this.d), new Float64Array(this.d * this.d));
  }

  #current(): CovarianceAccumulator {
    const { seen, mean, scatter } = this.weights;
    const ids = [seen, mean, scatter].map((weight) => weight.read().dataId);
    if (ids.every((id, i) => id === this.#written[i])) return this.#sum;
    this.#sum = new CovarianceAccumulator(this.d);
    const [n = 0] = joinDoubles(seen.read().dataSync());
    const part = {
      n,
      mean: joinDoubles(mean.read().dataSync()),
      scatter: joinDoubles(scatter.read().dataSync()),
    };
    this.#sum.merge(part);
    this.#written = ids;
    return this.#sum;
  }

  #save(n: number, mean: Float64Array, scatter: Float64Array): void {
    const { weights } = this;
    this.write('seen', splitDoubles(Float64Array.of(n)));
    this.write('mean', splitDoubles(mean));
    this.write('scatter', splitDoubles(scatter));
    this.#written = [weights.seen, weights.mean, weights.scatter].map((weight) => weight.read().dataId);
  }
}
