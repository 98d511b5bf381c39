/** Bits of a braille cell's dots: rows of two (https://www.unicode.org/charts/PDF/U2800.pdf). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BLANK = 0x2800;

/** A dot for every point in a grid of cells, two dots wide and four high each. x and y go from 0 to 1, y upwards. */
export function brailleCells(
  points: Iterable<{ x: number; y: number }>,
  columns: number,
  lines: number,
): string[][] {
  const cells = Array.from({ length: lines }, () => new Uint8Array(columns));
  for (const { x, y } of points) {
    const across = Math.round(x * (columns * 2 - 1));
    const down = Math.round((1 - y) * (lines * 4 - 1));
    const line = cells[down >> 2]!;
    line[across >> 1]! |= DOTS[down & 3]![across & 1]!;
  }
  return cells.map((line) =>
    Array.from(line, (bits) => (bits === 0 ? ' ' : String.fromCodePoint(BLANK + bits))),
  );
}
