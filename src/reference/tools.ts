import { isStatisticName, type StatisticName, statisticNames } from '../core/statistics.js';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile } from '../dump/writable.js';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import { defaultRecomputeOptions } from '../recompute/recompute.js';
import { type ResultTable, reconstruct } from '../recompute/reconstruct.js';

/** Options of `reconstructCsvFromNpyData`. */
export interface ReconstructCsvFromNpyDataOptions {
  /** The csv to write; none: nothing is written. */
  savefile?: string | undefined;
  /** Compute `stats` from the covariances at this share of the variance; none: collect what is stored. */
  thresh?: number | undefined;
  /** `lsat` (or `sat`, as the package's documentation calls it), `idim`, and any other statistic; `lsat` and `idim` unless given. */
  stats?: readonly string[];
  /** Columns with the `_` that the package's function leaves before them, `_eval-saturation_conv1`. */
  pythonNames?: boolean;
  /** Whom notes go to (a statistic that is not stored, ...); `console.warn` unless given. */
  note?: (message: string) => void;
}

/**
 * `reconstruct_csv_from_npy_data`: the csv that the csv writer would have written, out of what the npy writer has written (a folder or a zip
 * archive of it), and optionally for another threshold. What else was stored is read, too.
 *
 * @throws UserError for a folder that is no dump, a threshold where there are no covariances, a statistic that is none, and a file that
 *   cannot be written
 */
export async function reconstructCsvFromNpyData(
  npywriterOutPath: string,
  {
    savefile,
    thresh,
    stats = ['lsat', 'idim'],
    pythonNames = false,
    note = console.warn,
  }: ReconstructCsvFromNpyDataOptions = {},
): Promise<ResultTable> {
  if (thresh !== undefined && !(thresh > 0 && thresh <= 1)) {
    throw new UserError(`thresh is ${thresh}, and must be a share of the variance, above 0 and at most 1`);
  }
  if (savefile !== undefined) checkWritableFile(savefile, 'savefile');
  const { strict, rule, threads, cache } = defaultRecomputeOptions();
  const options = { dump: npywriterOutPath, threshold: thresh, stats: stats.map(statisticOf), pythonNames };
  const { csv, table } = await reconstruct({ ...options, strict, rule, threads, cache }, { note });
  if (savefile !== undefined) replaceFile(savefile, csv);
  return table;
}

function statisticOf(name: string): StatisticName {
  if (name === 'sat') return 'lsat';
  if (isStatisticName(name)) return name;
  throw new UserError(`stats: ${nearest(name, statisticNames(), 'statistic')}`);
}
