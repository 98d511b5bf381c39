import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Interrupted } from '../errors.js';

export interface ProgramResult {
  code: number | null;
  stdout: string;
  /** stdout and stderr, as they came. */
  output: string;
}

/** Runs a program to its end; what it says is kept. Throws Interrupted when `signal` is aborted, Error where there is no such program. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Promise<ProgramResult> {
  const { cwd, env, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (text: Buffer) => {
      stdout += text;
      output += text;
    });
    child.stderr.on('data', (text: Buffer) => {
      output += text;
    });
    child.on('error', (error) => reject(signal?.aborted ? new Interrupted() : error));
    child.on('close', (code) => {
      if (signal?.aborted) reject(new Interrupted());
      else resolve({ code, stdout, output });
    });
  });
}

/** The last lines of what a program said, for a message. */
export function lastLines(output: string, count = 3): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join(' / ').slice(0, 600);
}

/** The first of these programs that is on the path. */
export function findProgram(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.find((name) =>
    name.includes('/') ? isExecutable(name) : folders.some((folder) => isExecutable(join(folder, name))),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
