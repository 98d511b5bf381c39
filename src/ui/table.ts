import stringWidth from 'string-width';
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
const SHORTEST_NAME = 8;

/**
 * Rows as aligned text, a heading first. On a narrow terminal dispensable columns go, and then the first column is
 * shortened in the middle, where names of layers differ least.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Terminal,
): string {
  const sized = columns.map((column) => ({
    column,
    width: Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(column.text(row)))),
  }));
  const total = () => sized.reduce((sum, { width }) => sum + width, GAP.length * (sized.length - 1));
  while (total() > terminal.width) {
    const most = Math.max(...sized.map(({ column }) => column.dispensable ?? 0));
    if (most === 0) break;
    sized.splice(
      sized.findIndex(({ column }) => column.dispensable === most),
      1,
    );
  }
  const first = sized[0]!;
  if (total() > terminal.width)
    first.width = Math.max(SHORTEST_NAME, first.width - (total() - terminal.width));

  const heading = sized.map(({ column, width }) => pad(shorten(column.title, width), width, column.align));
  const lines = [terminal.paint.bold(heading.join(GAP).trimEnd())];
  for (const row of rows) {
    const cells = sized.map(({ column, width }) => {
      const cell = pad(shorten(column.text(row), width), width, column.align);
      return column.paint ? column.paint(cell, row) : cell;
    });
    lines.push(cells.join(GAP).trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const characters = [...text];
  const kept = width - 1;
  const tail = Math.floor(kept / 2);
  return `${characters.slice(0, kept - tail).join('')}…${characters.slice(characters.length - tail).join('')}`;
}
