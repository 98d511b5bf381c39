import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.js';
import { findProgram, lastLines, runProgram } from './programs.js';

/** A TensorFlow that the binding can be built against. */
export interface TensorflowLibrary {
  version: string;
  folder: string;
  includes: string;
  /** What holds the C interface, and what that needs. */
  libraries: string[];
}

const HEADERS = ['tensorflow/c/c_api.h', 'tensorflow/c/eager/c_api.h'];
const COMPILERS = ['c++', 'g++', 'clang++'];

/** @throws UserError where the package lacks headers or libraries */
export function tensorflowLibrary({
  version,
  folder,
}: {
  version: string;
  folder: string;
}): TensorflowLibrary {
  const includes = join(folder, 'include');
  const libraries = (platform() === 'darwin' ? MAC : LINUX).map((name) => join(folder, name));
  const missing = [...HEADERS.map((header) => join(includes, header)), ...libraries].filter(
    (path) => !existsSync(path),
  );
  if (missing.length > 0) {
    throw new UserError(
      `TensorFlow ${version} in ${folder} lacks ${missing.join(', ')}: 2.12 and later have them; upgrade it, or name another Python with --python`,
    );
  }
  return { version, folder, includes, libraries };
}

const LINUX = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const MAC = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'];

/** The C++ compiler: `CXX`, or the first of the usual ones. @throws UserError where there is none */
export function findCompiler(env: Readonly<Record<string, string | undefined>>): string {
  const found = findProgram(env.CXX ? [env.CXX] : COMPILERS, env);
  if (found !== undefined) return found;
  const install =
    platform() === 'darwin' ? 'xcode-select --install' : 'apt install g++, or your system’s equivalent';
  throw new UserError(
    env.CXX
      ? `CXX names ${env.CXX}, which is no program on the path`
      : `no C++ compiler (${COMPILERS.join(', ')}) is on the path; install one: ${install}`,
  );
}

/**
 * Compiles tfjs-node's binding: two files, against Node's stable interface for addons, so that one build serves every Node.
 *
 * @param sources the package's folder
 * @param nodeHeaders the folder of node_api.h
 * @param target the file to make
 */
export async function compileBinding(
  compiler: string,
  { sources, nodeHeaders, target }: { sources: string; nodeHeaders: string; target: string },
  tensorflow: TensorflowLibrary,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const { folder, includes, libraries } = tensorflow;
  const addon = platform() === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const args = [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-w',
    ...addon,
    '-DNAPI_VERSION=8',
    '-DNODE_GYP_MODULE_NAME=tfjs_binding',
    '-DBUILDING_NODE_EXTENSION',
    `-I${includes}`,
    `-I${nodeHeaders}`,
    join(sources, 'binding', 'tfjs_backend.cc'),
    join(sources, 'binding', 'tfjs_binding.cc'),
    ...libraries,
    `-Wl,-rpath,${folder}`,
    '-o',
    target,
  ];
  const done = await runProgram(compiler, args, { signal });
  if (done.code !== 0) {
    const said = done.output.split('\n').find((line) => /error/i.test(line)) ?? lastLines(done.output);
    throw new UserError(
      `${compiler} cannot compile the binding against TensorFlow ${tensorflow.version} (${said.trim().slice(0, 300)}); try another compiler with CXX, or another TensorFlow with --python`,
    );
  }
}
