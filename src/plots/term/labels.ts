import { formatNumber } from '../../ui/numbers.js';
import type { ValueAxis } from '../figure.js';

/** A number in as few characters as an end of an axis needs. */
export function shortNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e5) return String(value);
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  return size < 1e-3 || size >= 1e5 ? rounded.toExponential().replace('e+', 'e') : String(rounded);
}

/** The same in so many cells: with fewer digits if need be, as `-7e-300`. */
export function fittedNumber(value: number, cells: number): string {
  const fits = [3, 2, 1].map((digits) => shortNumber(value, digits)).find(({ length }) => length <= cells);
  return (fits ?? shortNumber(value, 1)).padStart(cells);
}

/** Text at a column of a line. */
export interface Tick {
  at: number;
  text: string;
}

/** Ticks on one line of `width` cells; of those that would touch, the earlier in the list stays. */
export function tickLine(ticks: readonly Tick[], width: number): string {
  const line = Array.from({ length: width }, () => ' ');
  for (const { at, text } of ticks) {
    const start = Math.max(0, Math.min(at, width - text.length));
    const near = line.slice(Math.max(0, start - 1), start + text.length + 1);
    if (text.length > width || near.some((character) => character !== ' ')) continue;
    line.splice(start, text.length, ...text);
  }
  return line.join('');
}

/** Text between two ends, such as `0 ── saturation ── 1`; the ends alone where there is no room. */
export function ruler(low: string, title: string, high: string, width: number): string {
  const dashes = width - low.length - high.length - title.length - 4;
  if (title === '' || dashes < 2) {
    const blanks = width - low.length - high.length;
    return blanks < 1 ? high.padStart(width).slice(0, width) : low + ' '.repeat(blanks) + high;
  }
  const left = Math.floor(dashes / 2);
  return `${low} ${'─'.repeat(left)} ${title} ${'─'.repeat(dashes - left)} ${high}`;
}

/** What an axis shows, with its scale where that is not linear. */
export function axisTitle({ title, log }: Pick<ValueAxis, 'title' | 'log'>): string {
  return log ? `${title}, log` : title;
}
