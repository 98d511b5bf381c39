import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { CUDA_LIBRARIES, findOnnx, ONNX_PACKAGE } from '../engines/onnx/installation.js';
import { UserError } from '../errors.js';
import { findCudaLibraries } from './cuda-libraries.js';
import { addCudaProvider } from './cuda-provider.js';
import { npmInstall } from './npm.js';
import type { SetupOptions } from './options.js';
import { lastLines, runProgram } from './programs.js';
import { inStagedFolder } from './staged-folder.js';

export interface OnnxSetup {
  folder: string;
  version: string;
  cuda: boolean;
}

/** The version that this delve is made for. */
export function wantedVersion(): string {
  const file = createRequire(import.meta.url).resolve('../../package.json');
  const { optionalDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  return optionalDependencies[ONNX_PACKAGE]!;
}

/**
 * Brings the engine onnx where npm could not install it, or with CUDA's provider, in the user's folder of engines. undefined where
 * there is nothing to do.
 *
 * @throws UserError for what is missing: the registry, a Python, CUDA's libraries
 */
export async function setUpOnnx(
  target: string,
  { cuda, force, ...options }: SetupOptions & { cuda: boolean; force: boolean },
): Promise<OnnxSetup | undefined> {
  const { env, signal, step } = options;
  const [beside] = findOnnx();
  if (!cuda && !force && beside && (await whyItFails(beside.folder)) === undefined) return undefined;
  const version = wantedVersion();
  return inStagedFolder(target, async (folder) => {
    step(`fetching ${ONNX_PACKAGE}@${version} from the npm registry`);
    await npmInstall(folder, [`${ONNX_PACKAGE}@${version}`], env, signal);
    const package_ = dirname(
      createRequire(join(folder, 'package.json')).resolve(`${ONNX_PACKAGE}/package.json`),
    );
    step('loading it');
    const failure = await whyItFails(package_);
    if (failure !== undefined) throw new UserError(`onnxruntime was fetched, but does not load (${failure})`);
    if (cuda) {
      const libraries = join(package_, 'bin', 'napi-v6', platform(), arch());
      const { python, sites } = await addCudaProvider(libraries, version, options);
      step('looking for the libraries of CUDA');
      const install = `${python} -m pip install 'onnxruntime-gpu[cuda,cudnn]==${version}'`;
      const paths = await findCudaLibraries(sites, install);
      await writeFile(join(folder, CUDA_LIBRARIES), `${JSON.stringify(paths, null, 2)}\n`);
    }
    return { folder: target, version, cuda };
  });
}

/** Tried in a process of its own: a library that is loaded stays. */
async function whyItFails(folder: string): Promise<string | undefined> {
  const { code, output } = await runProgram(process.execPath, ['-e', 'require(process.argv[1])', folder]);
  if (code === 0) return undefined;
  const error = output.split('\n').find((line) => /^\w*Error/.test(line));
  return error ?? lastLines(output);
}
