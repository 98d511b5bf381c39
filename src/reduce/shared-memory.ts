import { UserError } from '../errors.js';

/** What the last closed reducer left. */
let spare: { buffers: SharedArrayBuffer[]; memories: WebAssembly.Memory[] } = { buffers: [], memories: [] };

/**
 * Memory that threads share. V8 does not count it when it decides whether to collect garbage (Node 20), so that reducing one
 * checkpoint after another would pile it up: what one reducer leaves is used by the next.
 */
export class SharedMemory {
  readonly #buffers: SharedArrayBuffer[] = [];
  readonly #memories: WebAssembly.Memory[] = [];

  /** A buffer of `bytes` bytes, which may hold anything. */
  buffer(bytes: number): SharedArrayBuffer {
    const buffer =
      takeFrom(spare.buffers, ({ byteLength }) => byteLength === bytes) ?? new SharedArrayBuffer(bytes);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A kernel's memory of `pages` pages of 64 KiB, which may hold anything. */
  memory(pages: number): WebAssembly.Memory {
    const memory =
      takeFrom(spare.memories, ({ buffer }) => buffer.byteLength === pages * 65536) ?? newMemory(pages);
    this.#memories.push(memory);
    return memory;
  }

  /** Leaves everything to whoever comes next; no thread may be using it. */
  release(): void {
    spare = { buffers: this.#buffers.splice(0), memories: this.#memories.splice(0) };
  }
}

function takeFrom<T>(items: T[], suits: (item: T) => boolean): T | undefined {
  const index = items.findIndex(suits);
  return index < 0 ? undefined : items.splice(index, 1)[0];
}

function newMemory(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    // V8 reserves 10 GB of addresses around every memory, to go without checks of bounds.
    throw new UserError(
      `the ${Math.round(pages / 16)} MB that layer outputs are reduced in cannot be had (${(error as Error).message}); where 'ulimit -v' limits the address space, allow at least 12 GB`,
      { cause: error },
    );
  }
}
