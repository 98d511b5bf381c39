import { describe, expect, it } from 'vitest';
import { type Cell, sortedBy } from '../../src/plots/html/cell-order.js';

const sorted = (cells: Cell[], direction: 'ascending' | 'descending') =>
  sortedBy(cells, (cell) => cell, direction);

describe('sortedBy', () => {
  it('sorts numbers by size, the missing ones last', () => {
    const cells = [3, Number.NaN, 10, undefined, Number.NEGATIVE_INFINITY, 2];
    expect(sorted(cells, 'ascending').slice(0, 4)).toEqual([Number.NEGATIVE_INFINITY, 2, 3, 10]);
    expect(sorted(cells, 'descending').slice(0, 4)).toEqual([10, 3, 2, Number.NEGATIVE_INFINITY]);
    expect(sorted(cells, 'descending').slice(4)).toEqual([Number.NaN, undefined]);
  });

  it('sorts names as people do', () => {
    expect(sorted(['conv10', 'conv2', 'a'], 'ascending')).toEqual(['a', 'conv2', 'conv10']);
    expect(sorted(['conv10', 'conv2', 'a'], 'descending')).toEqual(['conv10', 'conv2', 'a']);
  });

  it('leaves equal rows in their order, and the rows that it was given', () => {
    const rows = [
      { name: 'b', d: 1 },
      { name: 'a', d: 1 },
      { name: 'c', d: 0 },
    ];
    const names = (direction: 'ascending' | 'descending') =>
      sortedBy(rows, ({ d }) => d, direction).map(({ name }) => name);
    expect(names('ascending')).toEqual(['c', 'b', 'a']);
    expect(names('descending')).toEqual(['b', 'a', 'c']);
    expect(rows.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  });
});
