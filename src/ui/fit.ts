import stringWidth from 'string-width';

/** Text in so many cells: blanks where it is shorter. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

/** Text of at most so many cells, its middle left out, where names of layers differ least. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  const characters = [...text];
  const tail = takeWhileFits([...characters].reverse(), Math.floor((width - 1) / 2));
  const head = takeWhileFits(characters, width - 1 - stringWidth(tail.join('')));
  return `${head.join('')}…${tail.reverse().join('')}`;
}

/**
 * Names in at most so many cells, those that are too long cut all in the same way: whichever leaves most of them different, the
 * middle left out if that does.
 */
export function shortenApart(names: readonly string[], width: number): string[] {
  const long = names.filter((name) => stringWidth(name) > width);
  const different = (cut: (name: string) => string) => new Set(long.map(cut)).size;
  const longest = Math.max(0, ...long.map(({ length }) => length));
  const cuts = [
    (name: string) => shorten(name, width),
    (name: string) => excerpt(name, 0, width),
    (name: string) => excerpt(name, Number.POSITIVE_INFINITY, width),
    ...Array.from(
      { length: Math.ceil(longest / WINDOW_STEP) },
      (_, i) => (name: string) => excerpt(name, (i + 1) * WINDOW_STEP, width),
    ),
  ];
  let best = cuts[0]!;
  let most = different(best);
  for (const cut of cuts) {
    if (most === long.length) break;
    const found = different(cut);
    if (found > most) [best, most] = [cut, found];
  }
  return names.map((name) => (stringWidth(name) > width ? best(name) : name));
}

const WINDOW_STEP = 4;

/** The characters from `start` on that fit, or the last ones, with an ellipsis where others are left out. */
function excerpt(text: string, start: number, width: number): string {
  const characters = [...text];
  const tail = takeWhileFits([...characters].reverse(), width - 1).reverse();
  if (start >= characters.length - tail.length) return `…${tail.join('')}`;
  const before = start > 0 ? '…' : '';
  const shown = takeWhileFits(characters.slice(start), width - before.length - 1);
  return `${before}${shown.join('')}…`;
}

/** Text in lines of at most so many cells, none of it left out. */
export function foldText(text: string, width: number): string[] {
  const lines: string[] = [];
  let left = [...text];
  while (left.length > 0) {
    const line = takeWhileFits(left, width);
    // A character wider than the line still has to stand somewhere.
    const taken = Math.max(1, line.length);
    lines.push(left.slice(0, taken).join(''));
    left = left.slice(taken);
  }
  return lines.length > 0 ? lines : [''];
}

/** Text without what a terminal takes for commands. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

function takeWhileFits(characters: readonly string[], width: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => {
    used += stringWidth(character);
    return used > width;
  });
  return end < 0 ? [...characters] : characters.slice(0, end);
}
