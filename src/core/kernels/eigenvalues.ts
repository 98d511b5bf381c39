import { EIGENVALUES, EIGENVALUES_FUSED } from './eigenvalues-wasm.js';

/** What assembly/eigenvalues.ts exports for its callers; addresses and distances are in bytes. */
export interface EigenvaluesKernel {
  /** From a row of a matrix of dimension d to the next. */
  rowBytes(d: number): number;
  /** What a matrix and the work on it take. */
  workBytes(d: number, stages: Stages): number;
  /** Replaces the matrix whose lower triangle starts at `address` by its eigenvalues, unsorted. */
  eigenvalues(address: number, d: number, stages: Stages): EigenvaluesStatus;
}

/** To tridiagonal form directly, or by way of a band. */
export type Stages = 1 | 2;

/** From this dimension on a matrix is more than caches hold, and two stages are faster. */
const WIDE = 1024;

export function stagesFor(d: number): Stages {
  return d < WIDE ? 1 : 2;
}

/** Done; an entry is not finite; the iteration did not converge. */
export type EigenvaluesStatus = 0 | 1 | 2;

/**
 * The compiled eigenvalue kernel (see assembly/eigenvalues.ts), which can be handed to other threads. With `fused`, its
 * multiplications and additions round once, which is faster and changes the last bits; undefined where the engine
 * lacks relaxed SIMD.
 */
export function eigenvaluesModule(options: { fused: false }): WebAssembly.Module;
export function eigenvaluesModule(options: { fused: boolean }): WebAssembly.Module | undefined;
export function eigenvaluesModule({ fused }: { fused: boolean }): WebAssembly.Module | undefined {
  const bytes = Buffer.from(fused ? EIGENVALUES_FUSED : EIGENVALUES, 'base64');
  if (fused && !WebAssembly.validate(bytes)) return undefined;
  return new WebAssembly.Module(bytes);
}
