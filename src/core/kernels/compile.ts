/** A kernel's WebAssembly as base64, without and with fused multiply-add. */
export interface KernelSource {
  PLAIN: string;
  FUSED: string;
}

/**
 * A compiled kernel, which can be handed to other threads. With `fused`, its multiplications and additions round once, which is
 * faster and changes the last bits; undefined where the JavaScript engine lacks relaxed SIMD.
 */
export function compileKernel(source: KernelSource, options: { fused: false }): WebAssembly.Module;
export function compileKernel(
  source: KernelSource,
  options: { fused: boolean },
): WebAssembly.Module | undefined;
export function compileKernel(
  { PLAIN, FUSED }: KernelSource,
  { fused }: { fused: boolean },
): WebAssembly.Module | undefined {
  const bytes = Buffer.from(fused ? FUSED : PLAIN, 'base64');
  if (fused && !WebAssembly.validate(bytes)) return undefined;
  return new WebAssembly.Module(bytes);
}
