import type { IdimRule } from '../src/core/metrics.js';
import type { Spectrum } from '../src/core/spectrum.js';
import { isStatisticName, STATISTICS, type StatisticName } from '../src/core/statistics.js';
import type { PageData, PageLayer } from '../src/plots/html/page-data.js';

/** A layer of a run in a mode at an epoch: a row of the table, a point of a line. */
export interface LayerAtEpoch {
  run: number;
  mode: PageLayer['mode'];
  epoch: number;
  layer: string;
  /** Its place in the order of execution, from 1. */
  place: number;
  spectrum: Spectrum | undefined;
  /** Points that the covariance was computed from, where that is known. */
  n: number | undefined;
}

/** The results that the page holds. Statistics are computed from spectra as they are asked for. */
export class Report {
  readonly rows: readonly LayerAtEpoch[];
  readonly #stored = new Map<LayerAtEpoch, Map<StatisticName, number>>();
  /** Statistics that no threshold changes. */
  readonly #lasting = new Known();
  /** Those of the last threshold and rule. */
  #passing = { threshold: Number.NaN, rule: '', known: new Known() };

  constructor(
    readonly data: PageData,
    eigenvalues: Float64Array,
  ) {
    const places = new Map<string, number>();
    this.rows = data.layers.flatMap((layer) => {
      const list = `${layer.run} ${layer.mode}`;
      const place = (places.get(list) ?? 0) + 1;
      places.set(list, place);
      return data.runs[layer.run]!.epochs.flatMap((epoch) => this.#row(layer, epoch, place, eigenvalues));
    });
  }

  #row(layer: PageLayer, epoch: number, place: number, eigenvalues: Float64Array): LayerAtEpoch[] {
    const { run, mode } = layer;
    const range = layer.spectra[epoch];
    const stored = new Map<StatisticName, number>();
    for (const [name, byEpoch] of Object.entries(layer.stored)) {
      const value = byEpoch[epoch];
      if (value !== undefined && isStatisticName(name)) stored.set(name, Number(value));
    }
    if (!range && stored.size === 0) return [];
    const spectrum = range && { d: range[1], values: eigenvalues.subarray(range[0], range[0] + range[1]) };
    const row = { run, mode, epoch, layer: layer.layer, place, spectrum, n: layer.n[epoch] };
    this.#stored.set(row, stored);
    return [row];
  }

  /** undefined: neither stored nor to be computed. */
  value(row: LayerAtEpoch, name: StatisticName, threshold: number, rule: IdimRule): number | undefined {
    const { spectrum } = row;
    const { compute, usesThreshold } = STATISTICS[name];
    if (!spectrum || !compute) return this.#stored.get(row)?.get(name);
    if (threshold !== this.#passing.threshold || rule !== this.#passing.rule) {
      this.#passing = { threshold, rule, known: new Known() };
    }
    const known = usesThreshold ? this.#passing.known : this.#lasting;
    return known.value(row, name, () => compute(spectrum, threshold, rule));
  }
}

/** Values that are computed once. */
class Known {
  readonly #values = new Map<LayerAtEpoch, Map<StatisticName, number>>();

  value(row: LayerAtEpoch, name: StatisticName, compute: () => number): number {
    let ofRow = this.#values.get(row);
    if (!ofRow) {
      ofRow = new Map();
      this.#values.set(row, ofRow);
    }
    let value = ofRow.get(name);
    if (value === undefined) {
      value = compute();
      ofRow.set(name, value);
    }
    return value;
  }
}

/** Float64 numbers, little-endian, out of base64. */
export function decodeNumbers(base64: string): Float64Array {
  const text = atob(base64.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Float64Array(bytes.buffer);
}
