import { availableParallelism } from 'node:os';
import type { IdimRule } from '../core/metrics.js';
import { STATISTICS, type StatisticName } from '../core/statistics.js';
import type { Mode } from '../dump/stored.js';
import { UserError } from '../errors.js';
import { ownCacheFolder } from '../recompute/cache.js';
import { type GateResult, requireLayers } from '../recompute/gate-check.js';
import { openResults } from '../results/open.js';
import type { RecordedWith } from '../results/recorded-with.js';
import type { ResultLayer, Results, ResultsEvents } from '../results/results.js';
import { checkChangeGates, parseChangeGate } from './gate.js';
import type { Sort } from './sorts.js';

export interface CompareOptions {
  /** What `openResults` takes: a csv, a dump, a savefile, each with an epoch if need be: `runs/mnist@3`. */
  a: string;
  b: string;
  stats: readonly StatisticName[];
  /** Compute the statistics at this share of the variance; undefined: as they are stored. */
  threshold: number | undefined;
  rule: IdimRule;
  /** Globs; none: all layers. */
  layers: readonly string[];
  mode: Mode | undefined;
  /** Of the runs whose name has none; -1 is the last. */
  epoch: number;
  sort: Sort;
  /** Gates such as `abs(delta(saturation)) > 0.1`. */
  failIf: readonly string[];
  threads: number;
  /** Where spectra of dumps that keep none are kept; undefined: nowhere. */
  cache: string | undefined;
}

type LayerIdentity = Pick<ResultLayer, 'layer' | 'mode'>;

/** A statistic of a layer in both runs; NaN where it is not known. */
export interface Change {
  a: number;
  b: number;
  /** b - a. */
  delta: number;
  /** (b - a) / |a|; 0 where both are 0. */
  relative: number;
}

/** A layer that both runs have. */
export interface ComparedLayer {
  layer: string;
  mode: Mode;
  /** Those that were asked for, and those of the gates. */
  changes: ReadonlyMap<StatisticName, Change>;
}

/** A layer that one run has. */
export interface UnmatchedLayer {
  layer: string;
  mode: Mode;
  only: 'A' | 'B';
}

export interface ComparedRun {
  label: string;
  path: string;
  epoch: number;
}

export interface Comparison {
  a: ComparedRun;
  b: ComparedRun;
  stats: readonly StatisticName[];
  /** Of both runs' statistics, where it is known. */
  threshold: number | undefined;
  layers: ComparedLayer[];
  unmatched: UnmatchedLayer[];
  gates: GateResult<ComparedLayer | UnmatchedLayer>[];
}

/** What `compare` does unless told otherwise. */
export function defaultCompareOptions(): Omit<CompareOptions, 'a' | 'b'> {
  return {
    stats: ['lsat'],
    threshold: undefined,
    rule: 'delve',
    layers: [],
    mode: undefined,
    epoch: -1,
    sort: 'change',
    failIf: [],
    threads: availableParallelism(),
    cache: ownCacheFolder(),
  };
}

/**
 * Compares two runs, two epochs of one, or a recording with an earlier one: layer by layer, matched by name and mode.
 * @throws UserError for runs that cannot be read or have no layer in common, a malformed gate; Interrupted when `signal` is aborted.
 */
export async function compare(
  options: CompareOptions,
  events: ResultsEvents = {},
  signal?: AbortSignal,
): Promise<Comparison> {
  const gates = options.failIf.map((text) => parseChangeGate(text));
  const ofGates = gates.flatMap(({ measure }) => (measure.kind === 'statistic' ? [measure.name] : []));
  const stats = [...new Set([...options.stats, ...ofGates])];
  const wanted = { ...options, stats, spectra: false };
  const a = await openResults(options.a, wanted, events, signal);
  const b = await openResults(options.b, wanted, events, signal);
  const ofThreshold = stats.filter((name) => STATISTICS[name].usesThreshold);
  if (ofThreshold.length > 0) requireComparable(a, b, options);
  const unmatched: UnmatchedLayer[] = [
    ...lacking(a, b).map(({ layer, mode }) => ({ layer, mode, only: 'A' as const })),
    ...lacking(b, a).map(({ layer, mode }) => ({ layer, mode, only: 'B' as const })),
  ];
  const matched = a.layers.flatMap((own) => {
    const other = b.layers.find((candidate) => isSame(own, candidate));
    return other ? [compared(own, other, stats, a.epochs[0]!, b.epochs[0]!)] : [];
  });
  if (matched.length === 0) throw new UserError(nothingInCommon(a, b));
  requireStatistics(a, matched, stats);
  requireStatistics(b, matched, stats);
  requireLayers(
    gates,
    [...matched, ...unmatched].map(({ layer }) => layer),
  );
  return {
    a: runOf(a),
    b: runOf(b),
    stats: options.stats,
    threshold: options.threshold ?? a.recordedWith?.threshold ?? b.recordedWith?.threshold,
    layers: options.sort === 'layer' ? matched : byChange(matched, options.stats[0]),
    unmatched,
    gates: checkChangeGates(gates, matched, unmatched),
  };
}

function runOf({ label, path, epochs }: Results): ComparedRun {
  return { label, path, epoch: epochs[0]! };
}

/** A statistic that a run lacks would pass every gate. */
function requireStatistics(
  { layers, path }: Results,
  matched: readonly ComparedLayer[],
  stats: readonly StatisticName[],
): void {
  const compared = layers.filter((own) => matched.some((layer) => isSame(own, layer)));
  for (const { longName } of stats.map((name) => STATISTICS[name])) {
    if (compared.some(({ statistics }) => statistics.has(longName))) continue;
    throw new UserError(
      `${path} holds no ${longName} of these layers; record it with --stats, or compare dumps with covariances`,
    );
  }
}

/** Stored statistics of different thresholds are no change of the network. */
function requireComparable(a: Results, b: Results, { threshold, rule }: CompareOptions): void {
  if (threshold !== undefined || rule !== 'delve' || !a.recordedWith || !b.recordedWith) return;
  const differing = (['threshold', 'rule'] as const).filter(
    (name) => a.recordedWith?.[name] !== b.recordedWith?.[name],
  );
  if (differing.length === 0) return;
  const told = (recorded: RecordedWith) => differing.map((name) => `--${name} ${recorded[name]}`).join(' ');
  throw new UserError(
    `${a.label} was recorded with ${told(a.recordedWith)}, ${b.label} with ${told(b.recordedWith)}; add --threshold ${a.recordedWith.threshold} to compute both alike`,
  );
}

function isSame(one: LayerIdentity, other: LayerIdentity): boolean {
  return one.layer === other.layer && one.mode === other.mode;
}

function lacking({ layers }: Results, other: Results): ResultLayer[] {
  return layers.filter((layer) => !other.layers.some((candidate) => isSame(layer, candidate)));
}

function compared(
  own: ResultLayer,
  other: ResultLayer,
  stats: readonly StatisticName[],
  epochA: number,
  epochB: number,
): ComparedLayer {
  const changes = stats.map((name) => {
    const { longName } = STATISTICS[name];
    const a = own.statistics.get(longName)?.get(epochA) ?? Number.NaN;
    const b = other.statistics.get(longName)?.get(epochB) ?? Number.NaN;
    return [name, changeOf(a, b)] as const;
  });
  return { layer: own.layer, mode: own.mode, changes: new Map(changes) };
}

function changeOf(a: number, b: number): Change {
  // Infinite ones, such as determinants that leave float64's range, are no change either.
  const delta = a === b ? 0 : b - a;
  return { a, b, delta, relative: delta === 0 ? 0 : delta / Math.abs(a) };
}

/** A number that became none, or the other way round, is the largest change; layers that are as far apart stay in order. */
function byChange(layers: readonly ComparedLayer[], name: StatisticName | undefined): ComparedLayer[] {
  const size = ({ changes }: ComparedLayer) => {
    const change = name && changes.get(name);
    if (!change || (Number.isNaN(change.a) && Number.isNaN(change.b))) return -1;
    return Number.isNaN(change.delta) ? Number.POSITIVE_INFINITY : Math.abs(change.delta);
  };
  return layers.toSorted((one, other) => {
    const [first, second] = [size(one), size(other)];
    return first === second ? 0 : second - first;
  });
}

function nothingInCommon(a: Results, b: Results): string {
  const names = new Set(a.layers.map(({ layer }) => layer));
  const modes = ({ layers }: Results) => [...new Set(layers.map(({ mode }) => mode))].join(' and ');
  if (b.layers.some(({ layer }) => names.has(layer))) {
    return `${a.label} holds layers of ${modes(a)}, ${b.label} of ${modes(b)}, and layers are compared within a mode; record both with data of the same mode (--data eval=x.npy)`;
  }
  const some = ({ layers }: Results) => [...new Set(layers.map(({ layer }) => layer))].slice(0, 3).join(', ');
  return `${a.label} and ${b.label} have no layer of the same name: ${some(a)} ... and ${some(b)} ...`;
}
