import { SCATTER, SCATTER_FUSED } from './scatter-wasm.js';

/**
 * The compiled scatter kernel (see assembly/scatter.ts), which can be handed to other threads. With `fused`, its
 * multiplications and additions round once, which is faster and changes the last bits; undefined where the engine
 * lacks relaxed SIMD.
 */
export function scatterModule(options: { fused: false }): WebAssembly.Module;
export function scatterModule(options: { fused: boolean }): WebAssembly.Module | undefined;
export function scatterModule({ fused }: { fused: boolean }): WebAssembly.Module | undefined {
  const bytes = Buffer.from(fused ? SCATTER_FUSED : SCATTER, 'base64');
  if (fused && !WebAssembly.validate(bytes)) return undefined;
  return new WebAssembly.Module(bytes);
}
