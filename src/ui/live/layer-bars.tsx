import type { ChalkInstance } from 'chalk';
import { type ReactNode, useMemo } from 'react';
import stringWidth from 'string-width';
import { pad, printable, shortenApart } from '../fit.js';
import { bar, formatCount } from '../numbers.js';
import { Lines } from '../screen/lines.js';
import { paintShare } from '../share-colour.js';
import { layoutOf } from './layout.js';
import type { LiveRun, LiveState, LiveValue } from './state.js';

interface LayerBarsProps {
  state: LiveState;
  paint: ChalkInstance;
}

const GAP = 2;
const VALUE = 6;
const SHORTEST_NAME = 10;
const SHORTEST_BAR = 8;
/** Narrower screens do without dimension, and without rows. */
const WITH_DIMENSION = 50;
const WITH_ROWS = 66;
/** Room for the count of rows. */
const ROWS = 11;

/** Widths of the columns; 0 for one that is left out. */
interface Columns {
  name: number;
  dimension: number;
  rows: number;
  bar: number;
}

/** A heading, then as many layers as there is room for, their saturations as bars from 0 to 1. */
export function LayerBars({ state, paint }: LayerBarsProps): ReactNode {
  const { run, size, top } = state;
  const { list } = layoutOf(size);
  const columns = useMemo(() => columnsOf(run, size.columns), [run, size.columns]);
  const names = useMemo(
    () =>
      shortenApart(
        (run?.layers ?? []).map(({ name }) => printable(name)),
        columns.name,
      ).map((name) => pad(name, columns.name, 'left')),
    [run, columns.name],
  );
  const lineOf = useMemo(() => keptLines(columns, names, paint), [columns, names, paint]);
  const shown = (run?.layers ?? [])
    .slice(top, top + list)
    .map((layer, i) => lineOf(layer, top + i, state.values.get(layer.name)));
  while (shown.length < list) shown.push('');
  return <Lines lines={[run ? heading(state, run, columns, list, paint) : '', ...shown]} />;
}

function columnsOf(run: LiveRun | undefined, width: number): Columns {
  const widest = (texts: readonly string[]) =>
    texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0);
  const layers = run?.layers ?? [];
  const dimension =
    width < WITH_DIMENSION ? 0 : widest(['d'.padEnd(4), ...layers.map(({ d }) => formatCount(d ?? 0))]);
  const rows = width < WITH_ROWS ? 0 : ROWS;
  const fixed = [dimension, rows, VALUE].reduce((sum, each) => (each > 0 ? sum + GAP + each : sum), 1);
  const names = Math.max(5, widest(layers.map(({ name }) => printable(name))));
  const half = Math.floor((width - fixed) / 2);
  const room = width - fixed - SHORTEST_BAR;
  // Long names take more than half of what is left only as far as a bar still says something.
  const name = Math.max(SHORTEST_NAME, Math.min(names, Math.max(half, Math.min(room, 40))));
  return { name, dimension, rows, bar: Math.max(0, width - fixed - name) };
}

/** Lines of layers, each kept until its value is another one: most are the same from frame to frame. */
function keptLines(columns: Columns, names: readonly string[], paint: ChalkInstance) {
  const lines = new WeakMap<LiveValue, string>();
  return (layer: LiveRun['layers'][number], i: number, value: LiveValue | undefined): string => {
    const kept = value && lines.get(value);
    if (kept !== undefined) return kept;
    const made = line(layer, names[i]!, value, columns, paint);
    if (value) lines.set(value, made);
    return made;
  };
}

/** @param name in the width of its column */
function line(
  layer: LiveRun['layers'][number],
  name: string,
  value: LiveValue | undefined,
  columns: Columns,
  paint: ChalkInstance,
): string {
  const d = value?.d ?? layer.d;
  const start = row(
    name,
    d === null ? '' : formatCount(d),
    value && value.age !== 'before' ? formatCount(value.n) : '',
    columns,
  );
  if (!value) return `${start}${' '.repeat(GAP)}${paint.dim('…'.padStart(VALUE))}`;
  const { saturation, age } = value;
  const number = saturation.toFixed(4).padStart(VALUE);
  const cells = bar(saturation, columns.bar);
  if (age === 'before') return `${start}${' '.repeat(GAP)}${paint.dim(`${number} ${cells}`)}`;
  const shownNumber = age === 'final' ? paint.bold(number) : number;
  return `${start}${' '.repeat(GAP)}${shownNumber} ${paintShare(cells, saturation, paint)}`;
}

function row(name: string, dimension: string, rows: string, columns: Columns): string {
  const cell = (text: string, width: number) => (width > 0 ? ' '.repeat(GAP) + text.padStart(width) : '');
  return name + cell(dimension, columns.dimension) + cell(rows, columns.rows);
}

function heading(
  { top, size }: LiveState,
  { layers, threshold }: LiveRun,
  columns: Columns,
  list: number,
  paint: ChalkInstance,
): string {
  const start = `${row(pad('layer', columns.name, 'left'), 'd', 'n', columns)}${' '.repeat(GAP)}`;
  const counted =
    layers.length > list ? `${top + 1}–${Math.min(layers.length, top + list)} of ${layers.length}` : '';
  const room = size.columns - stringWidth(start);
  const fits = (text: string) => stringWidth(text) + (counted === '' ? 0 : counted.length + 2) <= room;
  const title = [`saturation at ${threshold}`, 'saturation', ''].find(fits) ?? '';
  return paint.dim(start + title + pad(counted, room - stringWidth(title), 'right'));
}
