import { type IdimRule, saturation } from '../core/metrics.js';
import type { Moments } from '../reduce/reducer.js';
import type { Spectra } from '../spectra/spectra.js';
import { Budget, lookCost } from './settling-budget.js';

/** What a layer's saturation is by the points seen so far. */
export interface SettlingSaturation {
  layer: string;
  /** Rows that it was computed of. */
  n: number;
  d: number;
  /** At the first threshold. */
  saturation: number;
  /** Whether these are all rows of the run. */
  final: boolean;
}

interface Watched {
  name: string;
  /** Dimension, once there were points. */
  d: number | undefined;
  /** Samples recorded when the layer was looked at last. */
  at: number;
  /** Rows that it was looked at with last. */
  n: number;
  /** Whether its spectrum is being computed. */
  isBusy: boolean;
  /** Batches that it was wanted in, but had work under way. */
  missed: number;
}

/** Where layers' points are gathered. */
export interface MomentSource {
  /** Moments of a layer's points so far; undefined while some are being reduced. */
  peek(layer: number): Moments | undefined | Promise<Moments | undefined>;
  /** Resolves when none are. */
  settled(layer: number): Promise<void>;
}

export interface SettlingOptions {
  layers: readonly string[];
  source: MomentSource;
  spectra: Spectra;
  threshold: number;
  rule: IdimRule;
  threads: number;
  tell(event: SettlingSaturation): void;
}

/** Plans are made so often at most: batches of small networks take less than that. */
const PLAN_SECONDS = 0.05;
/** With fewer samples more than this share a saturation hardly changes. */
const NEWS = 1.05;
/** Wider covariances are not copied while memory is in use for them. */
const WIDEST = 4096;
const MOST_WANTED = 16;
const PATIENT_BATCHES = 4;

/**
 * The layers' saturations while points come in: now and then the covariance of some layers is copied and its spectrum computed, those
 * first whose points have multiplied most since, for the time it takes. A time budget keeps this to about a hundredth of what the
 * threads do. The reduction is not disturbed: results are the same bits with and without.
 */
export class Settling {
  readonly #layers: Watched[];
  readonly #budget: Budget;
  #wanted: number[] = [];
  #planned = Number.NEGATIVE_INFINITY;
  #recorded = 0;
  #closed = false;

  constructor(private readonly options: SettlingOptions) {
    this.#layers = options.layers.map((name) => ({
      name,
      d: undefined,
      at: 0,
      n: 0,
      isBusy: false,
      missed: 0,
    }));
    this.#budget = new Budget(options.threads);
  }

  /** Once a batch: decides which layers to look at. */
  async plan(recorded: number): Promise<void> {
    const now = performance.now() / 1000;
    if (now - this.#planned < PLAN_SECONDS) return;
    this.#planned = now;
    this.#recorded = recorded;
    await this.#waitForMissed();
    // Finite for layers that were not looked at yet.
    const gain = ({ at }: Watched) => (recorded + recorded / 16 + 1) / (at + recorded / 16 + 1);
    const stale = [...this.#layers.entries()].flatMap(([i, layer]) => {
      if (layer.d === undefined || layer.d > WIDEST || layer.isBusy || gain(layer) < NEWS) return [];
      const cost = lookCost(layer.d);
      return [{ i, cost, score: Math.log(gain(layer)) / Math.sqrt(cost.main + cost.spectrum) }];
    });
    stale.sort((a, b) => b.score - a.score);
    this.#wanted = this.#budget.affordable(stale, now).slice(0, MOST_WANTED);
  }

  /** The layer has points of so many features. */
  seen(i: number, d: number): void {
    this.#layers[i]!.d ??= d;
  }

  /** Looks at what is wanted and can be looked at now. To be called often: it takes next to no time where there is nothing. */
  look(): void {
    if (this.#wanted.length === 0) return;
    this.#wanted = this.#wanted.filter((i) => !this.#lookAt(i));
  }

  /** Looks at everything, for as long as `goOn` holds: while nothing else is to be done. */
  async lookAtAll(goOn: () => boolean): Promise<void> {
    const order = [...this.#layers.keys()].filter((i) => (this.#layers[i]!.d ?? WIDEST + 1) <= WIDEST);
    order.sort((a, b) => this.#layers[a]!.d! - this.#layers[b]!.d!);
    for (const i of order) {
      if (!goOn()) return;
      await this.options.source.settled(i);
      await this.#lookAt(i);
    }
  }

  /** Nothing is told any more. */
  close(): void {
    this.#closed = true;
  }

  /** Where the reduction is what takes the time a layer always has work under way: waiting for it costs nothing then. */
  async #waitForMissed(): Promise<void> {
    for (const i of this.#wanted) {
      const layer = this.#layers[i]!;
      if (++layer.missed < PATIENT_BATCHES) continue;
      await this.options.source.settled(i);
      this.#lookAt(i);
    }
  }

  /** undefined if the layer has work under way. */
  #lookAt(i: number): Promise<void> | undefined {
    const start = performance.now();
    const found = this.options.source.peek(i);
    if (!found) return undefined;
    const layer = this.#layers[i]!;
    layer.at = this.#recorded;
    layer.missed = 0;
    if (!(found instanceof Promise)) return this.#lookWith(layer, found, start);
    layer.isBusy = true;
    // What is wrong with it shows when it is recorded.
    const look = found.then((moments) => moments && this.#lookWith(layer, moments, start));
    return look
      .catch(() => {})
      .finally(() => {
        layer.isBusy = false;
      });
  }

  #lookWith(layer: Watched, { n, mean, covariance }: Moments, start: number): Promise<void> {
    const { spectra, threshold, rule, tell } = this.options;
    const d = mean.length;
    if (n === layer.n) return Promise.resolve();
    layer.n = n;
    layer.isBusy = true;
    const values = spectra.values(covariance, d);
    this.#budget.spend(d, (performance.now() - start) / 1000);
    return values.then(
      (spectrum) => {
        layer.isBusy = false;
        if (this.#closed) return;
        tell({ layer: layer.name, n, d, saturation: saturation(spectrum, threshold, rule), final: false });
      },
      () => {},
    );
  }
}
