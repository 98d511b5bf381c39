import type { SettlingSaturation } from '../../record/settling.js';
import type { Press } from '../screen/keys.js';
import type { ScreenSize } from '../screen/size.js';
import { type Clock, startClock } from './clock.js';

/** A run over a dataset, as the screen shows it. */
export interface LiveRun {
  epoch: number;
  epochs: number;
  /** The first epoch of this recording. */
  firstEpoch: number;
  model: string;
  mode: string;
  data: string;
  samples: number;
  engine: string;
  device: string;
  threads: number;
  threshold: number;
  layers: readonly { name: string; d: number | null }[];
}

/** What the last look at a layer gave. */
export interface LiveValue {
  saturation: number;
  n: number;
  d: number;
  /** `before`: of the epoch or mode before. */
  age: 'before' | 'settling' | 'final';
}

export type Phase = 'loading' | 'network' | 'spectra';

/** What the user asked for, which takes effect after the batch that is under way. */
export type Asked = 'nothing' | 'stop' | 'interrupt';

/** Everything that the screen shows follows from this. Times are milliseconds of one clock. */
export interface LiveState {
  run: LiveRun | undefined;
  phase: Phase;
  asked: Asked;
  /** Whether the user wants it paused. */
  pauses: boolean;
  /** Whether nothing is run. */
  isPaused: boolean;
  clock: Clock;
  spectra: { done: number; all: number };
  values: ReadonlyMap<string, LiveValue>;
  notes: readonly string[];
  /** The first listed layer. */
  top: number;
  size: ScreenSize;
  now: number;
  /** Resident memory of the process, bytes. */
  memory: number;
}

/** Something that happened in the recording; `at` is when. */
export type RecordingEvent = { at: number } & (
  | { type: 'start'; run: LiveRun }
  | { type: 'progress'; done: number }
  | { type: 'paused'; isPaused: boolean }
  | { type: 'saturation'; value: SettlingSaturation }
  | { type: 'spectra'; done: number; all: number }
  | { type: 'note'; message: string }
);

export type LiveEvent =
  | RecordingEvent
  | { type: 'press'; press: Press }
  | { type: 'resize'; size: ScreenSize }
  | { type: 'tick'; now: number; memory: number };

/** What keys ask the recording for. */
export type LiveCommand = 'pause' | 'resume' | 'stop' | 'interrupt';

export function openingState(size: ScreenSize, now: number): LiveState {
  return {
    run: undefined,
    phase: 'loading',
    asked: 'nothing',
    pauses: false,
    isPaused: false,
    clock: startClock(now),
    spectra: { done: 0, all: 0 },
    values: new Map(),
    notes: [],
    top: 0,
    size,
    now,
    memory: 0,
  };
}
