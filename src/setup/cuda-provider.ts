import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import type { SetupOptions } from './options.js';
import { lastLines, runProgram } from './programs.js';
import { findPythons } from './pythons.js';

/** The libraries that onnxruntime looks for beside its own. */
const PROVIDER_LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];
/** Where the wheel has them. */
const IN_WHEEL = join('onnxruntime', 'capi');

/**
 * Puts CUDA's provider of onnxruntime beside its library: from a Python environment that has onnxruntime-gpu of the same version, or
 * else from the wheel, which that Python's pip fetches.
 *
 * @returns the Python, and folders where its packages are
 * @throws UserError where there is neither
 */
export async function addCudaProvider(
  libraryFolder: string,
  version: string,
  options: SetupOptions,
): Promise<{ python: string; sites: string[] }> {
  if (platform() !== 'linux' || arch() !== 'x64') {
    throw new UserError(
      `onnxruntime-gpu has CUDA's provider for Linux on x64 alone, and this is ${platform()} on ${arch()}; --device gpu works with WebGPU, which needs no set-up`,
    );
  }
  const pythons = await findPythons(options, 'onnxruntime', ['onnxruntime-gpu']);
  const same = pythons.find((each) => each.package?.version === version);
  const { python, sites } = same ?? pythons[0]!;
  if (same?.package) {
    options.step(`taking CUDA's provider from onnxruntime-gpu ${version} of ${python}`);
    await copyProvider(join(same.package.folder, 'capi'), libraryFolder);
    return { python, sites };
  }
  const wheels = await mkdtemp(join(tmpdir(), 'delve-wheel-'));
  try {
    options.step(`fetching onnxruntime-gpu ${version} with pip of ${python}`);
    await fetchWheel(python, version, wheels, options.signal);
    await copyProvider(join(wheels, IN_WHEEL), libraryFolder);
  } finally {
    await rm(wheels, { recursive: true, force: true });
  }
  return { python, sites };
}

async function fetchWheel(
  python: string,
  version: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // The libraries are the same for every Python: one that the wheel is there for is named.
  const choice = ['--python-version', '3.12', '--only-binary=:all:', '--platform', 'manylinux_2_28_x86_64'];
  const wanted = `onnxruntime-gpu==${version}`;
  const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', ...choice, '--dest', folder, wanted];
  const fetched = await runProgram(python, args, { signal });
  if (fetched.code !== 0) {
    throw new UserError(
      `pip of ${python} could not fetch ${wanted} (${lastLines(fetched.output)}); install it in a Python environment, and name that with --python`,
    );
  }
  const unpack =
    'import glob, sys, zipfile; zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).extractall(sys.argv[1])';
  const unpacked = await runProgram(python, ['-c', unpack, folder], { signal });
  if (unpacked.code !== 0)
    throw new UserError(`the wheel cannot be unpacked (${lastLines(unpacked.output)})`);
}

async function copyProvider(from: string, to: string): Promise<void> {
  for (const name of PROVIDER_LIBRARIES) {
    await copyFile(join(from, name), join(to, name)).catch((error: unknown) => {
      throw new UserError(`${join(from, name)} cannot be copied (${(error as Error).message})`, {
        cause: error,
      });
    });
  }
}
