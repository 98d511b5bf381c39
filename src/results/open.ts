import { existsSync } from 'node:fs';
import type { EmbeddedLayer } from '../dump/embed-table.js';
import { Interrupted, UserError } from '../errors.js';
import { locateRun } from './locate.js';
import type { Results, ResultsEvents, ResultsOptions } from './results.js';

/**
 * Reads the results of a run: `run` is a csv, a dump (folder or zip), a savefile without its ending (`runs/mnist`), each with an
 * epoch if need be (`runs/mnist@3`, `@-1`).
 *
 * Of a dump, statistics are taken as they are stored and else computed from the covariances; with a threshold, or the rule
 * `textbook`, those that depend on these are all computed. A csv holds what it holds.
 *
 * @throws UserError for what is none of these, an epoch, mode or layer that is not there; Interrupted when `signal` is aborted.
 */
export async function openResults(
  run: string,
  options: ResultsOptions,
  events: ResultsEvents = {},
  signal?: AbortSignal,
): Promise<Results> {
  if (signal?.aborted) throw new Interrupted();
  const { kind, path, epoch } = await locateRun(run);
  const asked = { ...options, epoch: epoch ?? options.epoch };
  const said = epoch === undefined ? `--epoch ${options.epoch}` : run;
  // Few runs are read from both, and each brings its own libraries.
  const results =
    kind === 'csv'
      ? await (await import('./csv-results.js')).csvResults(path, asked, said, (text) => events.note?.(text))
      : await (await import('./dump-results.js')).dumpResults(path, asked, said, events, signal);
  return { label: run, ...results, ...(options.points && { points: await pointsOf(path, results) }) };
}

/** The points of the layers and epochs that were read. */
async function pointsOf(
  path: string,
  { layers, epochs }: Pick<Results, 'layers' | 'epochs'>,
): Promise<EmbeddedLayer[]> {
  const { embedFile, readEmbedTable } = await import('../dump/embed-table.js');
  const file = embedFile(path.replace(/(\.csv|\.zip|[/\\])$/, ''));
  if (!existsSync(file)) {
    throw new UserError(
      `${path} has no points beside it (${file}); record with --stats embed, and csv among --save-to`,
    );
  }
  const read = new Set(layers.map(({ mode, layer }) => `${mode} ${layer}`));
  return readEmbedTable(file).filter(
    ({ mode, layer, epoch }) => epochs.includes(epoch) && read.has(`${mode} ${layer}`),
  );
}
