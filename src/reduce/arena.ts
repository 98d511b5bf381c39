/** Hands out parts of a range of memory; the first that is large enough, so that low addresses are used again and again. */
export class Arena {
  /** Free ranges by rising address, none touching the next. */
  readonly #free: { start: number; end: number }[];

  constructor(
    start: number,
    readonly bytes: number,
  ) {
    this.#free = [{ start, end: start + bytes }];
  }

  /** Address of `bytes` bytes, a multiple of 64; undefined if there is no room now. */
  allocate(bytes: number): number | undefined {
    const size = roundUp(bytes);
    const index = this.#free.findIndex(({ start, end }) => end - start >= size);
    const range = this.#free[index];
    if (!range) return undefined;
    const address = range.start;
    range.start += size;
    if (range.start === range.end) this.#free.splice(index, 1);
    return address;
  }

  /** Takes back what `allocate(bytes)` gave. */
  release(address: number, bytes: number): void {
    const end = address + roundUp(bytes);
    let index = this.#free.findIndex(({ start }) => start > address);
    if (index < 0) index = this.#free.length;
    this.#free.splice(index, 0, { start: address, end });
    this.#join(index);
    this.#join(index - 1);
  }

  #join(index: number): void {
    const range = this.#free[index];
    const next = this.#free[index + 1];
    if (range && next && range.end === next.start) {
      range.end = next.end;
      this.#free.splice(index + 1, 1);
    }
  }
}

function roundUp(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 64)) * 64;
}
