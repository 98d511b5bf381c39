import type { Host } from '../host.js';

/** Does `work` with a signal that Ctrl-C and a request to end abort. */
export async function interruptibly<T>(host: Host, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  host.on('SIGINT', interrupt);
  host.on('SIGTERM', interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    host.off('SIGINT', interrupt);
    host.off('SIGTERM', interrupt);
  }
}
