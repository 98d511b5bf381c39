import { openDump } from '../../dump/read.js';
import { UserError } from '../../errors.js';
import { epochsOf } from '../../recompute/selection.js';
import { openResults } from '../../results/open.js';
import type { Results, ResultsEvents, ResultsOptions } from '../../results/results.js';
import type { EpochSource } from './explore.js';
import type { ExploreLayer } from './state.js';

/** An epoch of a run, and the way to the others. */
export interface OpenedRun {
  results: Results;
  epoch: number;
  layers: ExploreLayer[];
  /** All of the run that hold spectra, ascending. */
  epochs: number[];
  source: EpochSource;
}

/** What does not change from epoch to epoch. */
export type RunOptions = Omit<ResultsOptions, 'stats' | 'threshold' | 'spectra' | 'epoch'>;

/**
 * Reads one epoch of a dump; the others are read when they are asked for, as a run may have hundreds.
 * @throws UserError for what is no dump, or holds neither spectra nor covariances; Interrupted when `signal` is aborted
 */
export async function openRun(
  run: string,
  epoch: number,
  options: RunOptions,
  events: ResultsEvents,
  signal: AbortSignal,
): Promise<OpenedRun> {
  const wanted: Omit<ResultsOptions, 'epoch'> = {
    ...options,
    stats: [],
    threshold: undefined,
    spectra: true,
  };
  const results = await openResults(run, { ...wanted, epoch }, events, signal);
  const [first] = results.epochs;
  const layers = first === undefined ? [] : layersIn(results, first);
  if (first === undefined || layers.length === 0) {
    throw new UserError(`${results.path}: none of the covariances could be read; copy the dump again`);
  }
  const source: EpochSource = {
    async read(next, progress, reading) {
      const found = await openResults(
        results.path,
        { ...wanted, epoch: next },
        { note: events.note, spectra: progress },
        reading,
      );
      return layersIn(found, next);
    },
  };
  return { results, epoch: first, layers, epochs: await epochsIn(results), source };
}

function layersIn({ layers }: Results, epoch: number): ExploreLayer[] {
  return layers.flatMap(({ layer, mode, spectra }) => {
    const spectrum = spectra.get(epoch);
    return spectrum ? [{ layer, mode, spectrum }] : [];
  });
}

async function epochsIn({ path, layers }: Results): Promise<number[]> {
  const shown = new Set(layers.map(({ layer, mode }) => `${mode} ${layer}`));
  const dump = await openDump(path);
  try {
    const epochs = dump.layers.filter(({ layer, mode }) => shown.has(`${mode} ${layer}`)).flatMap(epochsOf);
    return [...new Set(epochs)].sort((a, b) => a - b);
  } finally {
    await dump.close();
  }
}
