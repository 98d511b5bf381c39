import { naturalOrder } from '../../natural-order.js';

export type Cell = string | number | undefined;

export type Direction = 'ascending' | 'descending';

/**
 * Rows in the order of one of their cells: numbers by size, text as people order it (`conv2` before `conv10`). NaN and missing
 * cells stand last in both directions; equal ones stay in the order that they had.
 */
export function sortedBy<Row>(rows: readonly Row[], cell: (row: Row) => Cell, direction: Direction): Row[] {
  const sign = direction === 'ascending' ? 1 : -1;
  const isMissing = (value: Cell) => value === undefined || Number.isNaN(value);
  return [...rows].sort((left, right) => {
    const a = cell(left);
    const b = cell(right);
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
    return sign * compare(a, b);
  });
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a < b ? -1 : 1;
  return naturalOrder(String(a), String(b));
}
