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
