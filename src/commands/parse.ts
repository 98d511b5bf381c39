import { InvalidArgumentError } from 'commander';
import {
  isStatisticName,
  type RecordedStatistic,
  type StatisticName,
  statisticNames,
} from '../core/statistics.js';
import { nearest } from '../nearest.js';
import { writerNames } from '../writers/list.js';
import { parseWriterSpecs } from '../writers/spec.js';

/** Splits at commas that stand outside braces, so that the glob `{a,b}*` stays whole. */
export function parseList(text: string): string[] {
  const parts = text.split(/,(?![^{]*\})/).map((part) => part.trim());
  if (parts.some((part) => part === '')) throw new InvalidArgumentError('An element of the list is empty.');
  return parts;
}

/** For options that may be repeated and may hold lists. `gathers`: it adds to what it made of the texts before. */
export function collectList(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...parseList(text)];
}
collectList.gathers = true;

export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
collect.gathers = true;

/** A number, or a quotient of two: `0.5`, `1/255`. */
export function parseNumber(text: string): number {
  const [dividend = '', divisor, ...rest] = text.split('/');
  const value =
    rest.length > 0 ? Number.NaN : Number(dividend) / (divisor === undefined ? 1 : parseNumber(divisor));
  if (divisor !== undefined && Number(divisor) === 0) throw new InvalidArgumentError('It divides by zero.');
  if (dividend.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('It is not a number.');
  return value;
}

export function parseNumbers(text: string): number[] {
  return parseList(text).map(parseNumber);
}

/** Standard deviations: x is divided by them. */
export function parseDivisors(text: string): number[] {
  const values = parseNumbers(text);
  if (values.includes(0)) throw new InvalidArgumentError('A standard deviation of 0 cannot be divided by.');
  return values;
}

export function parseThresholds(text: string): number[] {
  const values = parseNumbers(text);
  const wrong = values.find((value) => value <= 0 || value > 1);
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `${wrong} is no share of the variance; thresholds lie above 0 and up to 1, such as 0.99.`,
    );
  }
  return [...new Set(values)];
}

/** One threshold; `refusal` says why there are no more. */
export function parseOneThreshold(refusal: string): (text: string) => number {
  return (text) => {
    const [threshold, ...more] = parseThresholds(text);
    if (threshold === undefined || more.length > 0) throw new InvalidArgumentError(refusal);
    return threshold;
  };
}

/** An epoch, from the last one if negative; `more` names what else may stand there. */
export function parseEpochIndex(more = ''): (text: string) => number {
  return (text) => {
    const epoch = parseNumber(text);
    if (!Number.isSafeInteger(epoch))
      throw new InvalidArgumentError(`It must be a whole number, -1 for the last${more}.`);
    return epoch;
  };
}

export function parseCount(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of 1 or more.');
  return value;
}

export function parseEpoch(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number of 0 or more.');
  return value;
}

export function parseStatistics(text: string): StatisticName[] {
  return oneOf(text, statisticNames(), isStatisticName);
}
parseStatistics.words = statisticNames();

/** The same, and `embed`. */
export function parseRecorded(text: string): RecordedStatistic[] {
  const isRecorded = (name: string): name is RecordedStatistic => name === 'embed' || isStatisticName(name);
  return oneOf(text, [...statisticNames(), 'embed'], isRecorded);
}
parseRecorded.words = [...statisticNames(), 'embed'];

/** Writers, for an option that may be repeated: the first one takes the place of the default. */
export function collectWriters(byDefault: readonly string[]): (text: string, before: string[]) => string[] {
  const collectThem = (text: string, before: string[]) => {
    const writers = [...(before === byDefault ? [] : before), ...parseList(text)];
    parseWriterSpecs(writers);
    return writers;
  };
  collectThem.gathers = true;
  collectThem.words = writerNames();
  return collectThem;
}

/** Names of a list, each once. */
function oneOf<T extends string>(
  text: string,
  known: readonly T[],
  isKnown: (name: string) => name is T,
): T[] {
  const names = parseList(text).map((name) => {
    if (!isKnown(name)) throw new InvalidArgumentError(`${sentence(nearest(name, known, 'statistic'))}`);
    return name;
  });
  return [...new Set(names)];
}

function sentence(text: string): string {
  const capital = text[0]!.toUpperCase() + text.slice(1);
  return /[.?]$/.test(capital) ? capital : `${capital}.`;
}
