import stringWidth from 'string-width';
import { printable } from '../printable.js';
import { foldText, pad, shorten } from './fit.js';
import type { Terminal } from './terminal.js';

export interface Column<Row> {
  title: string;
  align: 'left' | 'right';
  /** Text of a cell, without colours. */
  text(row: Row): string;
  /** Colours a padded cell. */
  paint?(text: string, row: Row): string;
  /** Columns of the highest number go first where the terminal is too narrow; without one a column stays. */
  dispensable?: number;
}

const GAP = '  ';
/** What the first column keeps before others go, and what it keeps at least. */
const NAME = 24;
const SHORTEST_NAME = 8;
/** Columns from this number on show nothing that another does not. */
const DECORATION = 7;

/**
 * Rows as aligned text, a heading first. On a narrow terminal decoration goes, then the first column is shortened in the
 * middle, where names of layers differ least, then dispensable columns go, which the last line tells.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Terminal,
): string {
  const texts = new Map(columns.map((column) => [column, rows.map((row) => printable(column.text(row)))]));
  const sized = columns.map((column) => ({
    column,
    width: texts
      .get(column)!
      .reduce((widest, text) => Math.max(widest, stringWidth(text)), stringWidth(column.title)),
  }));
  const total = () => sized.reduce((sum, { width }) => sum + width, GAP.length * (sized.length - 1));
  const first = sized[0]!;
  const shrink = (least: number) => {
    const over = Math.max(0, total() - terminal.width);
    first.width = Math.max(Math.min(least, first.width), first.width - over);
  };
  const dropped: Column<Row>[] = [];
  const drop = (least: number) => {
    while (total() > terminal.width) {
      const most = Math.max(...sized.map(({ column }) => column.dispensable ?? 0));
      if (most < least) return;
      const last = sized.findLastIndex(({ column }) => column.dispensable === most);
      dropped.push(...sized.splice(last, 1).map(({ column }) => column));
    }
  };
  drop(DECORATION);
  shrink(NAME);
  drop(1);
  shrink(SHORTEST_NAME);

  const heading = sized.map(({ column, width }) => pad(shorten(column.title, width), width, column.align));
  const lines = [terminal.paint.bold(heading.join(GAP).trimEnd())];
  for (const [i, row] of rows.entries()) {
    const cells = sized.map(({ column, width }) => {
      const cell = pad(shorten(texts.get(column)![i]!, width), width, column.align);
      return column.paint ? column.paint(cell, row) : cell;
    });
    lines.push(cells.join(GAP).trimEnd());
  }
  const missed = columns.filter(
    (column) => dropped.includes(column) && (column.dispensable ?? 0) < DECORATION,
  );
  if (missed.length > 0) {
    const told = `no room for: ${missed.map(({ title }) => title).join(', ')}`;
    lines.push(...foldText(told, terminal.width).map((line) => terminal.paint.dim(line)));
  }
  return `${lines.join('\n')}\n`;
}
