import { STATISTICS, statisticNames } from '../core/statistics.js';
import type { NpyArray } from '../dump/npy.js';
import { parseQuantityName } from '../dump/stored.js';
import type { WriterValue } from './abstract-writer.js';
import type { EpochRecord, LayerRecord } from './writer.js';

/** The values of an epoch while they come in, one by one or a layer at a time. Those with a layer's name become that layer's. */
export class EpochValues {
  readonly #layers = new Map<string, LayerRecord>();
  readonly #scalars = new Map<string, number>();
  readonly #arrays = new Map<string, NpyArray>();
  readonly #taken = new Set<string>();

  /** False if there is a value of that name already. */
  add(name: string, value: WriterValue): boolean {
    const record = recordOf(name, value);
    return record ? this.addLayer(record) : this.addOther(name, value);
  }

  /** The same for a name with a prefix, `PREFIX_NAME`: with the empty one it may be a layer's, which writers put `_` before, too. */
  addPrefixed(prefix: string, name: string, value: WriterValue): boolean {
    const record = prefix === '' ? recordOf(name, value) : undefined;
    return record ? this.addLayer(record) : this.addOther(`${prefix}_${name}`, value);
  }

  /** The same for a name that is no layer's, whatever it says. */
  addOther(name: string, value: WriterValue): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    if (typeof value === 'number') this.#scalars.set(name, value);
    else this.#arrays.set(name, value);
    return true;
  }

  /** False if one of its statistics is there already. */
  addLayer(record: LayerRecord): boolean {
    const names = [...record.stats.keys()].map((stat) => `${record.mode} ${stat} ${record.layer}`);
    if (names.some((name) => this.#taken.has(name))) return false;
    for (const name of names) this.#taken.add(name);
    const key = `${record.mode} ${record.layer}`;
    const found = this.#layers.get(key);
    this.#layers.set(key, found ? merged(found, record) : record);
    return true;
  }

  epoch(epoch: number): EpochRecord {
    return {
      epoch,
      model: '',
      layers: [...this.#layers.values()],
      scalars: this.#scalars,
      ...(this.#arrays.size > 0 && { arrays: this.#arrays }),
    };
  }
}

/** What a name such as `eval-saturation_conv1` says of a layer; undefined for one that is no statistic. */
function recordOf(name: string, value: WriterValue): LayerRecord | undefined {
  const of = parseQuantityName(`_${name}`);
  const stat = of && statisticNames().find((each) => STATISTICS[each].longName === of.statistic);
  if (!stat) return undefined;
  const record = statisticsAlone(of.mode, of.layer);
  record.stats.set(stat, typeof value === 'number' ? value : Number.NaN);
  if (typeof value === 'number') return record;
  return { ...record, d: value.shape[0] ?? 0, covariance: Float64Array.from(value.data, Number) };
}

/** A record of which nothing is known but statistics. */
function statisticsAlone(mode: 'train' | 'eval', layer: string): LayerRecord {
  const none = new Float64Array(0);
  return {
    layer,
    kind: '',
    mode,
    n: 0,
    d: 0,
    mean: none,
    covariance: none,
    spectrum: { d: 0, values: none },
    stats: new Map(),
    byThreshold: [],
    seconds: 0,
  };
}

/** Statistics of both; all else from whichever knows more. */
function merged(a: LayerRecord, b: LayerRecord): LayerRecord {
  const [more, less] = b.d > a.d || b.n > a.n ? [b, a] : [a, b];
  const covariance = more.covariance.length > 0 ? more.covariance : less.covariance;
  return { ...more, covariance, stats: new Map([...a.stats, ...b.stats]) };
}
