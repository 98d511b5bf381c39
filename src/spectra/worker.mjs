/** A worker thread: does one thing at a time, in memory that it shares with its owner, and reports the kernel's status. */
import { parentPort, workerData } from 'node:worker_threads';
import { eigenvaluesImports } from '../core/kernels/eigenvalues-imports.mjs';

const { module, memory } = workerData;
/** @type {WebAssembly.Instance<import('../core/kernels/eigenvalues.js').EigenvaluesKernel>} */
const { exports } = new WebAssembly.Instance(module, eigenvaluesImports(memory));

parentPort?.on('message', ({ work, address, d, stages, team }) => {
  if (work === 'values') parentPort?.postMessage(exports.eigenvalues(address, d, stages, team));
  else if (work === 'vectors') parentPort?.postMessage(exports.eigenvectors(address, d, team));
  else parentPort?.postMessage(exports.help(team));
});
