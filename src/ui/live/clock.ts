/** How far a run is by when, with the time that it was paused left out. All times are milliseconds. */
export interface Clock {
  /** When the run began. */
  started: number;
  /** Time that pauses took until now, without the one that lasts. */
  paused: number;
  /** Since when it is paused. */
  pausedAt: number | undefined;
  /** Samples that were done after so much time at work, the last ones; from the beginning of the run at first. */
  points: readonly { worked: number; done: number }[];
}

/** The rate is that of the last so many milliseconds. */
const WINDOW = 20_000;

export function startClock(now: number): Clock {
  return { started: now, paused: 0, pausedAt: undefined, points: [{ worked: 0, done: 0 }] };
}

/** Time that was spent working. */
export function worked({ started, paused, pausedAt }: Clock, now: number): number {
  return Math.max(0, (pausedAt ?? now) - started - paused);
}

export function pauseClock(clock: Clock, now: number): Clock {
  return clock.pausedAt === undefined ? { ...clock, pausedAt: now } : clock;
}

export function resumeClock(clock: Clock, now: number): Clock {
  if (clock.pausedAt === undefined) return clock;
  return { ...clock, paused: clock.paused + now - clock.pausedAt, pausedAt: undefined };
}

export function advanceClock(clock: Clock, now: number, done: number): Clock {
  const point = { worked: worked(clock, now), done };
  const since = point.worked - WINDOW;
  const first = clock.points.findLastIndex((each) => each.worked <= since);
  return { ...clock, points: [...clock.points.slice(Math.max(0, first)), point] };
}

/** Samples done so far. */
export function doneOf({ points }: Clock): number {
  return points.at(-1)!.done;
}

/** Samples a second, lately; NaN before there were any. */
export function rateOf({ points }: Clock): number {
  const first = points[0]!;
  const last = points.at(-1)!;
  return last.worked > first.worked
    ? (last.done - first.done) / ((last.worked - first.worked) / 1000)
    : Number.NaN;
}

/** Seconds of work until `samples` are done, at the rate of late; NaN where it is not known yet. */
export function secondsLeft(clock: Clock, now: number, samples: number): number {
  const last = clock.points.at(-1)!;
  const since = (worked(clock, now) - last.worked) / 1000;
  return Math.max(0, (samples - last.done) / rateOf(clock) - since);
}
