import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OnnxInstallation } from '../engines/onnx/installation.js';
import type { Provider } from '../engines/onnx/placements.js';
import { plainReason, sumModel } from '../engines/onnx/try-provider.js';
import { runProgram } from '../setup/programs.js';

/** Whether a provider of onnxruntime works here: why it does not, in its own words, or undefined. */
export async function probeProvider(
  { folder, cuda = [] }: OnnxInstallation,
  provider: Provider,
): Promise<string | undefined> {
  const script = fileURLToPath(new URL('./probe.mjs', import.meta.url));
  const model = Buffer.from(sumModel()).toString('base64');
  // In a process that is only begun the environment does what the engine does by loading them.
  const folders = new Set(cuda.map((path) => dirname(path)));
  const env = { LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH ?? ''].join(':') };
  const { code, output } = await runProgram(process.execPath, [script, folder, provider, model], {
    ...(cuda.length > 0 && { env }),
  });
  if (code === 0) return undefined;
  // What the system's loader said comes in a line of onnxruntime's log.
  const library = /with error: (.*)$/m.exec(output)?.[1];
  if (library?.startsWith('libcuda.so.1:')) return "NVIDIA's driver is not here (libcuda.so.1)";
  if (library !== undefined) return library;
  const error = /^\w*Error: (.*)$/m.exec(output)?.[1];
  return error === undefined ? `its process ended with ${code ?? 'a signal'}` : plainReason(error);
}
