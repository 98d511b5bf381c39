import { expect, test } from 'vitest';
import { compileKernel as build } from '../../scripts/build-kernels.mjs';
import { compileKernel } from '../../src/core/kernels/compile.js';
import * as scatter from '../../src/core/kernels/scatter-wasm.js';
import { fastestKernel } from '../../src/fastest-kernel.js';
import type { ScatterKernel } from '../../src/reduce/job.js';
import { plainScatter } from './plain-scatter.js';
import { spread } from './points.js';

const PACKS = ['packRows32', 'packRows64', 'packChannels32', 'packChannels64'] as const;

test('the committed kernels are what the source compiles to', async () => {
  expect((await build('scatter', { fused: false })).toString('base64')).toBe(scatter.PLAIN);
  expect((await build('scatter', { fused: true })).toString('base64')).toBe(scatter.FUSED);
});

function kernelOn(module: WebAssembly.Module) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  const { exports } = new WebAssembly.Instance<ScatterKernel>(module, { env: { memory } });
  return { kernel: exports, buffer: memory.buffer };
}

function fillSpread(buffer: SharedArrayBuffer, source: number): void {
  // The same bytes are read as float32 and as float64: of both, numbers of ordinary size.
  const bits = new Uint32Array(buffer);
  for (let i = source / 4; i < bits.length; i++) bits[i] = 0x3f800000 + spread(3, i);
}

/** Every function of the kernel, on features, points and strides as they come. */
function exercise(
  kernel: ReturnType<typeof plainScatter>,
  buffer: SharedArrayBuffer,
  sliverBytes: number,
): void {
  const panel = 1024;
  const tile = panel + 8 * sliverBytes;
  const source = 2 ** 18;
  new Float64Array(buffer, 0, 64).fill(1.25).fill(0, 32);
  fillSpread(buffer, source);
  for (const pack of PACKS) {
    for (const features of [1, 2, 3, 4, 5, 8, 11, 16]) {
      for (const count of [1, 2, 3, 4, 7, 8, 31, 128]) {
        // Rows take at least `features` elements, channels at least `count`; both leave a gap.
        const stride =
          (pack.startsWith('packRows') ? features + 3 : count + 1) * (pack.endsWith('32') ? 4 : 8);
        kernel[pack](source, stride, count, features, panel, 0, 256);
        const slivers = Math.ceil(features / 4);
        kernel.multiplyPanels(panel, panel, count, tile, 16 * 8, slivers, slivers, true);
        kernel.multiplyPanels(panel, panel, count, tile + 16 * 16 * 8, 16 * 8, 1, slivers, false);
      }
    }
  }
  kernel.subtractOuter(tile, 16 * 8, 15, 16, 1 / 7, 256, 256);
}

test.each([false, true])('the kernel does what plain TypeScript does (fused: %s)', (fused) => {
  const fastest = fastestKernel(scatter);
  const module = fused ? fastest : compileKernel(scatter, { fused: false });
  const compiled = kernelOn(module);
  const plain = kernelOn(module);
  const sliverBytes = compiled.kernel.sliverBytes();
  exercise(compiled.kernel, compiled.buffer, sliverBytes);
  exercise(plainScatter(plain.buffer, sliverBytes), plain.buffer, sliverBytes);
  const actual = new Float64Array(compiled.buffer, 0, 2 ** 18 / 8);
  const expected = new Float64Array(plain.buffer, 0, 2 ** 18 / 8);
  let compared = 0;
  for (const [i, value] of expected.entries()) {
    if (value === 0 && actual[i] === 0) continue;
    // Sums are made in another order.
    if (!(Math.abs(actual[i]! - value) <= 1e-13 * Math.abs(value)))
      throw new Error(`${i}: ${actual[i]} for ${value}`);
    compared++;
  }
  expect(compared).toBeGreaterThan(1000);
});

test('this Node runs the fused kernel', () => {
  fastestKernel(scatter);
  expect(compileKernel(scatter, { fused: true })).toBeDefined();
});
