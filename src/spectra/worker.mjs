/** A worker thread: takes one matrix at a time, in memory that it shares with its owner, and reports the kernel's status. */
import { parentPort, workerData } from 'node:worker_threads';

const { module, memory } = workerData;
/** @type {WebAssembly.Instance<import('../core/kernels/eigenvalues.js').EigenvaluesKernel>} */
const { exports } = new WebAssembly.Instance(module, { env: { memory } });

parentPort?.on('message', ({ address, d, stages }) =>
  parentPort?.postMessage(exports.eigenvalues(address, d, stages)),
);
