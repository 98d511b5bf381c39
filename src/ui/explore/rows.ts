import type { Mode } from '../../dump/stored.js';
import { naturalOrder } from '../../natural-order.js';
import { layerTest } from '../../recompute/selection.js';
import { measure } from './measures.js';
import type { ExploreLayer, ExploreState } from './state.js';

/** A layer in the list. */
export interface Row {
  layer: ExploreLayer;
  value: number;
}

/** The modes of the shown epoch. */
export function modesOf({ loaded, epoch }: ExploreState): Mode[] {
  const modes = new Set((loaded.get(epoch) ?? []).map(({ mode }) => mode));
  return (['train', 'eval'] as const).filter((mode) => modes.has(mode));
}

/** The mode that is shown: the chosen one, unless the epoch lacks it. */
export function shownMode(state: ExploreState): Mode {
  const modes = modesOf(state);
  return modes.includes(state.mode) ? state.mode : (modes[0] ?? state.mode);
}

/** All layers of the shown epoch and mode, in execution order, with their values. */
export function allRows(state: ExploreState): Row[] {
  const mode = shownMode(state);
  return (state.loaded.get(state.epoch) ?? [])
    .filter((layer) => layer.mode === mode)
    .map((layer) => ({ layer, value: measure(layer, state) }));
}

/** Those of them that the filter takes, sorted. */
export function listedRows(state: ExploreState, all: readonly Row[] = allRows(state)): Row[] {
  const test = filterTest(state.filter);
  const rows = all.filter(({ layer }) => test(layer.layer));
  switch (state.sort) {
    case 'order':
      return rows;
    case 'name':
      return rows.sort((a, b) => naturalOrder(a.layer.layer, b.layer.layer));
    case 'descending':
      return sorted(rows, -1);
    case 'ascending':
      return sorted(rows, 1);
  }
}

/** The picked row's place in the list; -1 if nothing is listed. */
export function pickedIndex(rows: readonly Row[], { picked }: Pick<ExploreState, 'picked'>): number {
  const index = rows.findIndex(({ layer }) => layer.layer === picked);
  return index < 0 && rows.length > 0 ? 0 : index;
}

/** A glob, or part of a name in either case. */
function filterTest(filter: string): (name: string) => boolean {
  if (filter === '') return () => true;
  const glob = layerTest(filter);
  const part = filter.toLowerCase();
  return (name) => glob(name) || name.toLowerCase().includes(part);
}

/** By value; NaN last, either way round. */
function sorted(rows: readonly Row[], direction: 1 | -1): Row[] {
  const numbers = rows.filter(({ value }) => !Number.isNaN(value));
  const others = rows.filter(({ value }) => Number.isNaN(value));
  // Infinities of one sign have no difference.
  return [...numbers.sort((a, b) => (a.value === b.value ? 0 : direction * (a.value - b.value))), ...others];
}
