import { STATISTICS, type StatisticName, statisticNames } from '../core/statistics.js';
import { type Dump, type DumpLayer, openDump } from '../dump/read.js';
import type { Scalar } from '../dump/read-arrays.js';
import type { StoredQuantity } from '../dump/stored.js';
import { Interrupted, UserError } from '../errors.js';
import { createSpectra } from '../spectra/spectra.js';
import { type CsvTable, formatCsvTable } from '../writers/csv-table.js';
import { pythonNumber } from '../writers/python-number.js';
import { SpectrumCache } from './cache.js';
import type { RecomputeEvents, RecomputeOptions } from './recompute.js';
import { selectSpectra } from './selection.js';
import { readSpectra } from './spectra.js';
import { readScalars } from './stored-scalars.js';

/** Which dump to make a table of, and how. */
export interface ReconstructOptions extends Pick<RecomputeOptions, 'rule' | 'strict' | 'threads' | 'cache'> {
  dump: string;
  /** Recompute `stats` from the covariances at this share of the variance; undefined: collect what is stored. */
  threshold: number | undefined;
  stats: readonly StatisticName[];
  /** Columns named as the Python package's reader does: `_eval-saturation_conv1`. */
  pythonNames: boolean;
}

/** A column of the table, by epoch. */
interface Series {
  name: string;
  values: ReadonlyMap<number, Scalar>;
}

/** What a csv of results holds: a number for each column and epoch. */
export interface ResultTable {
  /** Ascending. */
  epochs: number[];
  columns: ResultColumn[];
}

/** A column of numbers. */
export interface ResultColumn {
  /** `eval-saturation_conv1` */
  name: string;
  /** One for each of the table's epochs; NaN where there is none. */
  values: number[];
}

/** A recording's numbers, as the text of its csv and as numbers. */
export interface Reconstruction {
  csv: string;
  table: ResultTable;
}

/**
 * The csv of a recording, out of its dump: every number that is stored; with a threshold `stats` are computed from the covariances
 * instead, and the average saturations from those. Epochs that a quantity lacks are empty cells.
 * @throws UserError for a folder that is no dump or lacks what is asked for; Interrupted when `signal` is aborted.
 */
export async function reconstruct(
  options: ReconstructOptions,
  events: RecomputeEvents = {},
  signal?: AbortSignal,
): Promise<Reconstruction> {
  const series = await readSeries(options, events, signal);
  const epochs = [...new Set(series.flatMap(({ values }) => [...values.keys()]))].sort((a, b) => a - b);
  return { csv: formatCsvTable(csvTableOf(series, epochs)), table: resultTableOf(series, epochs) };
}

/** The text alone. @throws as `reconstruct` does */
export async function reconstructCsv(
  options: ReconstructOptions,
  events: RecomputeEvents = {},
  signal?: AbortSignal,
): Promise<string> {
  return (await reconstruct(options, events, signal)).csv;
}

async function readSeries(
  options: ReconstructOptions,
  events: RecomputeEvents,
  signal: AbortSignal | undefined,
): Promise<Series[]> {
  const note = (message: string) => events.note?.(message);
  const dump = await openDump(options.dump, { strict: options.strict, note });
  try {
    const recomputed =
      options.threshold === undefined
        ? undefined
        : await recomputeAll(dump, { ...options, threshold: options.threshold }, events, signal);
    if (!recomputed) noteMissing(dump, options.stats, note);
    const stored = await readScalars(dump.files, keptQuantities(dump, recomputed, options, note), {
      strict: options.strict,
      note,
    });
    const series = seriesOf(dump, recomputed, stored, options);
    if (series.length === 0) throw new UserError(nothingStored(dump));
    return series;
  } finally {
    await dump.close();
  }
}

/** Recomputed statistics of a layer, by epoch. */
type Recomputed = Map<DumpLayer, Map<StatisticName, Map<number, Scalar>>>;

async function recomputeAll(
  dump: Dump,
  { threshold, stats, rule, strict, threads, cache }: ReconstructOptions & { threshold: number },
  events: RecomputeEvents,
  signal: AbortSignal | undefined,
): Promise<Recomputed> {
  const note = (message: string) => events.note?.(message);
  const [selected = []] = selectSpectra([dump], { layers: [], mode: undefined, epoch: 'all' }, note);
  const spectra = createSpectra({ threads });
  const source = {
    spectra,
    cache: cache === undefined ? undefined : new SpectrumCache(cache, note),
    strict,
    note,
  };
  const result: Recomputed = new Map();
  try {
    let done = 0;
    events.spectra?.(done, selected.length);
    for await (const found of readSpectra(dump, selected, source)) {
      if (signal?.aborted) throw new Interrupted();
      events.spectra?.(++done, selected.length);
      if (!found) continue;
      const values = result.get(found.layer) ?? new Map<StatisticName, Map<number, Scalar>>();
      result.set(found.layer, values);
      for (const name of stats) {
        const { compute, integer } = STATISTICS[name];
        const value = compute?.(found.spectrum, threshold, rule) ?? Number.NaN;
        values.set(name, (values.get(name) ?? new Map()).set(found.epoch, { value, integer }));
      }
    }
    return result;
  } finally {
    await spectra.close();
  }
}

/** What is read from the files: all that is not recomputed. */
function keptQuantities(
  dump: Dump,
  recomputed: Recomputed | undefined,
  { stats }: ReconstructOptions,
  note: (message: string) => void,
): StoredQuantity[] {
  const quantities = [...dump.layers.flatMap(({ statistics }) => statistics), ...dump.others];
  if (!recomputed) return quantities;
  const replaced = new Set(stats.map((name) => STATISTICS[name].longName));
  const without = dump.layers.filter(
    (layer) => !recomputed.has(layer) && layer.statistics.some(({ of }) => of && replaced.has(of.statistic)),
  );
  if (without.length > 0) {
    note(
      `no covariance of ${without.map(({ layer, mode }) => `${layer} (${mode})`).join(', ')}, so ${[...replaced].join(' and ')} are left out there`,
    );
  }
  const kept = quantities.filter(({ of }) => of === undefined || !replaced.has(of.statistic));
  const held = new Set(kept.map(({ of }) => of?.statistic));
  for (const name of statisticNames()) {
    const { usesThreshold, longName } = STATISTICS[name];
    if (usesThreshold && held.has(longName))
      note(`${longName} is as stored, at the recording's own threshold; add ${name} to --stats`);
  }
  return kept;
}

/** Columns in the order of the csv writer: layer by layer, a recomputed statistic where the stored one stood. */
function seriesOf(
  dump: Dump,
  recomputed: Recomputed | undefined,
  stored: ReadonlyMap<StoredQuantity, ReadonlyMap<number, Scalar>>,
  { pythonNames, stats }: ReconstructOptions,
): Series[] {
  const series: Series[] = [];
  for (const layer of dump.layers) {
    const values = new Map(recomputed?.get(layer));
    const add = (statistic: string, numbers: ReadonlyMap<number, Scalar> | undefined, folder: string) => {
      const name = pythonNames ? folder : `${layer.mode}-${statistic}_${layer.layer}`;
      if (numbers) series.push({ name, values: numbers });
    };
    for (const quantity of layer.statistics) {
      const statistic = quantity.of?.statistic ?? '';
      const name = stats.find((asked) => STATISTICS[asked].longName === statistic);
      const anew = name && values.get(name);
      add(statistic, anew ?? stored.get(quantity), quantity.name);
      if (name) values.delete(name);
    }
    for (const [name, numbers] of values) {
      const { longName } = STATISTICS[name];
      add(longName, numbers, folderOf(layer, longName));
    }
  }
  for (const quantity of dump.others) {
    const anew = recomputed && averageOf(quantity.name, recomputed);
    const numbers = anew ?? stored.get(quantity);
    if (numbers) series.push({ name: quantity.name, values: numbers });
  }
  return series;
}

/** The name that the package gives to what it recomputes. */
function folderOf({ covariance, spectrum, mode, layer }: DumpLayer, longName: string): string {
  const path = (covariance ?? spectrum)?.of?.layer ?? layer;
  return `_${mode}-${longName}_${path}`;
}

/** Mean of the recomputed saturations of a mode, by epoch, where `name` is that of its average. */
function averageOf(name: string, recomputed: Recomputed): Map<number, Scalar> | undefined {
  const [, mode] = /^average-(train|eval)-sat$/.exec(name) ?? [];
  const saturations = new Map<number, number[]>();
  for (const [layer, values] of recomputed) {
    if (layer.mode !== mode) continue;
    for (const [epoch, { value }] of values.get('lsat') ?? []) {
      saturations.set(epoch, [...(saturations.get(epoch) ?? []), value]);
    }
  }
  if (saturations.size === 0) return undefined;
  const means = [...saturations].map(([epoch, values]) => {
    const value = values.reduce((sum, saturation) => sum + saturation, 0) / values.length;
    return [epoch, { value, integer: false }] as const;
  });
  return new Map(means);
}

function csvTableOf(series: readonly Series[], epochs: readonly number[]): CsvTable {
  const cell = (scalar: Scalar | undefined) =>
    scalar === undefined || Number.isNaN(scalar.value) ? '' : pythonNumber(scalar.value, scalar.integer);
  return {
    columns: series.map(({ name }) => name),
    rows: epochs.map((epoch) => ({ epoch, cells: series.map(({ values }) => cell(values.get(epoch))) })),
  };
}

function resultTableOf(series: readonly Series[], epochs: readonly number[]): ResultTable {
  return {
    epochs: [...epochs],
    columns: series.map(({ name, values }) => ({
      name,
      values: epochs.map((epoch) => values.get(epoch)?.value ?? Number.NaN),
    })),
  };
}

function noteMissing(dump: Dump, stats: readonly StatisticName[], note: (message: string) => void): void {
  const held = new Set(dump.layers.flatMap(({ statistics }) => statistics.map(({ of }) => of?.statistic)));
  const missing = stats.map((name) => STATISTICS[name].longName).filter((name) => !held.has(name));
  if (missing.length > 0)
    note(
      `${dump.path} holds no ${missing.join(' and no ')}; with --threshold it is computed from covariances`,
    );
}

function nothingStored({ path, layers }: Dump): string {
  const covariances = layers.filter(({ covariance }) => covariance).length;
  return `${path} holds no numbers${covariances > 0 ? `, but ${covariances} covariances; add --threshold 0.99 to compute from them` : ''}`;
}
