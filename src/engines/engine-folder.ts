import { homedir, platform } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder for an engine that the user had set up: below `DELVE_HOME`, or where the platform has the user's data; undefined where the
 * environment does not tell.
 */
export function engineFolder(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const data = dataFolder(env);
  return data && join(data, 'engines', name);
}

/** {@link engineFolder} of this process's user. */
export function ownEngineFolder(name: string): string | undefined {
  return engineFolder(name, { HOME: homedir(), ...process.env });
}

function dataFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.DELVE_HOME) return env.DELVE_HOME;
  // The specification wants relative paths ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (env.XDG_DATA_HOME && isAbsolute(env.XDG_DATA_HOME)) return join(env.XDG_DATA_HOME, 'delve');
  if (platform() === 'win32') return env.LOCALAPPDATA && join(env.LOCALAPPDATA, 'delve');
  if (!env.HOME) return undefined;
  return platform() === 'darwin'
    ? join(env.HOME, 'Library', 'Application Support', 'delve')
    : join(env.HOME, '.local', 'share', 'delve');
}
