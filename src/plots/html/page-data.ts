import type { IdimRule } from '../../core/metrics.js';
import type { Spectrum } from '../../core/spectrum.js';
import { STATISTICS, type StatisticName, statisticNames } from '../../core/statistics.js';
import type { Mode } from '../../dump/stored.js';
import type { ResultLayer, Results } from '../../results/results.js';

/** What a page holds, beside the spectra themselves: JSON. */
export interface PageData {
  /** What the page shows at first. */
  threshold: number;
  rule: IdimRule;
  statistic: StatisticName;
  runs: PageRun[];
  /** In the order of the runs, then of their layers. */
  layers: PageLayer[];
}

export interface PageRun {
  label: string;
  epochs: number[];
}

/** A layer of a run in a mode. */
export interface PageLayer {
  /** Index of the run. */
  run: number;
  layer: string;
  mode: Mode;
  /** For each epoch whose spectrum the page holds: where it begins among all eigenvalues, and how many there are. */
  spectra: Record<string, readonly [first: number, d: number]>;
  /** Points that the covariance was computed from, by epoch, where that is known. */
  n: Record<string, number>;
  /** Values of the epochs that have no spectrum in the page, by statistic, then epoch. */
  stored: Partial<Record<StatisticName, Record<string, StoredNumber>>>;
}

/** JSON has no infinite numbers and no NaN. */
export type StoredNumber = number | 'Infinity' | '-Infinity' | 'NaN';

export interface PageContents {
  data: PageData;
  /** All eigenvalues, one spectrum after the other. */
  eigenvalues: Float64Array;
  /** What is not in the page, and why, for its reader. */
  notes: string[];
}

export interface PageChoices {
  threshold: number;
  rule: IdimRule;
  statistic: StatisticName;
  /** Most bytes of eigenvalues that a page holds. */
  spectraBytes: number;
}

/**
 * What a page of these results holds. Spectra of the latest epochs come first; those for which no room is left are replaced by
 * their statistics at the page's first threshold.
 */
export function pageContents(results: readonly Results[], choices: PageChoices): PageContents {
  const { threshold, rule, statistic, spectraBytes } = choices;
  const kept = epochsWithRoom(results, spectraBytes);
  const spectra: Float64Array[] = [];
  let length = 0;
  const layers: PageLayer[] = [];
  const left = new Set<number>();
  for (const [run, { layers: found, epochs }] of results.entries()) {
    for (const layer of found) {
      const n = Object.fromEntries(layer.n ?? []);
      const page: PageLayer = { run, layer: layer.layer, mode: layer.mode, spectra: {}, n, stored: {} };
      for (const epoch of epochs) {
        const spectrum = layer.spectra.get(epoch);
        if (spectrum && kept.has(epoch)) {
          page.spectra[epoch] = [length, spectrum.d];
          spectra.push(spectrum.values);
          length += spectrum.d;
          continue;
        }
        if (spectrum) left.add(epoch);
        for (const [name, value] of spectrum ? computed(spectrum, choices) : stored(layer, epoch)) {
          page.stored[name] ??= {};
          page.stored[name][epoch] = storedNumber(value);
        }
      }
      layers.push(page);
    }
  }
  const eigenvalues = new Float64Array(length);
  let at = 0;
  for (const values of spectra) {
    eigenvalues.set(values, at);
    at += values.length;
  }
  const runs = results.map(({ label, epochs }) => ({ label, epochs }));
  return {
    data: { threshold, rule, statistic, runs, layers },
    eigenvalues,
    notes: [...withoutSpectra(results), ...epochsLeft(left, threshold)],
  };
}

/** The latest epochs, as many as have room: the last one always. */
function epochsWithRoom(results: readonly Results[], spectraBytes: number): Set<number> {
  const bytes = new Map<number, number>();
  for (const { layers } of results) {
    for (const { spectra } of layers) {
      for (const [epoch, { d }] of spectra) bytes.set(epoch, (bytes.get(epoch) ?? 0) + d * 8);
    }
  }
  const kept = new Set<number>();
  let left = spectraBytes;
  for (const epoch of [...bytes.keys()].sort((a, b) => b - a)) {
    left -= bytes.get(epoch)!;
    if (left < 0 && kept.size > 0) break;
    kept.add(epoch);
  }
  return kept;
}

function computed(
  spectrum: Spectrum,
  { threshold, rule }: PageChoices,
): (readonly [StatisticName, number])[] {
  return statisticNames().flatMap((name) => {
    const value = STATISTICS[name].compute?.(spectrum, threshold, rule);
    return value === undefined ? [] : [[name, value] as const];
  });
}

function stored(layer: ResultLayer, epoch: number): (readonly [StatisticName, number])[] {
  return statisticNames().flatMap((name) => {
    const value = layer.statistics.get(STATISTICS[name].longName)?.get(epoch);
    return value === undefined ? [] : [[name, value] as const];
  });
}

function storedNumber(value: number): StoredNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function withoutSpectra(results: readonly Results[]): string[] {
  const without = results.filter(({ layers }) => layers.every(({ spectra }) => spectra.size === 0));
  if (without.length === 0) return [];
  const labels = without.map(({ label }) => label).join(', ');
  return [
    `${labels}: no covariances, so that the values are those that were stored, whatever the threshold. A dump (record with "npy" among --save-to) can be asked again.`,
  ];
}

function epochsLeft(left: ReadonlySet<number>, threshold: number): string[] {
  if (left.size === 0) return [];
  const epochs = [...left].sort((a, b) => a - b);
  const range = epochs.length === 1 ? `Epoch ${epochs[0]} is` : `Epochs ${epochs[0]} to ${epochs.at(-1)} are`;
  return [
    `${range} shown at ${threshold} whatever the threshold: their spectra would make this file too large. A page of one such epoch (--epoch) can be moved.`,
  ];
}
