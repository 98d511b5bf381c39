import type { IdimRule } from '../../core/metrics.js';
import type { Spectrum } from '../../core/spectrum.js';
import type { StatisticName } from '../../core/statistics.js';
import type { Mode } from '../../dump/stored.js';
import type { ScreenSize } from '../screen/size.js';

/** A layer in a mode and an epoch. */
export interface ExploreLayer {
  layer: string;
  mode: Mode;
  spectrum: Spectrum;
}

/** How layers are sorted: in execution order, by the statistic, by name. */
export const SORTS = ['order', 'descending', 'ascending', 'name'] as const;
export type Sort = (typeof SORTS)[number];

/** How the screen was left: `q`, or Ctrl-C. */
export type Leaving = 'quit' | 'interrupted';

/** Everything that the screen shows follows from this. */
export interface ExploreState {
  /** What the user called the run. */
  run: string;
  /** Of the run, ascending. */
  epochs: readonly number[];
  rule: IdimRule;
  /** The layers of the epochs that were read last, in execution order. */
  loaded: ReadonlyMap<number, readonly ExploreLayer[]>;
  /** The epoch that is shown. */
  epoch: number;
  /** The epoch that is being read, to be shown next. */
  wanted: number | undefined;
  /** How far that is, in spectra. */
  progress: { done: number; all: number } | undefined;
  /** Why an epoch could not be read. */
  failure: string | undefined;
  mode: Mode;
  statistic: StatisticName;
  threshold: number;
  sort: Sort;
  filter: string;
  /** Whether keys go into the filter. */
  filtering: boolean;
  help: boolean;
  /** Name of the layer whose spectrum is shown; the first one if it is not among those that are listed. */
  picked: string | undefined;
  /** The first listed row. */
  top: number;
  size: ScreenSize;
  leaving: Leaving | undefined;
}

/** What is known when the screen opens: an epoch has been read. */
export type Opening = Pick<ExploreState, 'run' | 'epochs' | 'rule' | 'epoch' | 'threshold' | 'size'> & {
  layers: readonly ExploreLayer[];
};

export function openingState({ layers, ...opening }: Opening): ExploreState {
  const mode = layers.some((layer) => layer.mode === 'eval') ? 'eval' : 'train';
  return {
    ...opening,
    loaded: new Map([[opening.epoch, layers]]),
    wanted: undefined,
    progress: undefined,
    failure: undefined,
    mode,
    statistic: 'lsat',
    sort: 'order',
    filter: '',
    filtering: false,
    help: false,
    picked: layers.find((layer) => layer.mode === mode)?.layer,
    top: 0,
    leaving: undefined,
  };
}
