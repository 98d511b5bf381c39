const CURSOR_HOME = '\x1b[H';
const CLEAR_SCREEN = '\x1b[2J';
const CLEAR_LINE = '\x1b[2K';
/** What stands between these a terminal shows at once, if it knows them. */
const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';

/**
 * Draws frames, whole screens of text, by writing the lines that differ from those of the frame before: over a slow connection
 * a screen that is erased and written anew flickers.
 */
export class Frames {
  #shown: readonly string[] | undefined;
  #closed = false;

  constructor(private readonly write: (text: string) => void) {}

  draw(frame: string): void {
    if (this.#closed) return;
    const lines = frame.split('\n');
    const before = this.#shown;
    const changes = lines.flatMap((line, i) => (line === before?.[i] ? [] : [changed(i, line)]));
    for (let i = lines.length; i < (before?.length ?? 0); i++) changes.push(changed(i, ''));
    this.#shown = lines;
    if (before === undefined) changes.unshift(CLEAR_SCREEN + CURSOR_HOME);
    if (changes.length > 0) this.write(BEGIN_UPDATE + changes.join('') + END_UPDATE);
  }

  /** What stands on the screen is no longer known: the next frame is drawn whole. */
  forget(): void {
    this.#shown = undefined;
  }

  /** Nothing is drawn any more: the screen is left. */
  close(): void {
    this.#closed = true;
  }
}

function changed(line: number, text: string): string {
  // Cleared first: from behind the last column the end of the line is that column.
  return `\x1b[${line + 1};1H${CLEAR_LINE}${text}`;
}
