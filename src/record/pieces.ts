import { OutOfMemory, type Session, type TapResult } from '../engines/engine.js';
import { UserError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Tensor } from '../tensor.js';

/** Samples that were run at once. */
export interface Piece {
  results: TapResult[];
  /** Samples that were run. */
  size: number;
  /** Of these, from the front, so many count. */
  kept: number;
  /** Samples of the batch that were run before. */
  start: number;
}

/** Runs batches, in smaller pieces once one was too large for the device's memory. */
export class Pieces {
  #most = Number.POSITIVE_INFINITY;

  /** @param fixed samples that the model fixes for a batch */
  constructor(
    private readonly session: Session,
    private readonly model: Model,
    private readonly fixed: number | undefined,
    private readonly note: (message: string) => void,
  ) {}

  /**
   * The first `kept` samples; of a batch of fixed size all are run, and so many count.
   * @throws UserError where a single sample is too much for the memory
   */
  async *run(tensors: Map<string, Tensor>, kept: number): AsyncGenerator<Piece> {
    if (this.fixed !== undefined) {
      const results = await this.#try(tensors, this.fixed, kept);
      if (!results) throw new UserError(tooLarge(this.model, this.fixed));
      yield { results, size: this.fixed, kept, start: 0 };
      return;
    }
    for (let start = 0; start < kept; ) {
      const size = Math.min(this.#most, kept - start);
      const results = await this.#try(samplesOf(tensors, start, size), size);
      if (results) {
        yield { results, size, kept: size, start };
        start += size;
        continue;
      }
      if (size === 1) throw new UserError(tooLarge(this.model, 1));
      this.#most = Math.ceil(size / 2);
      this.note(
        `${this.model.path}: ${size} samples at a time do not fit into the memory of the device: going on with ${this.#most} (--batch-size)`,
      );
    }
  }

  /** undefined where memory was too small. */
  async #try(tensors: Map<string, Tensor>, size: number, kept?: number): Promise<TapResult[] | undefined> {
    try {
      return await this.session.run(tensors, kept === size ? undefined : kept);
    } catch (error) {
      if (error instanceof OutOfMemory) return undefined;
      throw error;
    }
  }
}

/** `count` samples from `start` on; numbers are not copied. */
export function samplesOf(tensors: Map<string, Tensor>, start: number, count: number): Map<string, Tensor> {
  return new Map(
    [...tensors].map(([key, tensor]): [string, Tensor] => {
      const { dtype, shape, data } = tensor;
      if (count === shape[0]) return [key, tensor];
      const size = data.length / (shape[0] ?? 1);
      const [from, to] = [start * size, (start + count) * size];
      const part = Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
      return [key, { dtype, shape: [count, ...shape.slice(1)], data: part }];
    }),
  );
}

function tooLarge({ path }: Model, size: number): string {
  const what = size === 1 ? 'a single sample does' : `the batch of ${size} samples that the model fixes does`;
  return `${path}: ${what} not fit into the memory of the device; run it with --device cpu, record fewer layers with --layers, or give smaller samples`;
}
