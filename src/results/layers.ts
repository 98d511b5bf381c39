import { STATISTICS, type StatisticName } from '../core/statistics.js';
import type { Mode } from '../dump/stored.js';
import { layersOfMode, layersTest } from '../recompute/selection.js';
import type { ResultsOptions } from './results.js';

/** What tells layers of a run apart. */
interface Named {
  layer: string;
  mode: Mode;
}

/** The layers of these globs and this mode, train before eval. @throws UserError for what `where` does not hold. */
export function chooseLayers<Layer extends Named>(
  layers: readonly Layer[],
  options: Pick<ResultsOptions, 'layers' | 'mode'>,
  where: string,
): Layer[] {
  const names = [...new Set(layers.map(({ layer }) => layer))];
  const isNamed = layersTest(options.layers, names, where);
  const named = layers.filter(({ layer }) => isNamed(layer));
  const chosen = layersOfMode(named, options.mode, where);
  return (['train', 'eval'] as const).flatMap((mode) => chosen.filter((layer) => layer.mode === mode));
}

/** Statistics that are numbers: the covariance is none. */
export function numericStatistics(stats: readonly StatisticName[]): StatisticName[] {
  return stats.filter((name) => STATISTICS[name].compute !== undefined);
}

/** `eval` for all layers of a mode, else their names: `conv1, conv2 (eval)`. */
export function namesOf(some: readonly Named[], all: readonly Named[]): string {
  return (['train', 'eval'] as const)
    .flatMap((mode) => {
      const of = (layers: readonly Named[]) => layers.filter((layer) => layer.mode === mode);
      const names = of(some).map(({ layer }) => layer);
      if (names.length === 0) return [];
      if (names.length === of(all).length) return [mode];
      const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
      return [`${names.slice(0, MOST_NAMES).join(', ')}${more} (${mode})`];
    })
    .join(' and ');
}

const MOST_NAMES = 8;
