import type { Layer, SkippedLayer } from '../../layer.js';
import type { Source } from './dataflow.js';
import { withoutModel } from './names.js';

/** A layer before it has its name. */
export interface Found {
  /** Its path, the outermost model's name included. */
  path: readonly string[];
  /** After the name: `-depthwise`. */
  suffix?: string;
  kernel: Source;
  kind: string;
  /** What is recorded, or why nothing is. */
  result: Omit<Layer, 'name' | 'kind'> | { reason: string };
}

/**
 * Gives every layer its name: the same one, with `#2`, `#3`, ..., to further uses of a kernel; one of their own, from
 * their variables, to several kernels of one layer.
 */
export function nameLayers(found: readonly Found[]): { layers: Layer[]; skipped: SkippedLayer[] } {
  const paths = withoutModel(found.map(({ path }) => path));
  const names = new Map<string, string>();
  const taken = new Map<string, Found[]>();
  for (const [at, each] of found.entries()) {
    if (names.has(identityOf(each))) continue;
    const name = paths[at]!.join('-') + (each.suffix ?? '');
    names.set(identityOf(each), name);
    taken.set(name, [...(taken.get(name) ?? []), each]);
  }
  for (const [name, sharing] of taken) {
    if (sharing.length === 1) continue;
    const leaves = sharing.map((each) => each.kernel.variable?.split('/').at(-1) ?? '');
    const telling = leaves.every((leaf) => leaf !== '') && new Set(leaves).size === leaves.length;
    for (const [at, each] of sharing.entries()) {
      names.set(identityOf(each), telling ? `${name}-${leaves[at]}` : at === 0 ? name : `${name}-${at + 1}`);
    }
  }
  const layers: Layer[] = [];
  const skipped: SkippedLayer[] = [];
  const uses = new Map<string, number>();
  for (const each of found) {
    const base = names.get(identityOf(each))!;
    const use = (uses.get(base) ?? 0) + 1;
    uses.set(base, use);
    const name = use > 1 ? `${base}#${use}` : base;
    if ('reason' in each.result) skipped.push({ name, kind: each.kind, reason: each.result.reason });
    else layers.push({ name, kind: each.kind, ...each.result });
  }
  return { layers, skipped };
}

/** What makes two uses the same layer. */
export function identityOf({ kernel, suffix }: Found): string {
  return `${kernel.values.join()} ${suffix ?? ''}`;
}
