import v8 from 'node:v8';
import { compileKernel, type KernelSource } from './core/kernels/compile.js';

/**
 * A kernel in the fastest form that this Node runs. Fused multiply-add needs relaxed SIMD: on from Node 22, and behind a flag of V8
 * before, which holds for what is compiled after it is set.
 */
export function fastestKernel(source: KernelSource): WebAssembly.Module {
  if (Number.parseInt(process.versions.node, 10) < 22) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  return compileKernel(source, { fused: true }) ?? compileKernel(source, { fused: false });
}
