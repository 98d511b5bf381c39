import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { TENSORFLOW_PACKAGE } from '../engines/tensorflow/installation.js';
import { TensorflowError, TensorflowProcess } from '../engines/tensorflow/tensorflow-process.js';
import { UserError } from '../errors.js';
import { compileBinding, findCompiler, type TensorflowLibrary, tensorflowLibrary } from './binding.js';
import { npmInstall } from './npm.js';
import type { SetupOptions } from './options.js';
import { findPythons, type PythonPackage } from './pythons.js';
import { inStagedFolder } from './staged-folder.js';

/** The version whose binding is built, and Node's headers to build it with. */
const PACKAGES = [`${TENSORFLOW_PACKAGE}@4.22.0`, 'node-api-headers@1.9.0'];

/** What pip installs the module `tensorflow` from. */
const DISTRIBUTIONS = [
  'tensorflow',
  'tensorflow-cpu',
  'tensorflow-gpu',
  'tensorflow-rocm',
  'tensorflow-macos',
  'tensorflow-cpu-aws',
  'intel-tensorflow',
  'tf-nightly',
  'tf-nightly-cpu',
];

/** What came of it. */
export interface TensorflowSetup {
  folder: string;
  /** TensorFlow's version, and the Python that it is of. */
  version: string;
  python: string;
  isGpu: boolean;
}

/**
 * Brings the engine tensorflow: fetches tfjs-node-gpu from the npm registry and builds its binding against the TensorFlow of a
 * Python environment, in the user's folder of engines. What was there before stays until the new one has been loaded.
 *
 * @throws UserError for what is missing: a Python with TensorFlow, its headers, a compiler, the registry
 */
export async function setUpTensorflow(target: string, options: SetupOptions): Promise<TensorflowSetup> {
  const { env, signal, step } = options;
  if (platform() === 'win32') {
    throw new UserError(
      `TensorFlow for Python has no C library on Windows; set it up in the Windows Subsystem for Linux, or try: npm install ${TENSORFLOW_PACKAGE}`,
    );
  }
  const compiler = findCompiler(env);
  const { python, library } = await findLibrary(options);
  return inStagedFolder(target, async (folder) => {
    step(`fetching ${PACKAGES[0]} from the npm registry`);
    await npmInstall(folder, PACKAGES, env, signal);
    const require = createRequire(join(folder, 'package.json'));
    const file = require.resolve(`${TENSORFLOW_PACKAGE}/package.json`);
    const sources = dirname(file);
    const binding: string = createRequire(file)('@mapbox/node-pre-gyp').find(file);
    const nodeHeaders = join(dirname(require.resolve('node-api-headers/package.json')), 'include');
    step(`compiling its binding with ${compiler} against TensorFlow ${library.version} of ${python}`);
    await compileBinding(compiler, { sources, nodeHeaders, target: binding }, library, signal);
    await writeFile(
      join(folder, 'setup.json'),
      `${JSON.stringify({ tensorflow: library.version, python, from: library.folder }, null, 2)}\n`,
    );
    step('loading it');
    const { version, isGpu } = await tryLoading(sources);
    return { folder: target, version, python, isGpu };
  });
}

async function findLibrary(options: SetupOptions): Promise<{ python: string; library: TensorflowLibrary }> {
  const pythons = await findPythons(options, 'tensorflow', DISTRIBUTIONS);
  const [first] = pythons;
  if (!first?.package) throw new UserError(without(pythons));
  return { python: first.python, library: tensorflowLibrary(first.package) };
}

function without(pythons: readonly PythonPackage[]): string {
  const named = pythons.map(({ python, pythonVersion }) => `${python} (${pythonVersion})`);
  const [first] = pythons;
  return `no TensorFlow in ${named.join(' or ')}; install it with: ${first?.python ?? 'python3'} -m pip install tensorflow (tensorflow-cpu without a GPU, 'tensorflow[and-cuda]' with NVIDIA's libraries), or name another Python with --python`;
}

async function tryLoading(folder: string): Promise<{ version: string; isGpu: boolean }> {
  const tensorflow = new TensorflowProcess({ folder, threads: 1, device: 'auto' });
  try {
    const { answer } = await tensorflow.ask('start', {});
    return { version: answer.library, isGpu: answer.gpu };
  } catch (error) {
    if (!(error instanceof TensorflowError)) throw error;
    throw new UserError(`the binding was built, but does not load (${error.message})`, { cause: error });
  } finally {
    await tensorflow.close();
  }
}
