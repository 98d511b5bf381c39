import { Worker } from 'node:worker_threads';
import type { Job, ScatterKernel } from './job.js';
import { createRunner, SCRATCH_BYTES } from './tile-runner.mjs';

/** Threads that work on jobs, in the order given. */
export interface Threads {
  /** Hands a job over; `onDone` of `startThreads` is called with its id when it is done. */
  run(job: Job): void;
  close(): Promise<void>;
}

/** Bytes that `threads` threads need at the start of the kernel's memory. */
export function scratchBytes(threads: number): number {
  return threads * SCRATCH_BYTES;
}

/** One thread is the caller's own, which then works inside `run`; more are worker threads. */
export function startThreads(
  threads: number,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  onDone: (id: number) => void,
  onError: (error: Error) => void,
): Threads {
  if (threads === 1) return callersThread(module, memory, onDone);
  return workerThreads(threads, module, memory, onDone, onError);
}

function callersThread(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  onDone: (id: number) => void,
): Threads {
  const { exports } = new WebAssembly.Instance<ScatterKernel>(module, { env: { memory } });
  const work = createRunner(exports, memory.buffer, 0);
  return {
    run(job) {
      work(job);
      onDone(job.id);
    },
    async close() {},
  };
}

function workerThreads(
  threads: number,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  onDone: (id: number) => void,
  onError: (error: Error) => void,
): Threads {
  let open = 0;
  let closed = false;
  const workers = Array.from({ length: threads }, (_, index) => {
    const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      name: `scatter-${index}`,
      workerData: { module, memory, scratch: index * SCRATCH_BYTES },
    });
    worker.on('message', (id: number) => {
      if (--open === 0) for (const each of workers) each.unref();
      onDone(id);
    });
    worker.on('error', onError);
    worker.on('exit', (code) => {
      if (!closed) onError(new Error(`a thread of the reduction ended with code ${code}`));
    });
    // An idle reducer does not keep the process alive; one at work does.
    worker.unref();
    return worker;
  });
  return {
    run(job) {
      if (open++ === 0) for (const worker of workers) worker.ref();
      for (const worker of workers) worker.postMessage(job);
    },
    async close() {
      closed = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
