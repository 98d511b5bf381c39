import {
  clampedTrace,
  determinant,
  effectiveRank,
  type IdimRule,
  intrinsicDimensionality,
  logDeterminant,
  participationRatio,
  saturation,
  trace,
} from './metrics.js';
import type { Spectrum } from './spectrum.js';

/** A statistic that users can ask for. */
export interface Statistic {
  /** As columns and files name it: `saturation` in `eval-saturation_conv1`. */
  longName: string;
  /** One line for help texts. */
  description: string;
  usesThreshold: boolean;
  /** Values are whole numbers (unless NaN). */
  integer: boolean;
  /** The value; undefined for the covariance itself, which is a matrix and no function of the spectrum. */
  compute: ((spectrum: Spectrum, threshold: number, rule: IdimRule) => number) | undefined;
}

/** The statistics as `--stats` names them. */
export type StatisticName = 'idim' | 'lsat' | 'cov' | 'det' | 'logdet' | 'trc' | 'dtrc' | 'erank' | 'pr';

/** The statistics by the name that users type. */
export const STATISTICS: Readonly<Record<StatisticName, Statistic>> = {
  idim: {
    longName: 'intrinsic-dimensionality',
    description: 'eigendirections that explain the threshold of the variance',
    usesThreshold: true,
    integer: true,
    compute: intrinsicDimensionality,
  },
  lsat: {
    longName: 'saturation',
    description: 'intrinsic dimensionality divided by the dimension of the layer',
    usesThreshold: true,
    integer: false,
    compute: saturation,
  },
  cov: {
    longName: 'covariance-matrix',
    description: 'covariance matrix (only the npy dump holds it)',
    usesThreshold: false,
    integer: false,
    compute: undefined,
  },
  det: {
    longName: 'covariance-determinant',
    description: 'determinant of the covariance (0 or Infinity for most wide layers)',
    usesThreshold: false,
    integer: false,
    compute: determinant,
  },
  logdet: {
    longName: 'covariance-log-determinant',
    description: 'natural logarithm of the determinant',
    usesThreshold: false,
    integer: false,
    compute: logDeterminant,
  },
  trc: {
    longName: 'covariance-trace',
    description: 'trace of the covariance: the total variance',
    usesThreshold: false,
    integer: false,
    compute: trace,
  },
  dtrc: {
    longName: 'diagonal-trace',
    description: 'sum of the eigenvalues without negative ones',
    usesThreshold: false,
    integer: false,
    compute: clampedTrace,
  },
  erank: {
    longName: 'effective-rank',
    description: 'exponential of the entropy of the normalised eigenvalues',
    usesThreshold: false,
    integer: false,
    compute: effectiveRank,
  },
  pr: {
    longName: 'participation-ratio',
    description: 'squared sum of the eigenvalues over the sum of their squares',
    usesThreshold: false,
    integer: false,
    compute: participationRatio,
  },
};

/** What may be recorded: numbers of a layer, and with `embed` points of it in the plane of its two leading eigendirections. */
export type RecordedStatistic = StatisticName | 'embed';

export const EMBED_DESCRIPTION =
  'points in the plane of the two leading eigendirections: SAVEFILE_embed.csv, and npz files of the dump';

/** Whether `name` is one that users may type. */
export function isStatisticName(name: string): name is StatisticName {
  return Object.hasOwn(STATISTICS, name);
}

/** The names in the order of the table. */
export function statisticNames(): StatisticName[] {
  return Object.keys(STATISTICS).filter(isStatisticName);
}
