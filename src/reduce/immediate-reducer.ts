import * as scatter from '../core/kernels/scatter-wasm.js';
import { type Points, pointRows } from '../core/points.js';
import { fastestKernel } from '../fastest-kernel.js';
import type { Job, ScatterKernel } from './job.js';
import { SharedMemory } from './shared-memory.js';
import { createRunner, SCRATCH_BYTES } from './tile-runner.mjs';
import { type Moments, TiledScatter } from './tiled-scatter.js';

type Floats = Float32Array | Float64Array;

/** So many points in a block are worth the way of the d x d numbers through memory; fewer wait for more. */
const BLOCK_POINTS = 256;
const BLOCK_BYTES = 8 * 2 ** 20;

interface LayerState {
  scatter: TiledScatter;
  /** Points that wait for more, of which there are `count`. */
  waiting: Float64Array | undefined;
  count: number;
}

/**
 * Reduces the outputs of many layers, each known by a key, to mean and covariance in float64: at once, on the caller's thread, for
 * callers that cannot wait. Where they can, `createReducer` works on several.
 */
export class ImmediateReducer<Key> {
  readonly #shared = new SharedMemory();
  readonly #layers = new Map<Key, LayerState>();

  /**
   * Takes points of a layer, copying what it keeps.
   * @throws RangeError for fewer numbers than the shape says, or another number of features than before
   */
  add(key: Key, points: Points): void {
    const { data, features } = points;
    const total = points.batch * points.positions;
    if (data.length < total * features) {
      throw new RangeError(`${total} points of ${features} are more than ${data.length} numbers`);
    }
    if (total === 0) return;
    const state = this.#layers.get(key) ?? this.#newLayer(key, features);
    if (state.scatter.features !== features) {
      throw new RangeError(`a layer has ${state.scatter.features} features, not ${features}`);
    }
    const rows = pointRows(points);
    const most = mostPoints(features * rows.BYTES_PER_ELEMENT);
    for (let first = 0; first < total; ) {
      const left = total - first;
      if (state.count === 0 && left >= BLOCK_POINTS) {
        const taken = Math.min(left, most);
        submit(state, rows.subarray(first * features, (first + taken) * features), taken);
        first += taken;
        continue;
      }
      state.waiting ??= new Float64Array(BLOCK_POINTS * features);
      const taken = Math.min(left, BLOCK_POINTS - state.count);
      state.waiting.set(rows.subarray(first * features, (first + taken) * features), state.count * features);
      state.count += taken;
      first += taken;
      if (state.count === BLOCK_POINTS) submitWaiting(state);
    }
  }

  /** Moments of all points of a layer so far; undefined if there are none. More points may follow. */
  result(key: Key): Moments | undefined {
    const state = this.#layers.get(key);
    if (!state) return undefined;
    submitWaiting(state);
    return state.scatter.moments();
  }

  /** Forgets all points. */
  reset(): void {
    this.#layers.clear();
    this.#shared.release();
  }

  #newLayer(key: Key, features: number): LayerState {
    const state: LayerState = {
      scatter: new TiledScatter(features, this.#shared),
      waiting: undefined,
      count: 0,
    };
    this.#layers.set(key, state);
    return state;
  }
}

function submitWaiting(state: LayerState): void {
  if (!state.waiting || state.count === 0) return;
  submit(state, state.waiting.subarray(0, state.count * state.scatter.features), state.count);
  state.count = 0;
}

/** Adds a block of rows to the matrix, in pieces that the kernel's memory holds. */
function submit({ scatter }: LayerState, rows: Floats, count: number): void {
  const { features } = scatter;
  const most = mostPoints(features * rows.BYTES_PER_ELEMENT);
  for (let first = 0; first < count; first += most) {
    const batch = Math.min(most, count - first);
    const { address, copy, work } = callersKernel();
    copy(rows.subarray(first * features, (first + batch) * features));
    const block = {
      data: address,
      elementBytes: rows.BYTES_PER_ELEMENT,
      layout: 'rows' as const,
      batch,
      features,
    };
    work(scatter.job(0, { ...block, positions: 1 }));
  }
}

function mostPoints(pointBytes: number): number {
  return Math.max(1, Math.floor(BLOCK_BYTES / pointBytes));
}

interface CallersKernel {
  /** Where a block lies in the kernel's memory. */
  address: number;
  copy(rows: Floats): void;
  work(job: Job): void;
}

let kernel: CallersKernel | undefined;

/** One for all: a block is worked on before the next one comes. */
function callersKernel(): CallersKernel {
  if (kernel) return kernel;
  const memory = new SharedMemory().memory(Math.ceil((SCRATCH_BYTES + BLOCK_BYTES) / 65536));
  const { exports } = new WebAssembly.Instance<ScatterKernel>(fastestKernel(scatter), { env: { memory } });
  const run = createRunner(exports, memory.buffer, 0);
  kernel = {
    address: SCRATCH_BYTES,
    copy(rows) {
      const { buffer } = memory;
      const block =
        rows instanceof Float32Array
          ? new Float32Array(buffer, SCRATCH_BYTES, rows.length)
          : new Float64Array(buffer, SCRATCH_BYTES, rows.length);
      block.set(rows);
    },
    work: (job) => void run(job),
  };
  return kernel;
}
