import { isStatisticName, statisticNames } from '../core/statistics.js';
import type { Mode } from '../dump/stored.js';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import { openResults } from '../results/open.js';
import { extractLayerStat } from './extract.js';
import { defaultPlotOptions } from './plot.js';
import { type PlotStatOptions, type PlottedStat, plotStat, type Samples } from './plot-stat.js';

/**
 * `plot_stat_level_from_results`: a statistic over the layers, in one epoch and mode of a run, drawn and written beside it as
 * `RUN_<stat>_<mode>_epoch_<k>.png`.
 *
 * @param savepath the csv of a run (or its dump)
 * @param epoch -1: the last one
 * @param stat `lsat`, or with the mode `lsat_eval`
 * @throws UserError for a run that cannot be read, a statistic, epoch or metric that it does not hold, a file that cannot be written
 */
export async function plotStatLevelFromResults(
  savepath: string,
  epoch: number,
  stat: string,
  options: Omit<PlotStatOptions, 'savepath' | 'epoch' | 'pm' | 'samples'> = {},
): Promise<PlottedStat> {
  const [name = '', mode] = stat.split('_');
  if (!isStatisticName(name)) throw new UserError(nearest(name, statisticNames(), 'statistic'));
  const statMode = modeOf(mode) ?? options.statMode ?? 'train';
  const results = await openResults(savepath, {
    ...defaultPlotOptions(),
    stats: [name],
    threshold: undefined,
    mode: undefined,
    epoch: 'all',
    spectra: false,
  });
  const found = extractLayerStat(results, {
    stat: name,
    mode: statMode,
    epoch,
    primaryMetric: options.primaryMetric,
  });
  if (found.values.size === 0 && !results.layers.some((layer) => layer.mode === statMode)) {
    throw new UserError(`${savepath} holds nothing that was recorded as ${statMode}`);
  }
  const ylim = options.ylim ?? (name === 'lsat' ? [0, 1] : 'auto');
  return plotStat(found, name, { ...options, savepath: withCsvEnding(results.path), statMode, ylim });
}

/**
 * `plot_scatter_from_results`: samples in the plane, drawn and written beside a run as `RUN_<stat>_train_epoch_<k>.png`; undefined
 * where there are none. As in the package, what is drawn is what is handed in: `savepath` and `epoch` name it.
 *
 * @throws UserError if the file cannot be written
 */
export async function plotScatterFromResults(
  savepath: string,
  epoch: number,
  stat: string,
  df: Samples,
  options: Pick<PlotStatOptions, 'statMode' | 'fontsize' | 'figsize' | 'hook'> = {},
): Promise<PlottedStat | undefined> {
  if (df.length === 0) return undefined;
  const [name = ''] = stat.split('_');
  return plotStat(df, name, { ...options, savepath, epoch, line: false, samples: true, ylim: 'auto' });
}

function modeOf(text: string | undefined): Mode | undefined {
  if (text === undefined) return undefined;
  if (text === 'train' || text === 'eval') return text;
  throw new UserError(`there is no mode '${text}'; the modes are train and eval`);
}

/** Figures of a dump stand beside it, as those of its csv. */
function withCsvEnding(path: string): string {
  return path.endsWith('.csv') ? path : `${path.replace(/[/\\]$|\.zip$/, '')}.csv`;
}
