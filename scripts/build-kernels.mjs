/**
 * Compiles the AssemblyScript kernels and writes them, as base64, into src/core/kernels/NAME-wasm.ts, which are
 * committed so that an installation needs no AssemblyScript. Run it after changing src/core/kernels/assembly.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = 'src/core/kernels';
const kernels = ['scatter', 'eigenvalues'];

/**
 * Compiles a kernel, with fused multiply-add (relaxed SIMD) or without; returns the module's bytes.
 *
 * @param {string} name of its file in the assembly folder
 * @param {{ fused: boolean }} options
 */
export async function compileKernel(name, { fused }) {
  const source = `${folder}/assembly/${name}.ts`;
  /** @type {Uint8Array | string | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      source,
      ...['--outFile', `${name}.wasm`, '--baseDir', root],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--use', `FUSED=${fused ? 1 : 0}`],
      ...['--enable', 'simd', '--enable', 'relaxed-simd', '--enable', 'threads'],
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    {
      writeFile(_name, contents) {
        binary = contents;
      },
    },
  );
  if (error || !binary) throw new Error(`AssemblyScript failed on ${source}:\n${stderr.toString()}`);
  return Buffer.from(binary);
}

/** @param {string} name */
async function module(name) {
  const [plain, fused] = await Promise.all([
    compileKernel(name, { fused: false }),
    compileKernel(name, { fused: true }),
  ]);
  return `// Made by scripts/build-kernels.mjs from ${folder}/assembly/${name}.ts; do not edit.

/** WebAssembly, base64. */
export const PLAIN = '${plain.toString('base64')}';

/** The same with fused multiply-add, for engines that have relaxed SIMD. */
export const FUSED = '${fused.toString('base64')}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of kernels) await writeFile(`${root}/${folder}/${name}-wasm.ts`, await module(name));
}
