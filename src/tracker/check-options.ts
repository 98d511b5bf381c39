import { CONV_METHODS, TIMESERIES_METHODS } from '../core/points.js';
import { isStatisticName, statisticNames } from '../core/statistics.js';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { ResolvedOptions, SaturationTrackerOptions, WriterArgs } from './options.js';

const NAMES: Readonly<Record<keyof SaturationTrackerOptions, true>> = {
  layerFilter: true,
  writerArgs: true,
  logInterval: true,
  maxSamples: true,
  stats: true,
  layerwiseSat: true,
  resetCovariance: true,
  averageSat: true,
  ignoreLayerNames: true,
  includeConv: true,
  convMethod: true,
  timeseriesMethod: true,
  satThreshold: true,
  nosave: true,
  verbose: true,
  device: true,
  initialEpoch: true,
  interpolationStrategy: true,
  interpolationDownsampling: true,
  tap: true,
  rule: true,
  onNan: true,
  embedSamples: true,
  threads: true,
  note: true,
  print: true,
};

const WRITER_NAMES: Readonly<Record<keyof WriterArgs, true>> = {
  zip: true,
  flat: true,
  primaryMetric: true,
  fontsize: true,
  figsize: true,
  plotManipulationFunc: true,
};

/** @throws UserError for an option that there is none of, such as `log_interval` */
export function checkNames(options: SaturationTrackerOptions): void {
  checkKnown('options', options, Object.keys(NAMES));
  if (options.writerArgs !== undefined)
    checkKnown('writerArgs', options.writerArgs, Object.keys(WRITER_NAMES));
}

function checkKnown(what: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null) {
    throw new UserError(`${what}: ${String(given)} is no object of options`);
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`${what}: ${nearest(unknown, known, 'option')}`);
}

/** @throws UserError for a value that cannot be, naming the option */
export function checkOptions(options: ResolvedOptions): void {
  const { logInterval, maxSamples, initialEpoch, interpolationDownsampling, embedSamples, threads } = options;
  atLeast(1, { logInterval, maxSamples, interpolationDownsampling, embedSamples, threads });
  atLeast(0, { initialEpoch });
  const { satThreshold, stats, ignoreLayerNames, layerFilter } = options;
  if (typeof satThreshold !== 'number' || !(satThreshold > 0 && satThreshold <= 1)) {
    throw new UserError(
      `satThreshold is ${satThreshold}, and must be a share of the variance, above 0 and at most 1`,
    );
  }
  listOfNames('stats', stats);
  listOfNames('ignoreLayerNames', ignoreLayerNames);
  if (typeof layerFilter !== 'function') {
    throw new UserError(
      'layerFilter is no function; it is given all layers by name, and returns those to record',
    );
  }
  const unknown = stats.find((name) => name !== 'embed' && !isStatisticName(name));
  if (unknown !== undefined) {
    throw new UserError(`stats: ${nearest(unknown, [...statisticNames(), 'embed'], 'statistic')}`);
  }
  oneOf('convMethod', options.convMethod, CONV_METHODS);
  oneOf('timeseriesMethod', options.timeseriesMethod, TIMESERIES_METHODS);
  oneOf('interpolationStrategy', options.interpolationStrategy, ['nearest', 'bilinear', 'bicubic', 'area']);
  oneOf('tap', options.tap, ['pre-activation', 'activation']);
  oneOf('rule', options.rule, ['delve', 'textbook']);
  oneOf('onNan', options.onNan, ['error', 'skip']);
}

function atLeast(least: number, numbers: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    throw new UserError(`${name} is ${value}, and must be a whole number, ${least} or more`);
  }
}

function oneOf(name: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return;
  throw new UserError(`${name} is ${value}, and must be ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`);
}

function listOfNames(name: string, list: unknown): void {
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return;
  throw new UserError(
    `${name} must be a list of names, such as ['${typeof list === 'string' ? list : 'name'}']`,
  );
}
