import type { Press } from '../screen/keys.js';
import type { ScreenSize } from '../screen/size.js';
import { layoutOf } from './layout.js';
import { press } from './press.js';
import { allRows, listedRows, pickedIndex } from './rows.js';
import type { ExploreLayer, ExploreState } from './state.js';

/** Something that happened. */
export type ExploreEvent =
  | { type: 'press'; press: Press }
  | { type: 'resize'; size: ScreenSize }
  | { type: 'reading'; epoch: number; done: number; all: number }
  | { type: 'read'; epoch: number; layers: readonly ExploreLayer[] }
  | { type: 'failed'; epoch: number; message: string };

/** Epochs that are kept: spectra of wide layers take memory. */
const KEPT_EPOCHS = 16;

/** The state after an event. What arrives of an epoch that is wanted no longer changes nothing. */
export function reduce(state: ExploreState, event: ExploreEvent): ExploreState {
  return scrolled(next(state, event));
}

function next(state: ExploreState, event: ExploreEvent): ExploreState {
  if (event.type === 'press') return press(state, event.press);
  if (event.type === 'resize') return { ...state, size: event.size };
  if (event.epoch !== state.wanted) return state;
  if (event.type === 'reading') return { ...state, progress: { done: event.done, all: event.all } };
  const settled = { ...state, wanted: undefined, progress: undefined };
  if (event.type === 'failed') return { ...settled, failure: event.message };
  const kept = [...state.loaded].filter(([epoch]) => epoch !== event.epoch).slice(1 - KEPT_EPOCHS);
  return { ...settled, epoch: event.epoch, loaded: new Map([...kept, [event.epoch, event.layers]]) };
}

/** Scrolls the list as little as it takes to show the picked layer. */
function scrolled(state: ExploreState): ExploreState {
  const all = allRows(state);
  const rows = listedRows(state, all);
  const { list } = layoutOf(state.size, all.length);
  const picked = Math.max(0, pickedIndex(rows, state));
  const seen = Math.max(Math.min(state.top, picked), picked - list + 1);
  const top = Math.min(seen, Math.max(0, rows.length - list));
  return top === state.top ? state : { ...state, top };
}
