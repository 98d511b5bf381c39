import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type EigenvaluesKernel, type EigenvaluesStatus, stagesFor } from '../core/kernels/eigenvalues.js';

/** What is wanted of a matrix. */
export type Work = 'values' | 'vectors';

/** Runs the kernel on matrices in shared memory, one after another. */
export interface Thread {
  /** Address of the team that it leads while it works on a matrix; 0 where there is nobody to help. */
  readonly team: number;
  solve(work: Work, address: number, d: number): Promise<EigenvaluesStatus>;
  /** Helps another thread until its team is closed. */
  help(team: number): Promise<void>;
  /** Ends it, whatever it does: the promise of what it works on is rejected. */
  close(): Promise<void>;
}

/** The caller's own thread, which has no helpers. Between matrices its other events have their turn. */
export function callersThread(kernel: EigenvaluesKernel): Thread {
  return {
    team: 0,
    async solve(work, address, d) {
      await setImmediate();
      if (work === 'vectors') return kernel.eigenvectors(address, d, 0);
      return kernel.eigenvalues(address, d, stagesFor(d), 0);
    },
    async help() {},
    async close() {},
  };
}

/** A worker thread, which keeps the process alive only while it works. */
export function workerThread(module: WebAssembly.Module, memory: WebAssembly.Memory, team: number): Thread {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    name: 'spectra',
    workerData: { module, memory },
  });
  worker.unref();
  let job: { resolve(status: EigenvaluesStatus): void; reject(error: Error): void } | undefined;
  let ended: Error | undefined;
  let isClosing = false;
  const end = (error: Error) => {
    ended ??= error;
    job?.reject(ended);
  };
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread that computes spectra has ended')));
  worker.on('message', (status: EigenvaluesStatus) => {
    // What is being ended keeps the process until it has.
    if (!isClosing) worker.unref();
    job?.resolve(status);
    job = undefined;
  });
  const ask = (message: object): Promise<EigenvaluesStatus> =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(ended);
        return;
      }
      job = { resolve, reject };
      worker.ref();
      worker.postMessage(message);
    });
  return {
    team,
    solve: (work, address, d) => ask({ work, address, d, stages: stagesFor(d), team }),
    async help(other) {
      await ask({ work: 'help', team: other });
    },
    async close() {
      isClosing = true;
      await worker.terminate();
    },
  };
}
