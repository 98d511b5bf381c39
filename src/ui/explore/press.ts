import type { KeyName, Press } from '../screen/keys.js';
import { layoutOf } from './layout.js';
import { SHOWN_STATISTICS } from './measures.js';
import { allRows, listedRows, modesOf, pickedIndex, shownMode } from './rows.js';
import { type ExploreState, SORTS } from './state.js';
import { stepThreshold } from './thresholds.js';

type Command = (state: ExploreState) => ExploreState;

const KEYS: Readonly<Partial<Record<KeyName, Command>>> = {
  left: threshold(-1, false),
  right: threshold(1, false),
  'coarse-left': threshold(-1, true),
  'coarse-right': threshold(1, true),
  up: move(() => -1),
  down: move(() => 1),
  'page-up': move((page) => -page),
  'page-down': move((page) => page),
  home: move(() => Number.NEGATIVE_INFINITY),
  end: move(() => Number.POSITIVE_INFINITY),
  tab: statistic(1),
  'shift-tab': statistic(-1),
  escape: (state) => ({ ...state, filter: '' }),
};

const CHARACTERS: Readonly<Record<string, Command>> = {
  h: threshold(-1, false),
  l: threshold(1, false),
  H: threshold(-1, true),
  L: threshold(1, true),
  k: move(() => -1),
  j: move(() => 1),
  g: move(() => Number.NEGATIVE_INFINITY),
  G: move(() => Number.POSITIVE_INFINITY),
  '[': epoch(-1),
  ']': epoch(1),
  m: otherMode,
  s: (state) => ({ ...state, sort: after(SORTS, state.sort, 1), top: 0 }),
  '/': (state) => ({ ...state, filtering: true }),
  '?': (state) => ({ ...state, help: true }),
  q: (state) => ({ ...state, leaving: 'quit' }),
};

/** The state after a key. In the help any key goes back, in the filter characters are typed. */
export function press(state: ExploreState, pressed: Press): ExploreState {
  if (state.leaving) return state;
  if ('key' in pressed && pressed.key === 'interrupt') return { ...state, leaving: 'interrupted' };
  const calm = state.failure === undefined ? state : { ...state, failure: undefined };
  if (state.help) return { ...calm, help: false };
  if (state.filtering) return pressInFilter(calm, pressed);
  const command = 'key' in pressed ? KEYS[pressed.key] : CHARACTERS[pressed.character];
  return command ? command(calm) : calm;
}

function pressInFilter(state: ExploreState, pressed: Press): ExploreState {
  if ('character' in pressed) return { ...state, filter: state.filter + pressed.character, top: 0 };
  switch (pressed.key) {
    case 'enter':
      return { ...state, filtering: false };
    case 'escape':
      return { ...state, filtering: false, filter: '' };
    case 'backspace':
      // From an empty filter it leads out.
      if (state.filter === '') return { ...state, filtering: false };
      return { ...state, filter: [...state.filter].slice(0, -1).join('') };
    case 'clear-line':
      return { ...state, filter: '' };
    default:
      return KEYS[pressed.key]?.(state) ?? state;
  }
}

function threshold(direction: 1 | -1, coarse: boolean): Command {
  return (state) => ({ ...state, threshold: stepThreshold(state.threshold, direction, coarse) });
}

/** Picks another layer, so many rows away. */
function move(distance: (page: number) => number): Command {
  return (state) => {
    const all = allRows(state);
    const rows = listedRows(state, all);
    if (rows.length === 0) return state;
    const page = Math.max(1, layoutOf(state.size, all.length).list - 1);
    const to = pickedIndex(rows, state) + distance(page);
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))]!;
    return { ...state, picked: row.layer.layer };
  };
}

function statistic(direction: 1 | -1): Command {
  return (state) => ({ ...state, statistic: after(SHOWN_STATISTICS, state.statistic, direction) });
}

/** Shows another epoch; one that is not at hand is wanted first. */
function epoch(direction: 1 | -1): Command {
  return (state) => {
    const { epochs, loaded, wanted } = state;
    const at = epochs.indexOf(wanted ?? state.epoch);
    const next = epochs[at + direction];
    if (next === undefined) return state;
    const settled = { ...state, progress: undefined };
    return loaded.has(next) ? { ...settled, epoch: next, wanted: undefined } : { ...settled, wanted: next };
  };
}

function otherMode(state: ExploreState): ExploreState {
  const modes = modesOf(state);
  return modes.length < 2 ? state : { ...state, mode: after(modes, shownMode(state), 1) };
}

function after<T>(values: readonly T[], value: T, direction: 1 | -1): T {
  return values[(values.indexOf(value) + direction + values.length) % values.length]!;
}
