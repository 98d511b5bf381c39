import v8 from 'node:v8';
import { eigenvaluesModule } from '../core/kernels/eigenvalues.js';

/**
 * The fastest eigenvalue kernel that this Node runs. Fused multiply-add needs relaxed SIMD: on from Node 22, and behind a flag of
 * V8 before, which holds for what is compiled after it is set.
 */
export function fastestEigenvaluesModule(): WebAssembly.Module {
  if (Number.parseInt(process.versions.node, 10) < 22) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  return eigenvaluesModule({ fused: true }) ?? eigenvaluesModule({ fused: false });
}
