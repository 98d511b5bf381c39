import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { lastLines, runProgram } from './programs.js';

/**
 * Installs packages from the npm registry into a folder, without their scripts: these download what may be out of reach.
 *
 * @param packages `name@version`
 * @throws UserError with npm's own words where it fails, or is not there
 */
export async function npmInstall(
  folder: string,
  packages: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  // Versions are exact: what npm has downloaded before, to leave it out then, need not come anew.
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const args = ['install', ...options, ...packages];
  // What npm started us with, as npx does, is the npm that is there; on its own it is a script for a shell on Windows.
  const own = env.npm_execpath;
  const [program, before] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  const done = await runProgram(program, [...before, ...args], { cwd: folder, signal }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new UserError('npm is not on the path; it comes with Node');
      throw error;
    },
  );
  if (done.code !== 0) {
    // What went wrong on the way to the registry stands above advice for all cases.
    const reason = done.output.split('\n').find((line) => line.includes('reason: '));
    const said = reason?.replace(/^npm \S+ (?:network )?/, '') ?? lastLines(done.output);
    throw new UserError(`npm could not install ${packages.join(' and ')} (${said})`);
  }
}
