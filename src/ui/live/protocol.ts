import type { LiveCommand, RecordingEvent } from './state.js';

/** What the thread of the screen is started with. */
export interface LiveThreadData {
  /** Level of colours, as chalk counts them. */
  colours: 0 | 1 | 2 | 3;
}

/** What the recording tells the screen. */
export type ToScreen = RecordingEvent | { type: 'end' };

/** What the screen tells the recording. */
export type FromScreen = { command: LiveCommand } | { left: true };

/** Milliseconds of a clock that all threads share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
