import { availableParallelism } from 'node:os';
import { type Explained, explainedAt, type IdimRule } from '../core/metrics.js';
import { STATISTICS, type StatisticName, statisticNames } from '../core/statistics.js';
import { type Dump, openDump } from '../dump/read.js';
import type { Mode } from '../dump/stored.js';
import { Interrupted, UserError } from '../errors.js';
import { createSpectra } from '../spectra/spectra.js';
import { ownCacheFolder, SpectrumCache } from './cache.js';
import { checkGates, parseGate } from './gate.js';
import { type GateResult, requireLayers } from './gate-check.js';
import { type DumpSelection, selectSpectra } from './selection.js';
import { type LayerSpectrum, readSpectra } from './spectra.js';

/** What to recompute, of which dumps. */
export interface RecomputeOptions extends DumpSelection {
  /** Folders, or zip archives of them. */
  dumps: readonly string[];
  /** Shares of the variance, above 0 and up to 1; the first one is that of files and gates. */
  thresholds: readonly number[];
  stats: readonly StatisticName[];
  rule: IdimRule;
  /** Gates such as `saturation(conv*) < 0.05`. */
  failIf: readonly string[];
  strict: boolean;
  threads: number;
  /** Where the spectra of dumps that keep none are kept; undefined: nowhere. */
  cache: string | undefined;
}

/** What a recomputation tells while it runs. */
export interface RecomputeEvents {
  /** Something for the user to know. */
  note?(message: string): void;
  /** Eigenvalues of `done` of so many matrices have been computed. */
  spectra?(done: number, matrices: number): void;
}

/** A layer of a dump in one epoch and mode. */
export interface RecomputedLayer {
  dump: string;
  epoch: number;
  mode: Mode;
  layer: string;
  d: number;
  /** Rows that entered the covariance; undefined where the dump does not tell. */
  n: number | undefined;
  /** Every statistic; those of a threshold at the first one. */
  stats: ReadonlyMap<StatisticName, number>;
  byThreshold: Explained[];
  /** Whether the covariance held neither NaN nor infinite values. */
  finite: boolean;
}

/** What came of a recomputation. */
export interface Recomputation {
  /** By dump, then epoch, then in the dump's order. */
  layers: RecomputedLayer[];
  thresholds: readonly number[];
  stats: readonly StatisticName[];
  rule: IdimRule;
  gates: GateResult<RecomputedLayer>[];
}

/** What `recompute` does unless told otherwise. */
export function defaultRecomputeOptions(): Omit<RecomputeOptions, 'dumps'> {
  return {
    layers: [],
    mode: undefined,
    epoch: -1,
    thresholds: [0.99],
    stats: ['lsat', 'idim', 'trc'],
    rule: 'delve',
    failIf: [],
    strict: false,
    threads: availableParallelism(),
    cache: ownCacheFolder(),
  };
}

/**
 * Statistics of the covariances in dumps, at any thresholds, without the network.
 *
 * @throws UserError for a folder that is no dump, a selection that takes nothing, a malformed gate, and with `strict` for a damaged
 * file; Interrupted when `signal` is aborted.
 */
export async function recompute(
  options: RecomputeOptions,
  events: RecomputeEvents = {},
  signal?: AbortSignal,
): Promise<Recomputation> {
  const gates = options.failIf.map((text) => parseGate(text));
  const note = (message: string) => events.note?.(message);
  const dumps: Dump[] = [];
  const spectra = createSpectra({ threads: options.threads });
  try {
    for (const path of new Set(options.dumps))
      dumps.push(await openDump(path, { strict: options.strict, note }));
    if (dumps.length === 0) throw new UserError('no dump given');
    const selected = selectSpectra(dumps, options, note);
    requireLayers(
      gates,
      selected.flat().map(({ layer }) => layer.layer),
    );
    const cache = options.cache === undefined ? undefined : new SpectrumCache(options.cache, note);
    const total = selected.flat().length;
    const layers: RecomputedLayer[] = [];
    let done = 0;
    events.spectra?.(done, total);
    for (const [i, dump] of dumps.entries()) {
      for await (const found of readSpectra(dump, selected[i]!, {
        spectra,
        cache,
        strict: options.strict,
        note,
      })) {
        if (signal?.aborted) throw new Interrupted();
        events.spectra?.(++done, total);
        if (found) layers.push(recomputedLayer(dump.path, found, options));
      }
    }
    if (layers.length === 0) throw new UserError(nothingLeft(options.dumps));
    return {
      layers,
      thresholds: options.thresholds,
      stats: options.stats,
      rule: options.rule,
      gates: checkGates(gates, layers),
    };
  } finally {
    await spectra.close();
    for (const dump of dumps) await dump.close();
  }
}

function nothingLeft(dumps: readonly string[]): string {
  return `${dumps.join(', ')}: none of the covariances could be read; copy the dump again`;
}

function recomputedLayer(
  dump: string,
  { layer, epoch, n, spectrum }: LayerSpectrum,
  { thresholds, rule }: Pick<RecomputeOptions, 'thresholds' | 'rule'>,
): RecomputedLayer {
  const stats = new Map<StatisticName, number>();
  for (const name of statisticNames()) {
    const { compute } = STATISTICS[name];
    if (compute) stats.set(name, compute(spectrum, thresholds[0]!, rule));
  }
  return {
    dump,
    epoch,
    mode: layer.mode,
    layer: layer.layer,
    d: spectrum.d,
    n,
    stats,
    byThreshold: explainedAt(spectrum, thresholds, rule),
    finite: spectrum.values.every(Number.isFinite),
  };
}

/** A layer's statistic at the threshold of that index. */
export function valueAt(layer: RecomputedLayer, name: StatisticName, index: number): number {
  if (name === 'idim') return layer.byThreshold[index]!.idim;
  if (name === 'lsat') return layer.byThreshold[index]!.saturation;
  return layer.stats.get(name) ?? Number.NaN;
}
