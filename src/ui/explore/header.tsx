import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { printable } from '../fit.js';
import { Lines, leftAndRight } from '../screen/lines.js';
import { SHOWN_STATISTICS } from './measures.js';
import { shownMode } from './rows.js';
import type { ExploreState } from './state.js';

interface HeaderProps {
  state: ExploreState;
  paint: ChalkInstance;
}

/** The run with its mode and epoch, then the threshold and the statistics. */
export function Header({ state, paint }: HeaderProps): ReactNode {
  const { columns } = state.size;
  const [run, where] = leftAndRight(printable(state.run), place(state), columns);
  return <Lines lines={[`${paint.bold(run)}${where}`, choices(state, paint)]} />;
}

function place(state: ExploreState): string {
  const { epochs, epoch, wanted, progress } = state;
  const of = epochs.length > 1 ? ` (${epochs.indexOf(epoch) + 1} of ${epochs.length})` : '';
  const shown = `${shownMode(state)}, epoch ${epoch}${of}`;
  if (wanted === undefined) return shown;
  const far = progress && progress.all > 0 ? ` ${progress.done}/${progress.all}` : '';
  return `${shown}, reading ${wanted}${far}`;
}

/** `threshold ‹ 0.99 ›  [lsat] idim erank ...`; on a narrow screen the chosen statistic alone. */
function choices({ threshold, statistic, size }: ExploreState, paint: ChalkInstance): string {
  const at = `‹ ${threshold} ›`;
  const start = `threshold ${at}`;
  const all = SHOWN_STATISTICS.map((name) => (name === statistic ? `[${name}]` : name)).join(' ');
  const room = size.columns - stringWidth(start) - 2;
  const painted = `threshold ${paint.bold(at)}`;
  if (stringWidth(all) > room) return `${painted}  ${paint.bold(`[${statistic}]`)}`;
  const names = SHOWN_STATISTICS.map((name) =>
    name === statistic ? paint.bold(`[${name}]`) : paint.dim(name),
  );
  return `${painted}  ${' '.repeat(room - stringWidth(all))}${names.join(' ')}`;
}
