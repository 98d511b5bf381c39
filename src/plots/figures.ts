import { embedFigures } from './embed.js';
import { epochsFigures } from './epochs.js';
import type { Figure, FigureKindName, FigureOptions, FigureRun } from './figure.js';
import { layersFigures } from './layers.js';
import { scatterFigures } from './scatter.js';
import { spectrumFigures } from './spectrum.js';

/** A kind of figure: what it needs of runs, and how it is made from them. */
export interface FigureKind {
  /** One epoch of each run, or all of them. */
  epochs: 'one' | 'all';
  /** Needs eigenvalues, which a csv lacks. */
  spectra: boolean;
  /** Needs the points that a recording with `embed` left. */
  points?: true;
  /** Several runs share a figure. */
  together: boolean;
  /** @throws UserError where the runs lack what is to be shown */
  make(runs: readonly FigureRun[], options: FigureOptions): Figure[];
}

export const FIGURE_KINDS: Readonly<Record<FigureKindName, FigureKind>> = {
  layers: {
    epochs: 'one',
    spectra: false,
    together: true,
    make: layersFigures,
  },
  epochs: {
    epochs: 'all',
    spectra: false,
    together: false,
    make: epochsFigures,
  },
  spectrum: {
    epochs: 'one',
    spectra: true,
    together: true,
    make: spectrumFigures,
  },
  scatter: {
    epochs: 'one',
    spectra: false,
    together: true,
    make: scatterFigures,
  },
  embed: {
    epochs: 'one',
    spectra: false,
    points: true,
    together: false,
    make: embedFigures,
  },
};
