import { describe, expect, it } from 'vitest';
import { Frames } from '../../src/ui/screen/frames.js';

/** What a terminal of so many rows shows after these commands: as much of one as frames use. */
class Terminal {
  lines: string[] = [];
  #line = 0;
  #column = 0;

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: commands of a terminal begin with one
    for (const [, command, plain] of text.matchAll(/\x1b\[([?\d;]*[A-Za-z])|([^\x1b]+)/g)) {
      if (plain !== undefined) this.#put(plain);
      else if (command === '2J') this.lines = [];
      else if (command === '2K') this.lines[this.#line] = '';
      else if (command!.endsWith('H')) {
        const [line = 1, column = 1] = command!.slice(0, -1).split(';').filter(Boolean).map(Number);
        [this.#line, this.#column] = [line - 1, column - 1];
      } else if (!/^\?2026[hl]$/.test(command!)) throw new Error(`unknown command ${command}`);
    }
  }

  #put(text: string): void {
    const before = (this.lines[this.#line] ?? '').slice(0, this.#column).padEnd(this.#column);
    this.lines[this.#line] = before + text + (this.lines[this.#line] ?? '').slice(this.#column + text.length);
    this.#column += text.length;
  }

  get text(): string {
    return Array.from(this.lines, (line) => line ?? '')
      .join('\n')
      .trimEnd();
  }
}

function drawing() {
  const terminal = new Terminal();
  const written: string[] = [];
  const frames = new Frames((text) => {
    written.push(text);
    terminal.write(text);
  });
  return { terminal, written, frames };
}

describe('frames', () => {
  it('stand on the screen whatever stood there before', () => {
    const { terminal, frames } = drawing();
    terminal.write('\x1b[2;1Hleft by someone else');
    for (const frame of ['a\nb\nc', 'a\nlonger\nc', 'a\nb', '', 'a\n\nc\nd', 'x']) {
      frames.draw(frame);
      expect(terminal.text).toBe(frame);
    }
  });

  it('write the lines that changed, and nothing if none did', () => {
    const { written, frames } = drawing();
    const lines = Array.from({ length: 24 }, (_, i) => `line ${i}`);
    frames.draw(lines.join('\n'));
    frames.draw(lines.join('\n'));
    expect(written.length).toBe(1);
    frames.draw(lines.with(7, 'changed').join('\n'));
    expect(written[1]).toContain('changed');
    expect(written[1]).not.toContain('line');
  });

  it('are drawn whole after what was shown is forgotten, and not at all after the end', () => {
    const { terminal, written, frames } = drawing();
    frames.draw('a\nb');
    terminal.lines = ['rubbish'];
    frames.forget();
    frames.draw('a\nb');
    expect(terminal.text).toBe('a\nb');
    frames.close();
    frames.draw('c');
    expect(written.length).toBe(2);
  });
});
