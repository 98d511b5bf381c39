import type { EpochRecord, RunDescription, Writer } from './writer.js';

/**
 * Several writers as one, each called in their order. `open` and `write` stop at the first that throws; at `close` those after it
 * are still closed, and the first error is thrown then.
 */
export function compositeWriter(writers: readonly Writer[]): Writer {
  return {
    async open() {
      for (const writer of writers) await writer.open();
    },
    async write(epoch: EpochRecord) {
      for (const writer of writers) await writer.write(epoch);
    },
    async close(run: RunDescription) {
      await closeEach(writers.map((writer) => () => writer.close(run)));
    },
  };
}

/** Calls all of them, one after another; the first error is thrown when all have been called. */
export async function closeEach(closings: readonly (() => void | Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closings) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
