import picomatch from 'picomatch';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import { printable } from '../printable.js';

/**
 * The places of the columns that are asked for, in the order asked for. A request is a column's name, its number (from 1), a
 * range of either (`3-10`, `pixel0-pixel783`), or a glob (`pixel*`); names go before numbers. Throws UserError, naming
 * `where`, for a request that no column meets.
 */
export function findColumns(names: readonly string[], requests: readonly string[], where: string): number[] {
  const found = new Set<number>();
  for (const request of requests) {
    for (const column of findColumn(names, request, where, '--columns')) found.add(column);
  }
  return [...found];
}

/** The place of the column of labels, a name or a number. */
export function findLabelColumn(names: readonly string[], request: string, where: string): number {
  const [column, ...others] = findColumn(names, request, where, '--label-column');
  if (column === undefined || others.length > 0) {
    throw new UserError(`${where}: --label-column ${request} is several columns; name one`);
  }
  return column;
}

/** Says which columns are read where others are left out that nobody spoke of. */
export function leftOut(
  path: string,
  read: readonly (string | number)[],
  left: readonly (string | number)[],
): string {
  return printable(
    `${path}: the input is ${read.join(', ')}; ${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} left out (--columns chooses others)`,
  );
}

function findColumn(names: readonly string[], request: string, where: string, option: string): number[] {
  const exact = placeOf(names, request);
  if (exact !== undefined) return [exact];
  for (let at = request.indexOf('-', 1); at > 0; at = request.indexOf('-', at + 1)) {
    const ends = [request.slice(0, at).trim(), request.slice(at + 1).trim()];
    const [from, to] = ends.every((end) => names.includes(end))
      ? ends.map((end) => names.indexOf(end))
      : ends.map((end) => placeOf(names, end));
    if (from === undefined || to === undefined) continue;
    if (to < from)
      throw new UserError(`${where}: ${option} ${request} runs backwards; write it as ${ends[1]}-${ends[0]}`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  }
  if (/[*?[{]/.test(request)) {
    const matches = picomatch(request, { dot: true });
    const matching = names.flatMap((name, i) => (matches(name) ? [i] : []));
    if (matching.length > 0) return matching;
  }
  const named = names.filter((name) => name !== '');
  const what =
    named.length === 0 || /^[\d\s-]+$/.test(request)
      ? `there is no column ${request}; there are ${names.length}, counted from 1`
      : nearest(request, named, 'column');
  throw new UserError(`${where}: ${option} ${request}: ${what}`);
}

function placeOf(names: readonly string[], request: string): number | undefined {
  const named = names.indexOf(request);
  if (named >= 0) return named;
  const number = /^\d+$/.test(request) ? Number(request) : 0;
  return number >= 1 && number <= names.length ? number - 1 : undefined;
}
