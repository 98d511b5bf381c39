import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { printable, shorten } from '../fit.js';
import { Lines } from '../screen/lines.js';
import { layoutOf } from './layout.js';
import type { LiveState } from './state.js';

/** The last note; then what the user asked for, or else the keys. */
export function Footer({ state, paint }: { state: LiveState; paint: ChalkInstance }): ReactNode {
  return <Lines lines={[note(state, paint), bottom(state, paint)]} />;
}

function note({ notes, size }: LiveState, paint: ChalkInstance): string {
  const last = notes.at(-1);
  if (last === undefined) return '';
  const count = notes.length > 1 ? `${notes.length} notes, the last: ` : 'note: ';
  return paint.yellow(count) + shorten(printable(last), Math.max(1, size.columns - count.length));
}

function bottom(state: LiveState, paint: ChalkInstance): string {
  const { asked, pauses, isPaused, phase } = state;
  if (asked === 'interrupt') return paint.yellow('interrupting');
  if (asked === 'stop') {
    return paint.yellow(
      phase === 'network' ? 'stopping after this batch' : 'stopping: what was recorded is kept',
    );
  }
  const keys = keysOf(state);
  if (isPaused) return `${paint.yellow('paused')}  ${paint.dim(keys)}`;
  if (pauses && phase === 'network') return `${paint.yellow('pausing after this batch')}  ${paint.dim(keys)}`;
  return paint.dim(keys);
}

/** The keys, as many as there is room for. */
function keysOf(state: LiveState): string {
  const { run, size, pauses, isPaused, phase } = state;
  const taken = isPaused ? 8 : pauses && phase === 'network' ? 26 : 0;
  const scrolls = (run?.layers.length ?? 0) > layoutOf(size).list;
  const keys = [
    { text: pauses ? 'p go on' : 'p pause', first: 1 },
    ...(scrolls ? [{ text: '↑↓ scroll', first: 2 }] : []),
    { text: 'q stop and keep', first: 0 },
    { text: 'Ctrl-C discard', first: 3 },
  ];
  for (let most = 3; ; most--) {
    const shown = keys.filter(({ first }) => first <= most).map(({ text }) => text);
    if (most === 0 || shown.join('  ').length <= size.columns - taken) return shown.join('  ');
  }
}
