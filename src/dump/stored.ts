import { naturalOrder } from '../natural-order.js';
import { epochOfFile } from './layout.js';

/** What the data are, a label: data of training or of evaluation. */
export type Mode = 'train' | 'eval';

/** A quantity that a dump holds: files of one folder, by epoch. */
export interface StoredQuantity {
  /** Its folder: `_eval-saturation_conv1`. */
  name: string;
  /** Of what it is, if its name tells; `layer` is the layer's name as paths write it. */
  of: { mode: Mode; statistic: string; layer: string } | undefined;
  /** Paths of its files by epoch, ascending. */
  files: ReadonlyMap<number, string>;
}

/**
 * The quantities among the files of a dump, of npy and npz files: in the order of its epoch counter, those that it
 * does not list (all, without one) after them in natural order (`conv2` before `conv10`).
 */
export function storedQuantities(
  paths: readonly string[],
  counter: ReadonlyMap<string, number> | undefined,
): StoredQuantity[] {
  const found = new Map<string, Map<number, string>>();
  for (const path of paths) {
    const [name, file, ...deeper] = path.split('/');
    if (name === undefined || file === undefined || deeper.length > 0) continue;
    const epoch = epochOfFile(name, file);
    if (epoch === undefined) continue;
    const files = found.get(name) ?? new Map<number, string>();
    found.set(name, files.set(epoch, path));
  }
  const listed = new Map([...(counter?.keys() ?? [])].map((name, place) => [name, place]));
  const place = (name: string) => listed.get(name) ?? listed.size;
  return [...found]
    .sort(([a], [b]) => place(a) - place(b) || naturalOrder(a, b))
    .map(([name, files]) => ({
      name,
      of: parseQuantityName(name),
      files: new Map([...files].sort(([a], [b]) => a - b)),
    }));
}

/** The parts of a quantity's name, if it is a layer's: statistics have no `_`, layers may. */
export function parseQuantityName(name: string): StoredQuantity['of'] {
  const [, mode, statistic, layer] = /^_(train|eval)-([^_]+)_(.+)$/s.exec(name) ?? [];
  if (mode === undefined || statistic === undefined || layer === undefined) return undefined;
  return { mode: mode === 'train' ? 'train' : 'eval', statistic, layer };
}
