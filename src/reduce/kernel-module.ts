import v8 from 'node:v8';
import { scatterModule } from '../core/kernels/scatter.js';

/**
 * The fastest scatter kernel that this Node runs. Fused multiply-add needs relaxed SIMD: on from Node 22, and behind a flag of
 * V8 before, which holds for what is compiled after it is set.
 */
export function fastestScatterModule(): WebAssembly.Module {
  if (Number.parseInt(process.versions.node, 10) < 22) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  return scatterModule({ fused: true }) ?? scatterModule({ fused: false });
}
