import type { Results, ResultsEvents, ResultsOptions } from './results.js';

/**
 * Reads the results of a run: `run` is a csv, a dump (folder or zip), a savefile without its ending (`runs/mnist`), each with an
 * epoch if need be (`runs/mnist@3`, `@-1`).
 * @throws UserError for what is none of these, an epoch, mode or layer that is not there; Interrupted when `signal` is aborted.
 */
export async function openResults(
  _run: string,
  _options: ResultsOptions,
  _events: ResultsEvents = {},
  _signal?: AbortSignal,
): Promise<Results> {
  throw new Error('being written');
}
