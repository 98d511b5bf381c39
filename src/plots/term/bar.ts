import { bar } from '../../ui/numbers.js';
import { positionOf, type Scale } from './scale.js';

/**
 * A value as a bar of `width` cells: from the low end of the scale, or from 0 where the scale holds negative values, to either
 * side. '' for what the scale lacks.
 */
export function barOf(value: number, scale: Scale, width: number): string {
  const at = positionOf(value, scale);
  if (Number.isNaN(at)) return '';
  if (scale.log || scale.low >= 0) return bar(at, width).padEnd(width);
  const zero = Math.round(positionOf(0, scale) * width);
  if (value < 0) {
    const halves = Math.round(Math.max(0, zero - at * width) * 2);
    const half = halves % 2 === 1 ? '▐' : '';
    return (half + '█'.repeat(Math.floor(halves / 2))).padStart(zero).padEnd(width);
  }
  const room = width - zero;
  return (' '.repeat(zero) + bar(room > 0 ? (at * width - zero) / room : 0, room)).padEnd(width);
}
