import type { Spectrum } from '../core/spectrum.js';
import { STATISTICS, type StatisticName } from '../core/statistics.js';
import { type Dump, type DumpLayer, openDump } from '../dump/read.js';
import type { StoredQuantity } from '../dump/stored.js';
import { Interrupted, UserError } from '../errors.js';
import { SpectrumCache } from '../recompute/cache.js';
import { epochsOf, type Selected, selectEpochs } from '../recompute/selection.js';
import { readSpectra } from '../recompute/spectra.js';
import { readScalars } from '../recompute/stored-scalars.js';
import { createSpectra } from '../spectra/spectra.js';
import { chooseLayers, namesOf, numericStatistics } from './layers.js';
import { type RecordedWith, readRecordedWith } from './recorded-with.js';
import type { ResultLayer, Results, ResultsEvents, ResultsOptions } from './results.js';

/** Where neither the user nor the recording says otherwise. */
const DEFAULT: RecordedWith = { threshold: 0.99, rule: 'delve' };

/**
 * The results that a dump holds, and those that its covariances give. `said` is how the user asked for the epoch.
 * @throws UserError for what is no dump, or lacks what is asked for; Interrupted when `signal` is aborted.
 */
export async function dumpResults(
  path: string,
  options: ResultsOptions,
  said: string,
  events: ResultsEvents,
  signal: AbortSignal | undefined,
): Promise<Omit<Results, 'label'>> {
  const dump = await openDump(path, { note: (message) => events.note?.(message) });
  try {
    const recordedWith = await readRecordedWith(dump.files);
    return await new DumpReading(dump, recordedWith, options, events, signal).read(said);
  } finally {
    await dump.close();
  }
}

class DumpReading {
  readonly #stats: StatisticName[];
  /** Points of the covariances whose spectra were read. */
  readonly #points = new Map<DumpLayer, Map<number, number>>();

  constructor(
    private readonly dump: Dump,
    private readonly recordedWith: RecordedWith | undefined,
    private readonly options: ResultsOptions,
    private readonly events: ResultsEvents,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#stats = numericStatistics(options.stats);
  }

  async read(said: string): Promise<Omit<Results, 'label'>> {
    const { path } = this.dump;
    const held = this.dump.layers.filter((layer) => this.#holds(layer));
    if (held.length === 0) throw new UserError(this.#nothingHeld());
    const chosen = chooseLayers(held, this.options, path);
    const epochs = selectEpochs(
      [...new Set(chosen.flatMap((layer) => this.#epochs(layer)))],
      this.options.epoch,
      path,
      said,
    );
    const recorded = chosen.filter((layer) => this.#epochs(layer).some((epoch) => epochs.includes(epoch)));
    if (recorded.length < chosen.length) {
      const lacking = chosen.filter((layer) => !recorded.includes(layer));
      this.#note(`${path}: nothing of epoch ${epochs.join(', ')} in ${namesOf(lacking, chosen)}`);
    }
    const layers = await this.#layers(recorded, epochs);
    return {
      path,
      epochs,
      layers,
      scalars: await this.#scalars(layers, epochs),
      recordedWith: this.recordedWith,
    };
  }

  #note(message: string): void {
    this.events.note?.(message);
  }

  /** The files of a statistic, if it counts as stored: what depends on a threshold does not if that, or the rule, is given. */
  #stored(layer: DumpLayer, name: StatisticName): StoredQuantity | undefined {
    const { usesThreshold, longName } = STATISTICS[name];
    if (usesThreshold && this.#isAnew()) return undefined;
    return layer.statistics.find(({ of }) => of?.statistic === longName);
  }

  #isAnew(): boolean {
    return this.options.threshold !== undefined || this.options.rule !== 'delve';
  }

  #holds(layer: DumpLayer): boolean {
    if (layer.covariance ?? layer.spectrum) return true;
    if (this.options.spectra) return false;
    return this.#stats.length === 0 || this.#stats.some((name) => this.#stored(layer, name));
  }

  #epochs(layer: DumpLayer): number[] {
    const stored =
      this.#stats.length === 0
        ? layer.statistics
        : this.#stats.flatMap((name) => this.#stored(layer, name) ?? []);
    return [...new Set([...stored.flatMap(({ files }) => [...files.keys()]), ...epochsOf(layer)])];
  }

  async #layers(recorded: readonly DumpLayer[], epochs: readonly number[]): Promise<ResultLayer[]> {
    const quantities = new Map<DumpLayer, Map<StatisticName, StoredQuantity>>();
    for (const layer of recorded) {
      const stored = this.#stats.flatMap((name) => {
        const quantity = this.#stored(layer, name);
        return quantity ? [[name, inEpochs(quantity, epochs)] as const] : [];
      });
      quantities.set(layer, new Map(stored));
    }
    const scalars = await this.#read([...quantities.values()].flatMap((stored) => [...stored.values()]));
    const isStored = (layer: DumpLayer, name: StatisticName, epoch: number) =>
      quantities.get(layer)?.get(name)?.files.has(epoch) ?? false;
    const wanted = epochs.flatMap((epoch) =>
      recorded
        .filter((layer) => epochsOf(layer).includes(epoch))
        .filter((layer) => this.options.spectra || this.#stats.some((name) => !isStored(layer, name, epoch)))
        .map((layer) => ({ layer, epoch })),
    );
    const spectra = await this.#spectra(wanted);
    this.#noteMixed(recorded, (layer, name) => epochs.some((epoch) => isStored(layer, name, epoch)));
    return recorded.map((layer): ResultLayer => {
      const ofLayer = spectra.get(layer) ?? new Map<number, Spectrum>();
      const isComputable = layer.covariance !== undefined || layer.spectrum !== undefined;
      const statistics = this.#stats.flatMap((name) => {
        const stored = quantities.get(layer)?.get(name);
        if (!stored && !isComputable) return [];
        const numbers = new Map<number, number>();
        for (const epoch of epochs) {
          const spectrum = ofLayer.get(epoch);
          const value = isStored(layer, name, epoch)
            ? stored && scalars.get(stored)?.get(epoch)
            : spectrum && this.#compute(name, spectrum);
          if (value !== undefined && !Number.isNaN(value)) numbers.set(epoch, value);
        }
        return [[STATISTICS[name].longName, numbers] as const];
      });
      const { layer: name, mode } = layer;
      return {
        layer: name,
        mode,
        statistics: new Map(statistics),
        spectra: this.options.spectra ? ofLayer : new Map(),
        n: this.#points.get(layer) ?? new Map(),
      };
    });
  }

  /** Stored statistics are of the recording's own threshold, which need not be that of the computed ones. */
  #noteMixed(
    layers: readonly DumpLayer[],
    isStored: (layer: DumpLayer, name: StatisticName) => boolean,
  ): void {
    const ofThreshold = this.#stats.filter((name) => STATISTICS[name].usesThreshold);
    const stored = ofThreshold.filter((name) => layers.some((layer) => isStored(layer, name)));
    const computed = ofThreshold.filter((name) => !stored.includes(name));
    if (this.#isAnew() || this.recordedWith || stored.length === 0 || computed.length === 0) return;
    const list = (names: readonly StatisticName[]) =>
      names.map((name) => STATISTICS[name].longName).join(' and ');
    this.#note(
      `${this.dump.path}: ${list(stored)} is as stored, ${list(computed)} computed at ${DEFAULT.threshold}; a threshold that is given is that of both`,
    );
  }

  #compute(name: StatisticName, spectrum: Spectrum): number | undefined {
    const own = this.recordedWith ?? DEFAULT;
    const { threshold = own.threshold } = this.options;
    const rule = this.#isAnew() ? this.options.rule : own.rule;
    return STATISTICS[name].compute?.(spectrum, threshold, rule);
  }

  async #read(quantities: readonly StoredQuantity[]): Promise<Map<StoredQuantity, Map<number, number>>> {
    const scalars = await readScalars(this.dump.files, quantities, {
      strict: false,
      note: (message) => this.#note(message),
    });
    if (this.signal?.aborted) throw new Interrupted();
    return new Map(
      [...scalars].map(([quantity, byEpoch]) => [
        quantity,
        new Map([...byEpoch].map(([epoch, { value }]) => [epoch, value])),
      ]),
    );
  }

  async #spectra(wanted: readonly Selected[]): Promise<Map<DumpLayer, Map<number, Spectrum>>> {
    const found = new Map<DumpLayer, Map<number, Spectrum>>();
    if (wanted.length === 0) return found;
    const { threads, cache } = this.options;
    const note = (message: string) => this.#note(message);
    const spectra = createSpectra({ threads });
    try {
      let done = 0;
      this.events.spectra?.(done, wanted.length);
      for await (const one of readSpectra(this.dump, wanted, {
        spectra,
        cache: cache === undefined ? undefined : new SpectrumCache(cache, note),
        strict: false,
        note,
      })) {
        if (this.signal?.aborted) throw new Interrupted();
        this.events.spectra?.(++done, wanted.length);
        if (!one) continue;
        const { layer, epoch, spectrum, n } = one;
        found.set(layer, (found.get(layer) ?? new Map()).set(epoch, spectrum));
        if (n !== undefined) this.#points.set(layer, (this.#points.get(layer) ?? new Map()).set(epoch, n));
      }
      return found;
    } finally {
      await spectra.close();
    }
  }

  /** Numbers that are no layer's; averages of saturations that are computed anew are so, too. */
  async #scalars(layers: readonly ResultLayer[], epochs: readonly number[]): Promise<Results['scalars']> {
    const others = this.dump.others.map((quantity) => inEpochs(quantity, epochs));
    const read = await this.#read(others);
    const scalars = new Map<string, ReadonlyMap<number, number>>();
    for (const quantity of others) {
      const [, mode] = this.#isAnew() ? (AVERAGE.exec(quantity.name) ?? []) : [];
      const numbers = mode === undefined ? read.get(quantity) : this.#averages(layers, mode, epochs);
      if (numbers) scalars.set(quantity.name, numbers);
    }
    return scalars;
  }

  /** Mean saturation of a mode's layers by epoch; undefined unless those of all layers are known. */
  #averages(
    layers: readonly ResultLayer[],
    mode: string,
    epochs: readonly number[],
  ): Map<number, number> | undefined {
    if (this.options.layers.length > 0 || !this.#stats.includes('lsat')) return undefined;
    const saturations = layers
      .filter((layer) => layer.mode === mode)
      .flatMap(({ statistics }) => statistics.get(STATISTICS.lsat.longName) ?? []);
    const means = epochs.flatMap((epoch) => {
      const values = saturations.flatMap((numbers) => numbers.get(epoch) ?? []);
      const sum = values.reduce((total, value) => total + value, 0);
      return values.length > 0 ? [[epoch, sum / values.length] as const] : [];
    });
    return new Map(means);
  }

  #nothingHeld(): string {
    const { path, layers, others } = this.dump;
    const statistics = layers.flatMap((layer) => layer.statistics.flatMap(({ of }) => of?.statistic ?? []));
    const held = [...new Set([...statistics, ...others.map(({ name }) => name)])];
    const shown = held.length > 0 ? held.slice(0, 8).join(', ') : 'nothing else';
    const { spectra, threshold, rule } = this.options;
    const wanted = spectra
      ? 'eigenvalues'
      : this.#stats.map((name) => STATISTICS[name].longName).join(' and no ');
    const given = threshold === undefined ? `--rule ${rule}` : '--threshold';
    const instead = !spectra && this.#isAnew() ? `, or leave ${given} away to take what is stored` : '';
    return `${path} holds no ${wanted} and no covariances to compute from, only ${shown}; record with cov among --stats${instead}`;
  }
}

const AVERAGE = /^average-(train|eval)-sat$/;

function inEpochs(quantity: StoredQuantity, epochs: readonly number[]): StoredQuantity {
  return { ...quantity, files: new Map([...quantity.files].filter(([epoch]) => epochs.includes(epoch))) };
}
