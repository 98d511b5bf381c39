import { performance } from 'node:perf_hooks';
import { reduce } from './reduce.js';
import type { LiveEvent, LiveState } from './state.js';

/** Frames follow each other no faster, unless a key was pressed: more is not seen, and costs over a slow connection. */
const FRAME_MS = 150;
/** Of what the recording's threads can do, drawing takes no more than this. */
const SHARE = 0.006;
const SLOWEST_MS = 1500;

/** The state, shown now and then: events come faster than frames are worth drawing. */
export class LiveStore {
  #state: LiveState;
  #shown: LiveState;
  #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #load = performance.eventLoopUtilization();

  constructor(state: LiveState) {
    this.#state = state;
    this.#shown = state;
  }

  /** The state after every event so far. */
  get state(): LiveState {
    return this.#state;
  }

  /** The state that is to be shown. */
  readonly shown = (): LiveState => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispatch(event: LiveEvent): void {
    this.#state = reduce(this.#state, event);
    if (event.type === 'press' || event.type === 'resize') this.#show();
    else
      this.#timer ??= setTimeout(
        () => this.#show(),
        Math.max(0, this.#last + this.#pace() - performance.now()),
      );
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = performance.now();
    this.#load = performance.eventLoopUtilization();
    this.#shown = this.#state;
    for (const listener of this.#listeners) listener();
  }

  /** Milliseconds from frame to frame: as many more as this thread was busy since the last one. */
  #pace(): number {
    const threads = this.#state.run?.threads ?? 1;
    const { active } = performance.eventLoopUtilization(this.#load);
    return Math.min(SLOWEST_MS, Math.max(FRAME_MS, active / (SHARE * threads)));
  }
}
