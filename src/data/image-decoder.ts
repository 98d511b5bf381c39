import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Interrupted, UserError } from '../errors.js';
import { printable } from '../printable.js';
import type { ImageAnswer, ImageJob, ImageSource, ImageTarget } from './image-job.js';

/** Decoding itself runs on libuv's threads, of which there are four unless UV_THREADPOOL_SIZE says otherwise. */
const MOST_THREADS = 8;

export interface DecodedImage {
  /** Height x width x channels numbers from 0 to 255. */
  pixels: Float32Array;
  /** Of the image before it was resized. */
  height: number;
  width: number;
}

/**
 * Decodes and resizes images on threads of their own, so that this goes on while the caller's thread is busy. The
 * threads are started with the first image.
 */
export class ImageDecoder {
  readonly #workers: Worker[] = [];
  readonly #asked = new Map<
    number,
    { resolve(image: DecodedImage): void; reject(error: Error): void; name: string }
  >();
  readonly #threads: number;
  #sent = 0;
  #failed: Error | undefined;

  readonly #interrupt = () => this.#fail(new Interrupted());

  /** When `signal` is aborted, all images that are still asked for are given up. */
  constructor(
    private readonly signal: AbortSignal | undefined,
    threads = Math.max(1, Math.min(MOST_THREADS, Math.floor(availableParallelism() / 2))),
  ) {
    this.#threads = threads;
    signal?.addEventListener('abort', this.#interrupt, { once: true });
  }

  /** Throws UserError, with `name` for the image, if it is damaged; Interrupted when the signal is aborted. */
  decode(source: ImageSource, target: ImageTarget, name: string): Promise<DecodedImage> {
    if (this.signal?.aborted) this.#interrupt();
    if (this.#failed) return Promise.reject(this.#failed);
    if (this.#workers.length === 0) this.#start();
    const id = this.#sent++;
    // A view would take its whole buffer along.
    const job: ImageJob = {
      id,
      source: 'bytes' in source ? { bytes: source.bytes.slice() } : source,
      target,
    };
    return new Promise((resolve, reject) => {
      if (this.#asked.size === 0) for (const worker of this.#workers) worker.ref();
      this.#asked.set(id, { resolve, reject, name });
      const moved = 'bytes' in job.source ? [job.source.bytes.buffer] : [];
      this.#workers[id % this.#workers.length]!.postMessage(job, moved);
    });
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.#interrupt);
    this.#failed ??= new Error('the images are closed');
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): void {
    for (let i = 0; i < this.#threads; i++) {
      const worker = new Worker(new URL('./image-worker.mjs', import.meta.url), { name: `images-${i}` });
      worker.on('message', (answer: ImageAnswer) => this.#answered(answer));
      worker.on('error', (error) => this.#fail(error));
      worker.on('exit', () => this.#fail(new Error('a thread that decodes images has ended')));
      worker.unref();
      this.#workers.push(worker);
    }
  }

  #answered(answer: ImageAnswer): void {
    const asked = this.#asked.get(answer.id);
    // Given up, but decoded already.
    if (!asked) return;
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) for (const worker of this.#workers) worker.unref();
    if ('failure' in answer) asked.reject(new UserError(damaged(printable(asked.name), answer.failure)));
    else asked.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#asked.values()) reject(this.#failed);
    this.#asked.clear();
  }
}

function damaged(name: string, failure: string): string {
  const [reason = ''] = failure.split('\n');
  if (/pixel limit/i.test(reason))
    return `${name}: the image has more than 134 million pixels; make it smaller, or leave it out`;
  if (/unsupported image format/i.test(reason))
    return `${name}: this is no image, or a damaged one; mend it, or leave it out`;
  return `${name}: the image is damaged (${reason.replace(/[.\s]+$/, '')}); mend it, or leave it out`;
}
