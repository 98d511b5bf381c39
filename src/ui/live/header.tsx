import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { pad, printable, shorten } from '../fit.js';
import { bar, formatBytes, formatCount, formatSeconds } from '../numbers.js';
import { Lines, leftAndRight } from '../screen/lines.js';
import { doneOf, rateOf, secondsLeft, worked } from './clock.js';
import type { LiveState } from './state.js';

interface HeaderProps {
  state: LiveState;
  paint: ChalkInstance;
}

/** The model with its epoch; how far it is, with the rate and the time left; where and how it runs. */
export function Header({ state, paint }: HeaderProps): ReactNode {
  return <Lines lines={[modelLine(state, paint), progressLine(state, paint), placeLine(state, paint)]} />;
}

function modelLine({ run, size }: LiveState, paint: ChalkInstance): string {
  if (!run) return paint.bold('delve record');
  const { epoch, epochs, firstEpoch, mode } = run;
  const of = epochs > 1 ? ` (${epoch - firstEpoch + 1} of ${epochs})` : '';
  const [left, right] = leftAndRight(printable(run.model), `${mode}, epoch ${epoch}${of}`, size.columns);
  return `${paint.bold(left)}${right}`;
}

/** `██████░░░░ 1,280/6,000 samples  412/s  12 s left`: the bar takes what is left of the line. */
function progressLine(state: LiveState, paint: ChalkInstance): string {
  const { run, phase, spectra, clock, size, now } = state;
  if (!run) return 'loading the model';
  const done = phase === 'spectra' ? spectra.done : doneOf(clock);
  const all = phase === 'spectra' ? spectra.all : run.samples;
  const counted = `${formatCount(done)}/${formatCount(all)}`;
  const rate = rateOf(clock);
  const left = secondsLeft(clock, now, run.samples);
  const pace = [
    ...(Number.isNaN(rate) ? [] : [`${rate >= 10 ? formatCount(Math.round(rate)) : rate.toFixed(1)}/s`]),
    ...(Number.isFinite(left) ? [`${formatSeconds(left)} left`] : []),
  ];
  const facts =
    phase === 'spectra'
      ? [[`${counted} spectra`]]
      : phase === 'loading'
        ? [[`${counted} samples`, 'done'], [counted]]
        : [[`${counted} samples`, ...pace], [counted, ...pace], [counted, ...pace.slice(-1)], pace.slice(-1)];
  const texts = facts.map((each) => each.join('  '));
  const text = texts.find((each) => stringWidth(each) + LEAST_BAR + 1 <= size.columns) ?? texts.at(-1)!;
  const width = Math.max(0, Math.min(MOST_BAR, size.columns - stringWidth(text) - 1));
  const cells = bar(all > 0 ? done / all : 1, width);
  const rest = '░'.repeat(Math.max(0, width - stringWidth(cells)));
  return `${paint.cyan(cells)}${paint.dim(rest)} ${text}`;
}

const LEAST_BAR = 8;
const MOST_BAR = 40;

function placeLine(state: LiveState, paint: ChalkInstance): string {
  const { run, clock, now, memory, size } = state;
  const time = formatSeconds(Math.floor(worked(clock, now) / 1000));
  const threads = run ? `${run.threads} thread${run.threads === 1 ? '' : 's'}` : '';
  const used = memory > 0 ? formatBytes(memory) : '';
  const parts = run
    ? [`${run.engine} on ${run.device}`, threads, used, time, printable(run.data)]
    : [used, time];
  const shown: string[] = [];
  for (const part of parts.filter((each) => each !== '')) {
    const before = shown.length > 0 ? stringWidth(shown.join(' · ')) + 3 : 0;
    if (before + stringWidth(part) <= size.columns) shown.push(part);
    // A path says something even when it is cut.
    else if (part === parts.at(-1) && size.columns - before >= 10)
      shown.push(shorten(part, size.columns - before));
  }
  return paint.dim(pad(shown.join(' · '), size.columns, 'left').trimEnd());
}
