/**
 * Compiles the AssemblyScript kernels and writes them, as base64, into src/core/kernels/scatter-wasm.ts, which is
 * committed so that an installation needs no AssemblyScript. Run it after changing src/core/kernels/assembly.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = 'src/core/kernels/assembly/scatter.ts';
const target = 'src/core/kernels/scatter-wasm.ts';

/**
 * Compiles the scatter kernel, with fused multiply-add (relaxed SIMD) or without; returns the module's bytes.
 *
 * @param {{ fused: boolean }} options
 */
export async function compileScatter({ fused }) {
  /** @type {Uint8Array | string | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      source,
      ...['--outFile', 'scatter.wasm', '--baseDir', root],
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

async function module() {
  const [plain, fused] = await Promise.all([
    compileScatter({ fused: false }),
    compileScatter({ fused: true }),
  ]);
  return `// Made by scripts/build-kernels.mjs from ${source}; do not edit.

/** WebAssembly, base64. */
export const SCATTER = '${plain.toString('base64')}';

/** The same with fused multiply-add, for engines that have relaxed SIMD. */
export const SCATTER_FUSED = '${fused.toString('base64')}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(`${root}/${target}`, await module());
