import { type EigenvaluesKernel, type EigenvaluesStatus, stagesFor } from '../core/kernels/eigenvalues.js';
import * as eigenvalues from '../core/kernels/eigenvalues-wasm.js';
import { type Spectrum, symmetricSpectrum } from '../core/spectrum.js';
import { fastestKernel } from '../fastest-kernel.js';
import { Arena } from '../reduce/arena.js';
import { callersThread, type Thread, workerThread } from './thread.js';

const PAGE_BYTES = 65536;
/** All that wasm can address. */
const MOST_PAGES = 65536;

interface Job {
  matrix: Float64Array;
  d: number;
  bytes: number;
  resolve(spectrum: Spectrum): void;
  reject(error: unknown): void;
}

/** Threads that take matrices from one queue, through one memory that all of them see. */
export class Pool {
  readonly #threads: number;
  readonly #module = fastestKernel(eigenvalues);
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: EigenvaluesKernel;
  #arena: Arena;
  /** Matrices without room or thread, widest first: those that take longest must not be left for the end. */
  readonly #waiting: Job[] = [];
  readonly #started: Thread[] = [];
  readonly #idle: Thread[] = [];
  #working = 0;

  /**
   * @param workingBytes what matrices worked on at the same time may take, unless there is only one.
   * @throws RangeError if that memory cannot be had.
   */
  constructor(threads: number, workingBytes: number) {
    this.#threads = threads;
    const pages = Math.min(MOST_PAGES, 1 + Math.ceil(workingBytes / PAGE_BYTES));
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });
    this.#arena = arenaOf(this.#memory);
    this.#kernel = new WebAssembly.Instance<EigenvaluesKernel>(this.#module, {
      env: { memory: this.#memory },
    }).exports;
  }

  /** Eigenvalues of a d x d matrix, which is read when its turn comes. */
  values(matrix: Float64Array, d: number): Promise<Spectrum> {
    return new Promise((resolve, reject) => {
      const job = { matrix, d, bytes: this.#kernel.workBytes(d, stagesFor(d)), resolve, reject };
      const next = this.#waiting.findIndex((other) => other.d < d);
      this.#waiting.splice(next < 0 ? this.#waiting.length : next, 0, job);
      this.#startWaiting();
    });
  }

  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the spectra are closed'));
    await Promise.all(this.#started.map((thread) => thread.close()));
  }

  /** Starts what there are threads and room for. */
  #startWaiting(): void {
    while (this.#waiting.length > 0 && this.#working < this.#threads) {
      if (this.#working === 0) this.#makeRoom();
      const index = this.#waiting.findIndex((job) => this.#start(job));
      if (index < 0) return;
      this.#waiting.splice(index, 1);
    }
  }

  /** While nothing is worked on: memory for the widest matrix, if there is too little. */
  #makeRoom(): void {
    const [widest] = this.#waiting;
    if (!widest || widest.bytes <= this.#arena.bytes) return;
    try {
      this.#memory.grow(Math.ceil((widest.bytes - this.#arena.bytes) / PAGE_BYTES));
      this.#arena = arenaOf(this.#memory);
    } catch {
      // Beyond 4 GiB, or what this machine has, there is only the slow way.
      this.#waiting.shift();
      widest.resolve(symmetricSpectrum(widest.matrix, widest.d));
    }
  }

  /** False if there is no room for the matrix now. */
  #start(job: Job): boolean {
    const address = this.#arena.allocate(job.bytes);
    if (address === undefined) return false;
    this.#working++;
    this.#run(job, address).then(job.resolve, job.reject);
    return true;
  }

  async #run({ matrix, d, bytes }: Job, address: number): Promise<Spectrum> {
    const thread = this.#idle.pop() ?? this.#startThread();
    try {
      this.#place(matrix, d, address);
      return this.#spectrum(await thread.eigenvalues(address, d), d, address);
    } finally {
      this.#arena.release(address, bytes);
      this.#idle.push(thread);
      this.#working--;
      this.#startWaiting();
    }
  }

  #startThread(): Thread {
    const thread =
      this.#threads === 1 ? callersThread(this.#kernel) : workerThread(this.#module, this.#memory);
    this.#started.push(thread);
    return thread;
  }

  #place(matrix: Float64Array, d: number, address: number): void {
    const stride = this.#kernel.rowBytes(d) / 8;
    const target = new Float64Array(this.#memory.buffer, address, stride * d);
    for (let i = 0; i < d; i++) target.set(matrix.subarray(i * d, i * d + i + 1), i * stride);
  }

  #spectrum(status: EigenvaluesStatus, d: number, address: number): Spectrum {
    if (status === 2) throw new Error(`the eigenvalues of a matrix of dimension ${d} did not converge`);
    const values = new Float64Array(d);
    if (status === 1) values.fill(Number.NaN);
    else values.set(new Float64Array(this.#memory.buffer, address, d));
    return { d, values: values.sort().reverse() };
  }
}

/** All but the first page, which is the module's. */
function arenaOf(memory: WebAssembly.Memory): Arena {
  return new Arena(PAGE_BYTES, memory.buffer.byteLength - PAGE_BYTES);
}
