import { availableParallelism } from 'node:os';
import type { ResultsEvents } from '../results/results.js';
import type { Figure, FigureKindName, FigureOptions } from './figure.js';
import { FIGURE_KINDS } from './figures.js';
import { openRuns, type RunSelection } from './open-runs.js';

/** What to plot of which runs. */
export interface PlotOptions
  extends Omit<RunSelection, 'epoch' | 'spectra' | 'points'>,
    Omit<FigureOptions, 'thresholds' | 'layersChosen'> {
  figure: FigureKindName;
  /** -1: the last one. Figures of all epochs do without it. */
  epoch: number;
}

/** The saturation that one or more runs stored, over their layers in the last epoch. */
export function defaultPlotOptions(): Omit<PlotOptions, 'runs'> {
  return {
    figure: 'layers',
    stats: ['lsat'],
    thresholds: [],
    rule: 'delve',
    layers: [],
    mode: undefined,
    epoch: -1,
    primaryMetric: undefined,
    range: undefined,
    log: false,
    title: undefined,
    threads: availableParallelism(),
    cache: undefined,
  };
}

/** A figure, and the runs (files or folders) that it shows. */
export interface PlottedFigure {
  figure: Figure;
  runs: readonly string[];
}

/** Where neither the user nor the recording says at which share of the variance spectra are cut. */
const DEFAULT_CUT = 0.99;

/**
 * Reads runs and makes figures of them. @throws UserError for runs that cannot be read, or lack what is to be shown; Interrupted
 * when `signal` is aborted
 */
export async function plot(
  options: PlotOptions,
  events: ResultsEvents = {},
  signal?: AbortSignal,
): Promise<PlottedFigure[]> {
  const kind = FIGURE_KINDS[options.figure];
  const selection: RunSelection = {
    ...options,
    epoch: kind.epochs === 'all' ? 'all' : options.epoch,
    spectra: kind.spectra,
    points: kind.points ?? false,
    ...(kind.spectra || kind.points ? { stats: [], thresholds: [] } : {}),
  };
  const runs = await openRuns(selection, events, signal);
  const recorded = runs[0]?.results.recordedWith?.threshold ?? DEFAULT_CUT;
  const figureOptions: FigureOptions = {
    ...options,
    thresholds: options.thresholds.length > 0 ? options.thresholds : [recorded],
    layersChosen: options.layers.length > 0,
  };
  const labels = [...new Set(runs.map(({ results }) => results.label))];
  const groups = kind.together
    ? [runs]
    : labels.map((label) => runs.filter(({ results }) => results.label === label));
  return groups.flatMap((group) => {
    const paths = [...new Set(group.map(({ results }) => results.path))];
    return kind.make(group, figureOptions).map((figure) => ({ figure, runs: paths }));
  });
}
