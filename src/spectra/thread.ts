import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type EigenvaluesKernel, type EigenvaluesStatus, stagesFor } from '../core/kernels/eigenvalues.js';

/** Runs the kernel on matrices in shared memory, one after another. */
export interface Thread {
  eigenvalues(address: number, d: number): Promise<EigenvaluesStatus>;
  /** Ends it, whatever it does: the promise of a matrix at work is rejected. */
  close(): Promise<void>;
}

/** The caller's own thread. Between matrices its other events have their turn. */
export function callersThread(kernel: EigenvaluesKernel): Thread {
  return {
    async eigenvalues(address, d) {
      await setImmediate();
      return kernel.eigenvalues(address, d, stagesFor(d));
    },
    async close() {},
  };
}

/** A worker thread, which keeps the process alive only while it works on a matrix. */
export function workerThread(module: WebAssembly.Module, memory: WebAssembly.Memory): Thread {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    name: 'spectra',
    workerData: { module, memory },
  });
  worker.unref();
  let job: { resolve(status: EigenvaluesStatus): void; reject(error: Error): void } | undefined;
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    job?.reject(ended);
  };
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread that computes spectra has ended')));
  worker.on('message', (status: EigenvaluesStatus) => {
    worker.unref();
    job?.resolve(status);
    job = undefined;
  });
  return {
    eigenvalues(address, d) {
      return new Promise((resolve, reject) => {
        if (ended) {
          reject(ended);
          return;
        }
        job = { resolve, reject };
        worker.ref();
        worker.postMessage({ address, d, stages: stagesFor(d) });
      });
    },
    async close() {
      await worker.terminate();
    },
  };
}
