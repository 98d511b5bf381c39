import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import type { Host } from '../../host.js';
import { SMALLEST } from './layout.js';

/** Why the live screen cannot be shown here; undefined where it can. */
export function whyNoScreen({
  stdin,
  stderr,
  env,
}: Pick<Host, 'stdin' | 'stderr' | 'env'>): string | undefined {
  if (!(stderr instanceof WriteStream)) return 'stderr is no terminal';
  if (env.TERM === 'dumb') return 'TERM is dumb';
  const { columns, rows } = stderr;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) {
    return `a terminal of ${columns} x ${rows} is too small for it, which takes ${SMALLEST.columns} x ${SMALLEST.rows}`;
  }
  if (!(stdin instanceof ReadStream)) return 'stdin is no terminal';
  if (isInBackground()) return 'it runs in the background';
  return undefined;
}

/** A process in the background is halted when it reads keys. */
function isInBackground(): boolean {
  try {
    if (process.platform === 'linux') {
      // What follows the name, which may hold anything: state, parent, group, session, terminal, the terminal's group.
      const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return group !== foreground;
    }
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8' });
    return !state.includes('+');
  } catch {
    return false;
  }
}
