import { type Eigensystem, type Spectrum, symmetricSpectrum } from '../core/spectrum.js';
import { Pool } from './pool.js';

/** Computes spectra of symmetric matrices, several at a time. */
export interface Spectra {
  /**
   * Eigenvalues of a symmetric d x d matrix (row-major; only its lower triangle is read), which must stay as it is until the
   * promise has resolved. Calls need not wait for one another: what there is no room for yet waits.
   *
   * Values are within a small multiple of 1e-16 sqrt(d) times the norm of the exact ones, and do not depend on the number of threads. A
   * matrix with NaN or infinite entries has no spectrum: all values are NaN.
   *
   * @throws RangeError if d is not a positive integer or the matrix has not d x d entries.
   */
  values(matrix: Float64Array, d: number): Promise<Spectrum>;
  /**
   * Eigenvalues and eigenvectors, of which that of the j-th value is column j of the d x d matrix. Of an eigenvector's two directions
   * the one is taken whose largest component is positive (the first of them, where several are equally large).
   *
   * A V - V D and V^T V - I are within a small multiple of 1e-16 sqrt(d) times the norm, and of 1; results do not depend on the number of
   * threads. Values may differ from those of `values` in the last digits. Takes 32 d^2 bytes of memory while it works.
   *
   * @throws as `values` does.
   */
  vectors(matrix: Float64Array, d: number): Promise<Eigensystem>;
  /** Ends the threads; matrices that are not done are rejected. */
  close(): Promise<void>;
}

export interface SpectraOptions {
  /**
   * Matrices worked on at the same time, each on a worker thread; with 1, on the caller's thread. Threads for which there is no
   * matrix left help with a wide one.
   */
  threads: number;
  /**
   * Bytes that the matrices worked on at the same time may take together, 256 MiB unless given: a matrix takes 8 d^2. One
   * that is larger is worked on alone.
   */
  workingBytes?: number;
}

/** Narrower matrices take less time than their way to another thread. */
const SMALLEST_KERNEL_DIMENSION = 48;

/** Starts threads when they are first needed; a process may end without closing them. */
export function createSpectra(options: SpectraOptions): Spectra {
  return new ThreadedSpectra(Math.max(1, Math.floor(options.threads)), options.workingBytes ?? 256 * 2 ** 20);
}

class ThreadedSpectra implements Spectra {
  readonly #threads: number;
  readonly #workingBytes: number;
  #pool: Pool | 'no memory' | undefined;
  #closed = false;

  constructor(threads: number, workingBytes: number) {
    this.#threads = threads;
    this.#workingBytes = workingBytes;
  }

  async values(matrix: Float64Array, d: number): Promise<Spectrum> {
    const pool = this.#poolFor(matrix, d);
    return pool ? await pool.values(matrix, d) : symmetricSpectrum(matrix, d);
  }

  async vectors(matrix: Float64Array, d: number): Promise<Eigensystem> {
    const pool = this.#poolFor(matrix, d);
    return pool ? await pool.vectors(matrix, d) : symmetricSpectrum(matrix, d, { vectors: true });
  }

  /** Undefined where the plain way is the faster one, or the only one, or has to say what is wrong with the matrix. */
  #poolFor(matrix: Float64Array, d: number): Pool | undefined {
    if (this.#closed) throw new Error('the spectra are closed');
    if (!(d >= SMALLEST_KERNEL_DIMENSION) || matrix.length !== d * d) return undefined;
    this.#pool ??= this.#openPool();
    return this.#pool === 'no memory' ? undefined : this.#pool;
  }

  /** Where address space is limited (ulimit -v) V8 may refuse the kernel's memory: the plain way is slow, but works. */
  #openPool(): Pool | 'no memory' {
    try {
      return new Pool(this.#threads, this.#workingBytes);
    } catch (error) {
      if (error instanceof RangeError) return 'no memory';
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pool instanceof Pool) await this.#pool.close();
  }
}
