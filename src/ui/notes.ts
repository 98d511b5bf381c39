import type { Host } from '../host.js';
import { printableLines } from '../printable.js';
import type { Progress } from './progress.js';
import { terminal } from './terminal.js';

/** How a command tells notes on stderr: around the progress, which is silent beside JSON. */
export function notesOf(
  host: Host,
  progress: Progress,
  { quiet = false, json = false }: { quiet?: boolean; json?: boolean } = {},
): (message: string) => void {
  const { paint } = terminal(host.stderr, host.env);
  return (message) => {
    if (quiet) return;
    const line = `${paint.yellow('note:')} ${printableLines(message)}`;
    if (json) host.stderr.write(`${line}\n`);
    else progress.line(line);
  };
}
