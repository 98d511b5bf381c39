import { sizeOf } from '../tensor.js';
import type { ByteSource } from './byte-source.js';

/** Memory that a window of samples may take, in bytes. */
const WINDOW_BYTES = 64 << 20;
/** Gaps up to this many bytes are read along: a read call costs as much as so many bytes. */
const GAP_BYTES = 32 << 10;
/** Read calls under way at once. */
const PARALLEL_READS = 8;

interface Window {
  start: number;
  end: number;
  bytes: Uint8Array;
}

/**
 * Samples of an array in Fortran order, where the numbers of one sample lie a whole file apart from each other:
 * element (n, i1, i2, ...) of shape (N, d1, d2, ...) stands at n + N * (i1 + d1 * (i2 + ...)). A window of samples
 * (64 MB, or what is asked for) is read at once and kept, so that reading on batch by batch goes over the file once a window.
 */
export class FortranSlices {
  private readonly samples: number;
  private readonly inner: number;
  private readonly indices: Uint32Array;
  private window: Window | undefined;

  /** `items`: the array's bytes, `itemBytes` each, the byte order being of no concern here. */
  constructor(
    private readonly items: ByteSource,
    private readonly itemBytes: number,
    shape: readonly number[],
    private readonly windowBytes = WINDOW_BYTES,
  ) {
    this.samples = shape[0]!;
    this.inner = sizeOf(shape.slice(1));
    this.indices = cOrderIndices(shape.slice(1));
  }

  /** Samples that a window holds. */
  get windowSamples(): number {
    return Math.max(1, Math.floor(this.windowBytes / (this.inner * this.itemBytes)));
  }

  /** Writes samples start..end-1 to `target` in C order. */
  async read(start: number, end: number, target: Uint8Array): Promise<void> {
    const window = await this.windowAround(start, end);
    transpose(
      window.bytes,
      window.end - window.start,
      start - window.start,
      end - start,
      this.indices,
      this.itemBytes,
      target,
    );
    if (end === this.samples) this.window = undefined;
  }

  private async windowAround(start: number, end: number): Promise<Window> {
    const kept = this.window;
    if (kept && kept.start <= start && end <= kept.end) return kept;
    this.window = undefined;
    const windowEnd = Math.min(this.samples, start + Math.max(end - start, this.windowSamples));
    const window = { start, end: windowEnd, bytes: await this.readWindow(start, windowEnd) };
    this.window = window;
    return window;
  }

  /** The window in the file's own order: a run of `end - start` items for each element of a sample. */
  private async readWindow(start: number, end: number): Promise<Uint8Array> {
    const run = (end - start) * this.itemBytes;
    const stride = this.samples * this.itemBytes;
    const offset = start * this.itemBytes;
    const window = new Uint8Array(this.inner * run);
    if (run === stride) {
      await this.items.read(window, 0);
      return window;
    }
    // One call takes several runs and the gaps between them, where that costs less than a call a run.
    const perCall = stride - run > GAP_BYTES ? 1 : Math.max(1, Math.floor((4 << 20) / stride));
    let next = 0;
    const work = async () => {
      while (next < this.inner) {
        const first = next;
        const runs = Math.min(perCall, this.inner - first);
        next += runs;
        if (runs === 1) {
          await this.items.read(window.subarray(first * run, (first + 1) * run), first * stride + offset);
          continue;
        }
        const block = new Uint8Array((runs - 1) * stride + run);
        await this.items.read(block, first * stride + offset);
        for (let i = 0; i < runs; i++) {
          window.set(block.subarray(i * stride, i * stride + run), (first + i) * run);
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_READS }, work));
    return window;
  }
}

/** Where the elements of a sample, taken in Fortran order, stand in C order. */
function cOrderIndices(sampleShape: readonly number[]): Uint32Array {
  const indices = new Uint32Array(sizeOf(sampleShape));
  const strides = sampleShape.map((_, axis) => sizeOf(sampleShape.slice(axis + 1)));
  const position = sampleShape.map(() => 0);
  let index = 0;
  for (let k = 0; k < indices.length; k++) {
    indices[k] = index;
    for (let axis = 0; axis < sampleShape.length; axis++) {
      index += strides[axis]!;
      if (++position[axis]! < sampleShape[axis]!) break;
      index -= strides[axis]! * sampleShape[axis]!;
      position[axis] = 0;
    }
  }
  return indices;
}

/** Samples written side by side: measured, fewer read the window more often, many more push each other out of the cache. */
const TILE = 64;

/** target[n, indices[k]] = window[k, first + n], for items of `itemBytes`. */
function transpose(
  window: Uint8Array,
  width: number,
  first: number,
  count: number,
  indices: Uint32Array,
  itemBytes: number,
  target: Uint8Array,
): void {
  // Moved as whole numbers of at most 32 bits: a float could lose the bits of a NaN. Text may have any length.
  const unit = itemBytes % 4 === 0 ? 4 : itemBytes % 2 === 0 ? 2 : 1;
  const parts = itemBytes / unit;
  const from = unsignedView(window, unit);
  const to = unsignedView(target, unit);
  const inner = indices.length;
  for (let tile = 0; tile < count; tile += TILE) {
    const tileEnd = Math.min(count, tile + TILE);
    for (let k = 0; k < inner; k++) {
      const source = k * width + first;
      const place = indices[k]!;
      for (let n = tile; n < tileEnd; n++) {
        for (let part = 0; part < parts; part++) {
          to[(n * inner + place) * parts + part] = from[(source + n) * parts + part]!;
        }
      }
    }
  }
}

function unsignedView(bytes: Uint8Array, unit: number): Uint8Array | Uint16Array | Uint32Array {
  if (unit === 1) return bytes;
  if (unit === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
