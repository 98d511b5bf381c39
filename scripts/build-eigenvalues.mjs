/**
 * Compiles the AssemblyScript kernel of the eigenvalues and writes it, as base64, into src/core/kernels/eigenvalues-wasm.ts, which is
 * committed so that an installation needs no AssemblyScript. Run it after changing src/core/kernels/assembly/eigen*.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = 'src/core/kernels/assembly/eigenvalues.ts';
const target = 'src/core/kernels/eigenvalues-wasm.ts';

/**
 * Compiles the kernel, with fused multiply-add (relaxed SIMD) or without; returns the module's bytes.
 *
 * @param {{ fused: boolean }} options
 */
export async function compileEigenvalues({ fused }) {
  /** @type {Uint8Array | string | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      source,
      ...['--outFile', 'eigenvalues.wasm', '--baseDir', root],
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
    compileEigenvalues({ fused: false }),
    compileEigenvalues({ fused: true }),
  ]);
  return `// Made by scripts/build-eigenvalues.mjs from ${source}; do not edit.

/** WebAssembly, base64. */
export const EIGENVALUES =
  '${plain.toString('base64')}';

/** The same with fused multiply-add, for engines that have relaxed SIMD. */
export const EIGENVALUES_FUSED =
  '${fused.toString('base64')}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(`${root}/${target}`, await module());
