import type { Press } from '../screen/keys.js';
import { advanceClock, pauseClock, resumeClock, startClock } from './clock.js';
import { layoutOf } from './layout.js';
import type { LiveCommand, LiveEvent, LiveState, LiveValue } from './state.js';

/** The state after an event. */
export function reduce(state: LiveState, event: LiveEvent): LiveState {
  return scrolled(next(state, event));
}

function next(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'start':
      return {
        ...state,
        run: event.run,
        phase: 'network',
        clock: startClock(event.at),
        values: new Map([...state.values].map(([name, value]) => [name, { ...value, age: 'before' }])),
        now: event.at,
      };
    case 'progress':
      return { ...state, clock: advanceClock(state.clock, event.at, event.done), now: event.at };
    case 'paused': {
      const clock = (event.isPaused ? pauseClock : resumeClock)(state.clock, event.at);
      return { ...state, isPaused: event.isPaused, clock, now: event.at };
    }
    case 'saturation': {
      const { layer, saturation, n, d, final } = event.value;
      const value: LiveValue = { saturation, n, d, age: final ? 'final' : 'settling' };
      return { ...state, values: new Map(state.values).set(layer, value) };
    }
    case 'spectra': {
      const { done, all } = event;
      // The next model is being loaded then, or all is being written.
      return { ...state, phase: done === all ? 'loading' : 'spectra', spectra: { done, all } };
    }
    case 'note':
      return { ...state, notes: [...state.notes, event.message] };
    case 'resize':
      return { ...state, size: event.size };
    case 'tick':
      return { ...state, now: event.now, memory: event.memory };
    case 'press':
      return press(state, event.press);
  }
}

/** What a key asks the recording for; most ask for nothing. */
export function commandOf(state: LiveState, pressed: Press): LiveCommand | undefined {
  if ('key' in pressed) return pressed.key === 'interrupt' ? 'interrupt' : undefined;
  if (state.asked !== 'nothing') return undefined;
  if (pressed.character === 'q') return 'stop';
  if (pressed.character === 'p' || pressed.character === ' ') return state.pauses ? 'resume' : 'pause';
  return undefined;
}

function press(state: LiveState, pressed: Press): LiveState {
  switch (commandOf(state, pressed)) {
    case 'interrupt':
      return { ...state, asked: 'interrupt' };
    case 'stop':
      return { ...state, asked: 'stop', pauses: false };
    case 'pause':
      return { ...state, pauses: true };
    case 'resume':
      return { ...state, pauses: false };
    case undefined:
      return { ...state, top: state.top + distance(state, pressed) };
  }
}

/** Layers that a key scrolls by. */
function distance(state: LiveState, pressed: Press): number {
  const page = Math.max(1, layoutOf(state.size).list - 1);
  const name = 'key' in pressed ? pressed.key : pressed.character;
  switch (name) {
    case 'up':
    case 'k':
      return -1;
    case 'down':
    case 'j':
      return 1;
    case 'page-up':
      return -page;
    case 'page-down':
      return page;
    case 'home':
    case 'g':
      return Number.NEGATIVE_INFINITY;
    case 'end':
    case 'G':
      return Number.MAX_SAFE_INTEGER;
    default:
      return 0;
  }
}

function scrolled(state: LiveState): LiveState {
  const last = Math.max(0, (state.run?.layers.length ?? 0) - layoutOf(state.size).list);
  const top = Math.min(last, Math.max(0, state.top));
  return top === state.top ? state : { ...state, top };
}
