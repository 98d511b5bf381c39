/** A worker thread: takes jobs as they come and reports each one whose last tile it did. */
import { parentPort, workerData } from 'node:worker_threads';
import { createRunner } from './tile-runner.mjs';

const { module, memory, scratch } = workerData;
/** @type {WebAssembly.Instance<import('./job.js').ScatterKernel>} */
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const run = createRunner(exports, memory.buffer, scratch);

parentPort?.on('message', (job) => {
  if (run(job)) parentPort?.postMessage(job.id);
});
