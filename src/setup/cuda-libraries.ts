import { glob } from 'tinyglobby';
import { UserError } from '../errors.js';
import { runProgram } from './programs.js';

/** What CUDA's provider of the onnxruntime that delve is made for loads, besides the driver's own libcuda.so.1. */
const LIBRARIES = [
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  'libcufft.so.12',
  'libnvrtc.so.13',
  'libcudnn.so.9',
];

/** Where NVIDIA's installers and images put them. */
const SYSTEM = [
  '/usr/local/cuda*/lib64',
  '/usr/local/cuda*/targets/x86_64-linux/lib',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
];

/**
 * Finds NVIDIA's libraries in Python's packages (its own, PyTorch's), then where the system has them.
 *
 * @param sites folders of Python's packages
 * @param install the command that brings what is missing
 * @throws UserError that lists what is missing
 */
export async function findCudaLibraries(sites: readonly string[], install: string): Promise<string[]> {
  const found = new Map<string, string>();
  const take = (name: string, path: string) => {
    if (LIBRARIES.includes(name) && !found.has(name)) found.set(name, path);
  };
  for (const folder of [...sites.flatMap((site) => [`${site}/nvidia/**`, `${site}/torch/lib`]), ...SYSTEM]) {
    const patterns = LIBRARIES.map((name) => `${folder}/${name}`);
    const paths = await glob(patterns, { absolute: true, onlyFiles: false, expandDirectories: false });
    for (const path of paths) take(path.slice(path.lastIndexOf('/') + 1), path);
  }
  for (const [name, path] of await loaderCache()) take(name, path);
  const missing = LIBRARIES.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new UserError(
      `CUDA's libraries ${missing.join(', ')} were not found; install them with: ${install}, or name the Python that has them with --python`,
    );
  }
  return LIBRARIES.map((name) => found.get(name)!);
}

/** What the system's loader knows. */
async function loaderCache(): Promise<[name: string, path: string][]> {
  const listed = await runProgram('ldconfig', ['-p']).catch(() => undefined);
  return [...(listed?.stdout ?? '').matchAll(/^\s*(\S+) .*=> (\S+)$/gm)].map(([, name, path]) => [
    name!,
    path!,
  ]);
}
