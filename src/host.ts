import { resolve } from 'node:path';

/** What the command takes from its process: tests hand in their own. */
export interface Host {
  /** As node gives it: the first two are the interpreter and the script. */
  argv: string[];
  cwd(): string;
  env: Record<string, string | undefined>;
  /** What screens read their keys from; none where there is no terminal. */
  stdin?: NodeJS.ReadableStream;
  stdout: Output;
  stderr: Output;
  on(event: HostEvent, listener: () => void): unknown;
  off(event: HostEvent, listener: () => void): unknown;
}

/** Signals, and the end of the process. */
export type HostEvent = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'exit';

export interface Output extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

/** As the path of an output: standard output. */
export const STDOUT = '-';

/** A path of the command line as the file system takes it: as the user wrote it, which is how messages should name it. */
export function fromHost(host: Host, path: string): string {
  return host.cwd() === process.cwd() ? path : resolve(host.cwd(), path);
}
