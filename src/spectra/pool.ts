import { type EigenvaluesKernel, isShared, stagesFor } from '../core/kernels/eigenvalues.js';
import { eigenvaluesImports } from '../core/kernels/eigenvalues-imports.mjs';
import * as eigenvalues from '../core/kernels/eigenvalues-wasm.js';
import { type Eigensystem, type Spectrum, symmetricSpectrum } from '../core/spectrum.js';
import { fastestKernel } from '../fastest-kernel.js';
import { Arena } from '../reduce/arena.js';
import { callersThread, type Thread, type Work, workerThread } from './thread.js';

const PAGE_BYTES = 65536;
/** All that wasm can address. */
const MOST_PAGES = 65536;
/** The first is the module's, the second the teams'. */
const RESERVED_PAGES = 2;

/** What is wanted of a matrix, which takes `bytes` of the memory. */
interface Job {
  work: Work;
  matrix: Float64Array;
  d: number;
  bytes: number;
  resolve(result: Eigensystem): void;
  reject(error: unknown): void;
}

/** A job that is worked on. */
interface Run {
  job: Job;
  leader: Thread;
  helpers: number;
}

/**
 * Threads that take matrices from one queue, through one memory that all of them see. Those for which there is no matrix left help with a wide
 * one.
 */
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
  readonly #running = new Set<Run>();

  /**
   * @param workingBytes what matrices worked on at the same time may take, unless there is only one.
   * @throws RangeError if that memory cannot be had.
   */
  constructor(threads: number, workingBytes: number) {
    const pages = Math.min(MOST_PAGES, RESERVED_PAGES + Math.ceil(workingBytes / PAGE_BYTES));
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });
    this.#arena = arenaOf(this.#memory);
    this.#kernel = new WebAssembly.Instance<EigenvaluesKernel>(
      this.#module,
      eigenvaluesImports(this.#memory),
    ).exports;
    this.#threads = Math.min(threads, Math.floor(PAGE_BYTES / this.#kernel.teamBytes()));
  }

  /** Eigenvalues of a d x d matrix, which is read when its turn comes. */
  async values(matrix: Float64Array, d: number): Promise<Spectrum> {
    const { values } = await this.#enqueue('values', matrix, d, this.#kernel.workBytes(d, stagesFor(d)));
    return { d, values };
  }

  /** Eigenvalues and eigenvectors. */
  vectors(matrix: Float64Array, d: number): Promise<Eigensystem> {
    return this.#enqueue('vectors', matrix, d, this.#kernel.vectorsWorkBytes(d));
  }

  #enqueue(work: Work, matrix: Float64Array, d: number, bytes: number): Promise<Eigensystem> {
    return new Promise((resolve, reject) => {
      const next = this.#waiting.findIndex((other) => other.d < d);
      const place = next < 0 ? this.#waiting.length : next;
      this.#waiting.splice(place, 0, { work, matrix, d, bytes, resolve, reject });
      this.#startWaiting();
    });
  }

  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the spectra are closed'));
    await Promise.all(this.#started.map((thread) => thread.close()));
  }

  /** Starts what there are threads and room for; who is left over helps. */
  #startWaiting(): void {
    while (this.#waiting.length > 0 && this.#hasThread()) {
      if (this.#running.size === 0) this.#makeRoom();
      const index = this.#waiting.findIndex((job) => this.#start(job));
      if (index < 0) break;
      this.#waiting.splice(index, 1);
    }
    if (this.#waiting.length > 0 && !this.#hasThread()) this.#callHelpersBack();
    else this.#sendHelpers();
  }

  #hasThread(): boolean {
    return this.#idle.length > 0 || this.#started.length < this.#threads;
  }

  #sendHelpers(): void {
    for (;;) {
      const [neediest] = [...this.#running]
        .filter(({ job, leader }) => leader.team !== 0 && isShared(job.d, job.work === 'vectors'))
        .sort((a, b) => a.helpers - b.helpers || b.job.d - a.job.d);
      if (!neediest || !this.#hasThread()) return;
      this.#help(neediest);
    }
  }

  async #help(run: Run): Promise<void> {
    const thread = this.#takeThread();
    run.helpers++;
    this.#kernel.openTeam(run.leader.team);
    try {
      await thread.help(run.leader.team);
      run.helpers--;
      this.#idle.push(thread);
      this.#startWaiting();
    } catch {
      // Its task will never be done: whoever waits for that has to be told.
      await run.leader.close();
    }
  }

  /** Matrices side by side take less time than one after another. */
  #callHelpersBack(): void {
    for (const { leader, helpers } of this.#running) if (helpers > 0) this.#kernel.closeTeam(leader.team);
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
      widest.resolve(plainly(widest));
    }
  }

  /** False if there is no room for the matrix now. */
  #start(job: Job): boolean {
    const address = this.#arena.allocate(job.bytes);
    if (address === undefined) return false;
    this.#run(job, address).then(job.resolve, job.reject);
    return true;
  }

  async #run(job: Job, address: number): Promise<Eigensystem> {
    const run = { job, leader: this.#takeThread(), helpers: 0 };
    this.#running.add(run);
    try {
      this.#place(job, address);
      const status = await run.leader.solve(job.work, address, job.d);
      if (status === 2) {
        throw new Error(`the eigenvalues of a matrix of dimension ${job.d} did not converge`);
      }
      return status === 1 ? notFinite(job) : this.#result(job, address);
    } finally {
      this.#kernel.closeTeam(run.leader.team);
      this.#running.delete(run);
      this.#arena.release(address, job.bytes);
      this.#idle.push(run.leader);
      this.#startWaiting();
    }
  }

  #takeThread(): Thread {
    const idle = this.#idle.pop();
    if (idle) return idle;
    const team = PAGE_BYTES + this.#started.length * this.#kernel.teamBytes();
    const thread =
      this.#threads === 1 ? callersThread(this.#kernel) : workerThread(this.#module, this.#memory, team);
    this.#started.push(thread);
    return thread;
  }

  #place({ matrix, d }: Job, address: number): void {
    const stride = this.#kernel.rowBytes(d) / 8;
    const target = new Float64Array(this.#memory.buffer, address, stride * d);
    for (let i = 0; i < d; i++) target.set(matrix.subarray(i * d, i * d + i + 1), i * stride);
  }

  #result({ work, d }: Job, address: number): Eigensystem {
    const { buffer } = this.#memory;
    if (work === 'vectors') {
      const values = new Float64Array(new Float64Array(buffer, address + 8 * d * d, d));
      return { d, values, vectors: new Float64Array(new Float64Array(buffer, address, d * d)) };
    }
    const values = new Float64Array(new Float64Array(buffer, address, d));
    return { d, values: values.sort().reverse(), vectors: new Float64Array() };
  }
}

function plainly({ work, matrix, d }: Job): Eigensystem {
  if (work === 'vectors') return symmetricSpectrum(matrix, d, { vectors: true });
  return { ...symmetricSpectrum(matrix, d), vectors: new Float64Array() };
}

function notFinite({ work, d }: Job): Eigensystem {
  const entries = work === 'vectors' ? d * d : 0;
  return {
    d,
    values: new Float64Array(d).fill(Number.NaN),
    vectors: new Float64Array(entries).fill(Number.NaN),
  };
}

function arenaOf(memory: WebAssembly.Memory): Arena {
  const reserved = RESERVED_PAGES * PAGE_BYTES;
  return new Arena(reserved, memory.buffer.byteLength - reserved);
}
