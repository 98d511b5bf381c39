import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interrupted, UserError } from '../errors.js';
import { type ByteSource, fileSource, memorySource } from './byte-source.js';
import { NPY_PREFIX_BYTES, npyHeaderBytes, parseNpyHeader } from './npy-header.js';

/** As messages name it. */
export const PIPE = 'standard input';
/** Arrays up to this size are held in memory, larger ones in a temporary file. */
const IN_MEMORY_BYTES = 64 << 20;

type Pipe = NodeJS.ReadableStream & { isTTY?: boolean; destroy?(): void };

/**
 * A npy array that comes through a pipe. It is read once, up to its end and not further, when it is first asked for; then it can be read at any
 * place and as often as wanted, until it is closed.
 */
export class PipedData {
  #spooled: Promise<ByteSource> | undefined;

  constructor(
    private readonly pipe: Pipe,
    private readonly signal?: AbortSignal,
    private readonly inMemoryBytes = IN_MEMORY_BYTES,
  ) {}

  /** The array's bytes. Throws UserError if the pipe brings no npy array, or not all of one; Interrupted. */
  source(): Promise<ByteSource> {
    this.#spooled ??= this.#spool();
    return this.#spooled;
  }

  async close(): Promise<void> {
    const source = await this.#spooled?.catch(() => undefined);
    this.#spooled = undefined;
    await source?.close();
  }

  async #spool(): Promise<ByteSource> {
    if (this.pipe.isTTY) {
      throw new UserError(
        `${PIPE} is a terminal: --data - reads a npy array from a pipe, as in: python make.py | delve record MODEL --data -`,
      );
    }
    const chunks = this.#chunks();
    try {
      const start = await startOf(chunks);
      const bytes = expectedBytes(start);
      return bytes <= this.inMemoryBytes
        ? await toMemory(start, chunks, bytes)
        : await toFile(start, chunks, bytes);
    } finally {
      // What follows the array stays unread: whoever writes it is told so by the closed pipe.
      await chunks.return(undefined);
      this.pipe.destroy?.();
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void> {
    const stop = () => this.pipe.destroy?.();
    this.signal?.addEventListener('abort', stop);
    try {
      for await (const chunk of this.pipe) {
        if (this.signal?.aborted) throw new Interrupted();
        yield typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
      }
    } catch (error) {
      throw this.signal?.aborted ? new Interrupted() : error;
    } finally {
      this.signal?.removeEventListener('abort', stop);
    }
    if (this.signal?.aborted) throw new Interrupted();
  }
}

/** As many bytes as it takes to know the header; all there are, if these are fewer. */
async function startOf(chunks: AsyncGenerator<Uint8Array, void>): Promise<Uint8Array> {
  let start = new Uint8Array(0);
  let wanted = NPY_PREFIX_BYTES;
  for (;;) {
    while (start.length < wanted) {
      const { value, done } = await chunks.next();
      if (done || !value) return start;
      start = Buffer.concat([start, value]);
      refuseOthers(start);
    }
    const headerBytes = npyHeaderBytes(start, PIPE);
    if (headerBytes <= wanted) return start;
    wanted = headerBytes;
  }
}

function refuseOthers(start: Uint8Array): void {
  if (start[0] === 0x93 || start.length === 0) return;
  const zip = start[0] === 0x50 && start[1] === 0x4b;
  throw new UserError(
    zip
      ? `${PIPE} brings a zip archive (an .npz?), but --data - takes one npy array; save the archive to a file and give its name`
      : `${PIPE} brings no npy array; write one to the pipe, np.save(sys.stdout.buffer, x), or save the data to a file and give its name`,
  );
}

function expectedBytes(start: Uint8Array): number {
  if (start.length === 0) {
    throw new UserError(`${PIPE} is empty; write a npy array to the pipe: np.save(sys.stdout.buffer, x)`);
  }
  const { dataOffset, dataBytes } = parseNpyHeader(start, PIPE);
  return dataOffset + dataBytes;
}

async function toMemory(
  start: Uint8Array,
  chunks: AsyncGenerator<Uint8Array, void>,
  size: number,
): Promise<ByteSource> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of upTo(start, chunks, size)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return memorySource(bytes.subarray(0, at));
}

async function toFile(
  start: Uint8Array,
  chunks: AsyncGenerator<Uint8Array, void>,
  size: number,
): Promise<ByteSource> {
  const folder = await mkdtemp(join(tmpdir(), 'delve-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const handle = await open(join(folder, 'piped.npy'), 'wx+', 0o600);
  let written = 0;
  try {
    // Without a name while it is in use, so that nothing stays behind however the process ends. Where the system does
    // not allow that, it goes on closing.
    await remove().catch(() => {});
    for await (const chunk of upTo(start, chunks, size)) {
      await handle.appendFile(chunk);
      written += chunk.length;
    }
  } catch (error) {
    await handle.close();
    await remove();
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new UserError(
        `${PIPE}: no room for its ${size} bytes below ${tmpdir()}; set TMPDIR to a larger disk, or save the array to a file and give its name`,
      );
    }
    throw error;
  }
  return {
    ...fileSource(handle, PIPE, written),
    async close() {
      await handle.close();
      await remove();
    },
  };
}

async function* upTo(
  start: Uint8Array,
  chunks: AsyncGenerator<Uint8Array, void>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let left = size - start.length;
  yield start.subarray(0, size);
  while (left > 0) {
    const { value, done } = await chunks.next();
    if (done || !value) return;
    yield value.subarray(0, left);
    left -= value.length;
  }
}
