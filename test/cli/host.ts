import { Writable } from 'node:stream';
import { run } from '../../src/cli.js';
import type { Host, Output } from '../../src/host.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface HostOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Columns of a terminal that both streams are; none: pipes. */
  columns?: number;
  /** Sends a signal as soon as something is written to stderr or stdout that holds this text. */
  interruptAt?: string;
}

/** Runs the command in this process, as a shell would, and returns what it printed. */
export async function delve(args: readonly string[], options: HostOptions = {}): Promise<Outcome> {
  const listeners = new Set<() => void>();
  let seen = '';
  const watch = (text: string) => {
    seen += text;
    if (options.interruptAt !== undefined && seen.includes(options.interruptAt)) {
      for (const listener of listeners) listener();
    }
  };
  const stdout = capture(options.columns, watch);
  const stderr = capture(options.columns, watch);
  const host: Host = {
    argv: ['node', 'delve', ...args],
    cwd: () => options.cwd ?? process.cwd(),
    env: options.env ?? {},
    stdout: stdout.stream,
    stderr: stderr.stream,
    on: (_signal, listener) => listeners.add(listener),
    off: (_signal, listener) => listeners.delete(listener),
  };
  const code = await run(host);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(columns: number | undefined, watch: (text: string) => void) {
  let text = '';
  const stream: Writable & Output = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      watch(String(chunk));
      done();
    },
  });
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns });
  return { stream, text: () => text };
}
