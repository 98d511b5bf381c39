import { statisticNames } from '../core/statistics.js';
import { UserError } from '../errors.js';
import { openResults } from '../results/open.js';
import type { Results, ResultsEvents } from '../results/results.js';
import type { PlotOptions } from './plot.js';
import { runName } from './slices.js';

/** A page about runs, and the files or folders that they are. */
export interface PlottedPage {
  page: string;
  runs: readonly string[];
}

/** Of `PlotOptions`, what a page takes: it shows all statistics, and by default all epochs. */
export interface PageOptions
  extends Pick<
    PlotOptions,
    'runs' | 'thresholds' | 'rule' | 'stats' | 'layers' | 'mode' | 'title' | 'threads' | 'cache'
  > {
  epoch: number | 'all';
}

/**
 * Reads runs and makes a page of them, one file of HTML with a threshold slider and a table. It opens at the first threshold and statistic.
 * @throws UserError for runs that cannot be read; Interrupted when `signal` is aborted
 */
export async function plotPage(
  options: PageOptions,
  events: ResultsEvents = {},
  signal?: AbortSignal,
): Promise<PlottedPage> {
  const { htmlPage } = await import('./html/page.js');
  const results: Results[] = [];
  for (const run of new Set(options.runs)) results.push(await openForPage(run, options, events, signal));
  const [first] = results;
  const threshold = options.thresholds[0] ?? first?.recordedWith?.threshold;
  const [statistic] = options.stats;
  const page = htmlPage(results, {
    rule: options.rule,
    title: options.title ?? results.map(({ label }) => runName(label)).join(', '),
    ...(threshold === undefined ? {} : { threshold }),
    ...(statistic === undefined ? {} : { statistic }),
  });
  return { page, runs: results.map(({ path }) => path) };
}

async function openForPage(
  run: string,
  options: PageOptions,
  events: ResultsEvents,
  signal: AbortSignal | undefined,
): Promise<Results> {
  const wanted = {
    ...options,
    stats: statisticNames().filter((name) => name !== 'cov'),
    threshold: undefined,
    rule: 'delve' as const,
  };
  try {
    return await openResults(run, { ...wanted, spectra: true }, events, signal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // A csv, and a dump without covariances, have statistics to show, if no slider.
    return openResults(run, { ...wanted, spectra: false }, events, signal);
  }
}
