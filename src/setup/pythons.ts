import { join } from 'node:path';
import { UserError } from '../errors.js';
import { runProgram } from './programs.js';

/** A Python, and a package of it. */
export interface PythonPackage {
  python: string;
  pythonVersion: string;
  /** undefined where it has no such package. */
  package: { name: string; version: string; folder: string } | undefined;
  /** Folders that packages are installed in. */
  sites: string[];
}

/** Finds a module without importing it: TensorFlow takes seconds for that. */
const DESCRIBE = `
import importlib.metadata as metadata, importlib.util, json, os, site, sys
module, names = sys.argv[1], sys.argv[2:]
spec = importlib.util.find_spec(module)
found = None
for name in names:
    try:
        found = {"name": name, "version": metadata.version(name)}
        break
    except metadata.PackageNotFoundError:
        pass
if found is not None and spec is not None and spec.origin:
    found["folder"] = os.path.dirname(spec.origin)
else:
    found = None
print(json.dumps({"python": sys.executable, "pythonVersion": sys.version.split()[0], "package": found, "sites": [p for p in sys.path if p.endswith("-packages")]}))
`;

/** Looks for a package in a Python; undefined where there is no such Python. */
async function describe(
  python: string,
  module: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<PythonPackage | undefined> {
  const done = await runProgram(python, ['-c', DESCRIBE, module, ...names], { signal }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') return undefined;
      throw error;
    },
  );
  // A program that is no Python may end well, too, or start others that print.
  const printed = done?.code === 0 ? done.stdout.trim().split('\n').at(-1)! : '';
  return printed.startsWith('{') ? (JSON.parse(printed) as PythonPackage) : undefined;
}

/** Where Pythons are looked for: the environment that is active, then the path. */
export function pythonCandidates(env: Readonly<Record<string, string | undefined>>): string[] {
  const environments = [env.VIRTUAL_ENV, env.CONDA_PREFIX].flatMap((folder) => (folder ? [folder] : []));
  return [...environments.map((folder) => join(folder, 'bin', 'python')), 'python3', 'python'];
}

export interface PythonSearch {
  /** The Python that the user named; undefined: wherever there is one. */
  python: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal | undefined;
}

/**
 * The Pythons that there are, those that have the package first. @throws UserError where the one that was named is none, or where there
 * is none at all
 *
 * @param names what the package is called where it is installed from
 */
export async function findPythons(
  { python, env, signal }: PythonSearch,
  module: string,
  names: readonly string[],
): Promise<PythonPackage[]> {
  const candidates = python === undefined ? pythonCandidates(env) : [python];
  const found = new Map<string, PythonPackage>();
  for (const candidate of candidates) {
    const described = await describe(candidate, module, names, signal);
    if (described && !found.has(described.python)) found.set(described.python, described);
  }
  if (found.size === 0) {
    throw new UserError(
      python === undefined
        ? 'no Python 3.8 or later was found; name one with --python'
        : `--python ${python}: this is no Python 3.8 or later`,
    );
  }
  const all = [...found.values()];
  return [...all.filter((each) => each.package), ...all.filter((each) => !each.package)];
}
