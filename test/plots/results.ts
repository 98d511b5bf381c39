import type { StatisticName } from '../../src/core/statistics.js';
import type { Mode } from '../../src/dump/stored.js';
import { openResults } from '../../src/results/open.js';
import type { ResultLayer, Results } from '../../src/results/results.js';

/** All epochs of a run. */
export async function openAll(run: string, stats: readonly StatisticName[], mode?: Mode): Promise<Results> {
  return openResults(run, {
    stats: stats.filter((name) => name !== 'cov'),
    threshold: undefined,
    rule: 'delve',
    layers: [],
    mode,
    epoch: 'all',
    spectra: false,
    threads: 1,
    cache: undefined,
  });
}

/** Results of one epoch with the given saturations, for what no recording at hand has. */
export function resultsOf(label: string, saturations: Readonly<Record<string, number>>, epoch = 0): Results {
  const layers = Object.entries(saturations).map(([layer, value]): ResultLayer => {
    const values = new Map(Number.isNaN(value) ? [] : [[epoch, value] as const]);
    return { layer, mode: 'eval', statistics: new Map([['saturation', values]]), spectra: new Map() };
  });
  return { label, path: label, epochs: [epoch], layers, scalars: new Map(), recordedWith: undefined };
}
