import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { printable } from '../fit.js';
import { Lines } from '../screen/lines.js';
import { modesOf } from './rows.js';
import type { ExploreState } from './state.js';

/** The keys, as many as there is room for; the filter while it is typed; why an epoch could not be read. */
export function Footer({ state, paint }: { state: ExploreState; paint: ChalkInstance }): ReactNode {
  return <Lines lines={[footer(state, paint)]} />;
}

function footer(state: ExploreState, paint: ChalkInstance): string {
  const { columns } = state.size;
  if (state.failure !== undefined) return paint.red(printable(state.failure));
  if (state.filtering) {
    const keys = '  Enter keeps it, Esc clears it';
    // What is typed last must stay in sight.
    const room = Math.max(1, columns - 2 - (columns >= 60 ? keys.length : 0));
    const typed = [...printable(state.filter)].slice(-room).join('');
    return `/${typed}${paint.inverse(' ')}${columns >= 60 ? paint.dim(keys) : ''}`;
  }
  const keys = [
    { text: '←→ threshold', first: 2 },
    { text: '↑↓ layer', first: 3 },
    { text: 'Tab statistic', first: 4 },
    ...(state.epochs.length > 1 ? [{ text: '[ ] epoch', first: 5 }] : []),
    ...(modesOf(state).length > 1 ? [{ text: 'm mode', first: 6 }] : []),
    { text: 's sort', first: 8 },
    { text: state.filter === '' ? '/ filter' : 'Esc all', first: 7 },
    { text: '? help', first: 1 },
    { text: 'q quit', first: 0 },
  ];
  const fits = (shown: typeof keys) => shown.map(({ text }) => text).join('  ').length <= columns;
  let most = Math.max(...keys.map(({ first }) => first));
  while (most > 0 && !fits(keys.filter(({ first }) => first <= most))) most--;
  return paint.dim(
    keys
      .filter(({ first }) => first <= most)
      .map(({ text }) => text)
      .join('  '),
  );
}
