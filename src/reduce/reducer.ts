import * as scatter from '../core/kernels/scatter-wasm.js';
import type { Points } from '../core/points.js';
import { fastestKernel } from '../fastest-kernel.js';
import { Arena } from './arena.js';
import { SharedMemory } from './shared-memory.js';
import { scratchBytes, startThreads, type Threads } from './threads.js';
import { type Moments, TiledScatter } from './tiled-scatter.js';

export type { Points } from '../core/points.js';
export type { Moments } from './tiled-scatter.js';

/** Reduces the outputs of many layers, each known by a number, to mean and covariance in float64. */
export interface Reducer {
  /**
   * Takes points of a layer. They are copied: `points.data` may be reused or freed once the promise has resolved,
   * which is when there was room for the copy, not when the work is done.
   * @throws RangeError for fewer numbers than the shape says, or another number of features than before.
   */
  add(layer: number, points: Points): Promise<void>;
  /** Resolves when all points given so far are in the moments. */
  flush(): Promise<void>;
  /**
   * Moments of the points that are reduced by now, without those of a layer's last block that waits for more; undefined where there are
   * none, or some are being reduced at this moment. Changes nothing, not a bit of what `result` gives.
   */
  peek(layer: number): Moments | undefined;
  /** Resolves when no points of the layer are being reduced. */
  settled(layer: number): Promise<void>;
  /** Moments of all points given so far; throws RangeError for a layer without any. */
  result(layer: number): Promise<Moments>;
  /** Ends the threads, whatever they do; the reducer is of no use afterwards. */
  close(): Promise<void>;
}

/** What copies of points that wait for a thread may take. */
const ARENA_BYTES = 256 * 2 ** 20;
/** Blocks are no larger, so that there are several for the threads to share, unless that leaves too few points in them. */
const BLOCK_BYTES = 8 * 2 ** 20;
/** So many points in a block are worth the way of the d x d numbers through memory; fewer wait for more. */
const BLOCK_POINTS = 256;

/**
 * Makes a reducer that works on `threads` threads: the caller's own if it is one, else worker threads, which also work while the caller's
 * thread is busy elsewhere. The results do not depend on their number.
 * @throws RangeError unless `threads` is a positive integer.
 */
export async function createReducer(options: { threads: number }): Promise<Reducer> {
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError(`a reducer cannot have ${threads} threads`);
  return new ThreadedReducer(threads);
}

/** A block on its way: points in the arena. */
interface Block {
  address: number;
  bytes: number;
  elementBytes: number;
  layout: Points['layout'];
  positions: number;
  /** Samples in it, and how many it has room for. */
  batch: number;
  capacity: number;
}

interface LayerState {
  scatter: TiledScatter;
  /** The block that is being filled. */
  filling?: Block | undefined;
}

class ThreadedReducer implements Reducer {
  readonly #layers = new Map<number, LayerState>();
  readonly #shared = new SharedMemory();
  readonly #memory: WebAssembly.Memory;
  readonly #arena: Arena;
  readonly #threads: Threads;
  /** Blocks that threads work on, by the id of their job. */
  readonly #working = new Map<number, Block>();
  #jobs = 0;
  #error: Error | undefined;
  #wake: (() => void)[] = [];
  /** Calls take effect one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(threads: number) {
    const scratch = scratchBytes(threads);
    const pages = Math.ceil((scratch + ARENA_BYTES) / 65536);
    this.#memory = this.#shared.memory(pages);
    this.#arena = new Arena(scratch, ARENA_BYTES);
    this.#threads = startThreads(
      threads,
      fastestKernel(scatter),
      this.#memory,
      (id) => this.#done(id),
      (error) => this.#fail(error),
    );
  }

  add(layer: number, points: Points): Promise<void> {
    return this.#inTurn(() => this.#add(layer, points));
  }

  flush(): Promise<void> {
    return this.#inTurn(() => this.#flush());
  }

  peek(layer: number): Moments | undefined {
    const scatter = this.#layers.get(layer)?.scatter;
    return scatter?.hasPoints && scatter.isSettled() ? scatter.moments() : undefined;
  }

  settled(layer: number): Promise<void> {
    return this.#inTurn(async () => {
      const scatter = this.#layers.get(layer)?.scatter;
      while (scatter && !scatter.isSettled() && !this.#error) await this.#progress();
      if (this.#error) throw this.#error;
    });
  }

  result(layer: number): Promise<Moments> {
    return this.#inTurn(async () => {
      await this.#flush();
      const state = this.#layers.get(layer);
      if (!state) throw new RangeError(`no points were added to layer ${layer}`);
      return state.scatter.moments();
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error('the reducer is closed'));
    await this.#threads.close();
    await this.#last;
    this.#shared.release();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #add(layer: number, points: Points): Promise<void> {
    if (this.#error) throw this.#error;
    const { data, features } = points;
    if (data.length < points.batch * points.positions * features) {
      throw new RangeError(
        `${points.batch} x ${points.positions} points of ${features} are more than ${data.length} numbers`,
      );
    }
    if (points.batch * points.positions === 0) return;
    const state = this.#layers.get(layer) ?? { scatter: new TiledScatter(features, this.#shared) };
    this.#layers.set(layer, state);
    if (state.scatter.features !== features) {
      throw new RangeError(`layer ${layer} has ${state.scatter.features} features, not ${features}`);
    }
    const { layout, batch, positions } = asFewPositions(points);
    const pointBytes = features * data.BYTES_PER_ELEMENT;
    const most = blockPoints(pointBytes);
    for (let position = 0; position < positions; position += most) {
      const run = Math.min(most, positions - position);
      for (let sample = 0; sample < batch; ) {
        const block = await this.#blockFor(state, layout, run, data.BYTES_PER_ELEMENT, batch - sample);
        const taken = Math.min(batch - sample, block.capacity - block.batch);
        const source = { data, features, positions };
        this.#copy(source, sample, taken, position, block);
        block.batch += taken;
        sample += taken;
        if (block.batch * run >= BLOCK_POINTS || block.batch === block.capacity) this.#submit(state);
      }
    }
  }

  /** The block that is being filled, if what comes fits in, else a new one for up to `samples` samples. */
  async #blockFor(
    state: LayerState,
    layout: Points['layout'],
    positions: number,
    elementBytes: number,
    samples: number,
  ): Promise<Block> {
    const { filling } = state;
    if (
      filling &&
      filling.layout === layout &&
      filling.positions === positions &&
      filling.elementBytes === elementBytes
    )
      return filling;
    this.#submit(state);
    const sampleBytes = state.scatter.features * positions * elementBytes;
    const enough = Math.ceil(BLOCK_POINTS / positions);
    const most = Math.max(1, Math.floor(blockPoints(state.scatter.features * elementBytes) / positions));
    const capacity = Math.min(most, Math.max(samples, enough));
    const bytes = capacity * sampleBytes;
    const address = await this.#allocate(bytes);
    state.filling = { address, bytes, elementBytes, layout, positions, batch: 0, capacity };
    return state.filling;
  }

  /** Copies samples first..first+count-1, from `position` on as many positions as the block has, to the block's end. */
  #copy(
    { data, features, positions }: Pick<Points, 'data' | 'features' | 'positions'>,
    first: number,
    count: number,
    position: number,
    block: Block,
  ): void {
    const size = features * block.positions;
    const start = block.address + block.batch * size * block.elementBytes;
    const { buffer } = this.#memory;
    const target =
      data instanceof Float32Array
        ? new Float32Array(buffer, start, count * size)
        : new Float64Array(buffer, start, count * size);
    if (block.positions === positions) {
      target.set(data.subarray(first * size, (first + count) * size));
      return;
    }
    for (let row = 0; row < count * features; row++) {
      const from = (first * features + row) * positions + position;
      target.set(data.subarray(from, from + block.positions), row * block.positions);
    }
  }

  async #allocate(bytes: number): Promise<number> {
    for (;;) {
      if (this.#error) throw this.#error;
      const address = this.#arena.allocate(bytes);
      if (address !== undefined) return address;
      // Blocks of many layers that wait to be filled may hold the room.
      if (this.#working.size === 0) for (const state of this.#layers.values()) this.#submit(state);
      if (this.#working.size > 0) await this.#progress();
      else if (bytes > ARENA_BYTES) throw new RangeError(`a block of ${bytes} bytes is too large`);
    }
  }

  #submit(state: LayerState): void {
    const { filling, scatter } = state;
    if (!filling) return;
    state.filling = undefined;
    const { address: data, elementBytes, layout, batch, positions } = filling;
    const id = this.#jobs++;
    this.#working.set(id, filling);
    this.#threads.run(
      scatter.job(id, { data, elementBytes, layout, batch, features: scatter.features, positions }),
    );
  }

  async #flush(): Promise<void> {
    for (const state of this.#layers.values()) this.#submit(state);
    while (this.#working.size > 0 && !this.#error) await this.#progress();
    if (this.#error) throw this.#error;
  }

  /** Resolves when a job is done, or nothing more will be. */
  #progress(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #done(id: number): void {
    const block = this.#working.get(id);
    if (!block) return;
    this.#working.delete(id);
    this.#arena.release(block.address, block.bytes);
    this.#wakeAll();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#wakeAll();
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const resolve of waiting) resolve();
  }
}

/** Points that lie one after another are rows of as many samples. */
function asFewPositions({
  layout,
  batch,
  positions,
}: Points): Pick<Points, 'layout' | 'batch' | 'positions'> {
  if (layout === 'rows' || positions === 1) return { layout: 'rows', batch: batch * positions, positions: 1 };
  return { layout, batch, positions };
}

/** Points in a block at most. */
function blockPoints(pointBytes: number): number {
  const most = Math.floor(ARENA_BYTES / 4 / pointBytes);
  return Math.max(1, Math.min(most, Math.max(BLOCK_POINTS, Math.floor(BLOCK_BYTES / pointBytes))));
}
