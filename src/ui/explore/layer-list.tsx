import type { ChalkInstance } from 'chalk';
import { type ReactNode, useMemo } from 'react';
import stringWidth from 'string-width';
import { STATISTICS } from '../../core/statistics.js';
import { barOf } from '../../plots/term/bar.js';
import { shortNumber } from '../../plots/term/labels.js';
import type { Scale } from '../../plots/term/scale.js';
import { pad, printable, shortenApart } from '../fit.js';
import { formatCount } from '../numbers.js';
import { Lines } from '../screen/lines.js';
import { paintShare } from '../share-colour.js';
import { barScale, formatMeasure } from './measures.js';
import { pickedIndex, type Row } from './rows.js';
import type { ExploreState } from './state.js';

interface LayerListProps {
  state: ExploreState;
  /** Of the shown mode: bars are comparable whatever is listed. */
  all: readonly Row[];
  rows: readonly Row[];
  height: number;
  paint: ChalkInstance;
}

const GAP = 2;
const MARK = 2;
const SHORTEST_NAME = 10;
const SHORTEST_BAR = 8;
/** Narrower screens do without the dimension. */
const WITH_DIMENSION = 50;

/** Widths of the list's columns. */
interface Columns {
  name: number;
  dimension: number;
  value: number;
  bar: number;
}

/** A heading, then as many layers as there is room for, with their values as bars. */
export function LayerList({ state, all, rows, height, paint }: LayerListProps): ReactNode {
  const scale = barScale(
    state.statistic,
    all.map(({ value }) => value),
  );
  const columns = columnsOf(state, all);
  const picked = pickedIndex(rows, state);
  const layers = state.loaded.get(state.epoch);
  const names = useMemo(() => {
    const whole = [...new Set((layers ?? []).map(({ layer }) => layer))];
    const short = shortenApart(whole.map(printable), columns.name);
    return new Map(whole.map((name, i) => [name, short[i]!]));
  }, [layers, columns.name]);
  const shown = rows
    .slice(state.top, state.top + height)
    .map((row, i) => line(row, state.top + i === picked, { state, names, columns, scale, paint }));
  if (rows.length === 0) shown.push(paint.yellow(nothing(state, all)));
  while (shown.length < height) shown.push('');
  return <Lines lines={[heading(state, rows, all, columns, scale, height, paint), ...shown]} />;
}

function columnsOf({ size, statistic }: ExploreState, all: readonly Row[]): Columns {
  const widest = (texts: readonly string[]) =>
    texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0);
  const dimension =
    size.columns < WITH_DIMENSION
      ? 0
      : widest(['d', ...all.map(({ layer }) => formatCount(layer.spectrum.d))]);
  const value = widest(all.map((row) => formatMeasure(statistic, row.value)));
  const fixed = MARK + (dimension > 0 ? dimension + GAP : 0) + GAP + value + 1;
  const names = Math.max(5, widest(all.map(({ layer }) => printable(layer.layer))));
  const half = Math.floor((size.columns - fixed) / 2);
  const room = size.columns - fixed - SHORTEST_BAR;
  // Long names take more than half of what is left only as far as a bar still says something.
  const name = Math.max(SHORTEST_NAME, Math.min(names, Math.max(half, Math.min(room, 40))));
  return { name, dimension, value, bar: Math.max(0, size.columns - fixed - name) };
}

interface LineContext {
  state: ExploreState;
  /** As they are listed, by their whole names. */
  names: ReadonlyMap<string, string>;
  columns: Columns;
  scale: Scale;
  paint: ChalkInstance;
}

function line(row: Row, isPicked: boolean, { state, names, columns, scale, paint }: LineContext): string {
  const { layer, value } = row;
  const name = pad(names.get(layer.layer) ?? '', columns.name, 'left');
  const dimension =
    columns.dimension > 0
      ? `${' '.repeat(GAP)}${pad(formatCount(layer.spectrum.d), columns.dimension, 'right')}`
      : '';
  const number = pad(formatMeasure(state.statistic, value), columns.value, 'right');
  const bar = barOf(value, scale, columns.bar).trimEnd();
  const colour = (text: string) =>
    state.statistic === 'lsat' ? paintShare(text, value, paint) : paint.cyan(text);
  const mark = isPicked ? `▸ ${paint.inverse(name)}` : `  ${name}`;
  return `${mark}${dimension}${' '.repeat(GAP)}${isPicked ? paint.bold(number) : number} ${colour(bar)}`;
}

function heading(
  state: ExploreState,
  rows: readonly Row[],
  all: readonly Row[],
  columns: Columns,
  scale: Scale,
  height: number,
  paint: ChalkInstance,
): string {
  const dimension = columns.dimension > 0 ? `${' '.repeat(GAP)}${pad('d', columns.dimension, 'right')}` : '';
  const layers = pad('layer', columns.name, 'left');
  const start = `${' '.repeat(MARK)}${layers}${dimension}${' '.repeat(GAP)}`;
  const title = STATISTICS[state.statistic].longName;
  const ends = `, ${shortNumber(scale.low)} to ${shortNumber(scale.high)}${scale.log ? ', log' : ''}`;
  const counted = counts(state, rows, all, height);
  const room = state.size.columns - stringWidth(start);
  const [left = ''] = [title + ends, title, ''].filter((text) => text.length + counted.length + 2 <= room);
  const line = counted.length > room ? title : left + pad(counted, room - left.length, 'right');
  return paint.dim(start + line);
}

/** Which rows of how many are listed, and how. */
function counts(
  { top, sort, filter }: ExploreState,
  rows: readonly Row[],
  all: readonly Row[],
  height: number,
) {
  const parts: string[] = [];
  if (rows.length > height) parts.push(`${top + 1}–${top + height} of ${rows.length}`);
  else if (filter !== '') parts.push(`${rows.length} of ${all.length}`);
  if (sort !== 'order') parts.push({ name: 'by name', descending: 'falling', ascending: 'rising' }[sort]);
  return parts.join(', ');
}

function nothing({ filter, epoch }: ExploreState, all: readonly Row[]): string {
  return all.length === 0
    ? `no layer in epoch ${epoch}`
    : `no layer matches ${printable(filter)}; Esc shows all`;
}
