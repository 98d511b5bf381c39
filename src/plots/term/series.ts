import type { ChalkInstance } from 'chalk';
import { foldText, printable } from '../../ui/fit.js';
import type { Canvas } from './canvas.js';

/** Colours of series, over and over; the first is that of a series alone. */
export function seriesPaint(paint: ChalkInstance, index: number): ChalkInstance {
  const colours = [paint.cyan, paint.yellow, paint.magenta, paint.green, paint.blue, paint.red];
  return colours[index % colours.length]!;
}

/** a, b, ... z, aa, ab, ...: what tells series apart without colours. */
export function seriesLetters(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : seriesLetters(Math.floor(index / 26) - 1) + letter;
}

/** What the series are called, each after its mark. */
export function seriesLegend(
  labels: readonly string[],
  markOf: (index: number) => string,
  { columns, paint }: Canvas,
): string[] {
  return labels.flatMap((label, i) =>
    foldText(`${markOf(i)}  ${printable(label)}`, columns).map((line) => seriesPaint(paint, i)(line)),
  );
}
