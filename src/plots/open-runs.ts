import type { IdimRule } from '../core/metrics.js';
import { STATISTICS, type StatisticName } from '../core/statistics.js';
import { openResults } from '../results/open.js';
import type { ResultLayer, Results, ResultsEvents, ResultsOptions } from '../results/results.js';
import type { FigureRun } from './figure.js';

/** Which results are read. */
export interface RunSelection extends Omit<ResultsOptions, 'threshold'> {
  /** Csv files, dumps (folders or zip archives) or savefiles without their ending, each with an epoch if need be: `runs/mnist@3`. */
  runs: readonly string[];
  /** Statistics at these shares of the variance, each of them a run of its own; none: as they are stored. */
  thresholds: readonly number[];
}

/** Opens every run, at every threshold. @throws UserError as `openResults`, Interrupted when `signal` is aborted */
export async function openRuns(
  selection: RunSelection,
  events: ResultsEvents = {},
  signal?: AbortSignal,
): Promise<FigureRun[]> {
  const { thresholds, stats, rule } = selection;
  // At several thresholds the eigenvalues are read once, and counted again and again.
  const [threshold, ...more] = thresholds;
  const several = more.length > 0 && stats.some((stat) => STATISTICS[stat].usesThreshold);
  const opened: FigureRun[] = [];
  for (const run of new Set(selection.runs)) {
    const results = await openResults(
      run,
      { ...selection, threshold: several ? undefined : threshold, spectra: selection.spectra || several },
      events,
      signal,
    );
    if (!several) opened.push({ results, threshold });
    else
      for (const at of thresholds)
        opened.push({ results: resultsAt(results, at, stats, rule), threshold: at });
  }
  return opened;
}

/** The results with the statistics that depend on the threshold counted anew, from their eigenvalues. */
function resultsAt(
  results: Results,
  threshold: number,
  stats: readonly StatisticName[],
  rule: IdimRule,
): Results {
  return { ...results, layers: results.layers.map((layer) => layerAt(layer, threshold, stats, rule)) };
}

function layerAt(
  layer: ResultLayer,
  threshold: number,
  stats: readonly StatisticName[],
  rule: IdimRule,
): ResultLayer {
  const statistics = new Map(layer.statistics);
  for (const stat of stats) {
    const { usesThreshold, compute, longName } = STATISTICS[stat];
    if (!usesThreshold || !compute) continue;
    const values = [...layer.spectra].map(
      ([epoch, spectrum]) => [epoch, compute(spectrum, threshold, rule)] as const,
    );
    statistics.set(longName, new Map(values.filter(([, value]) => !Number.isNaN(value))));
  }
  return { ...layer, statistics };
}
